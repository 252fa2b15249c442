import { useEffect, useRef, useState } from 'preact/hooks';
import { onShown } from '../extension-points';
import type { Session } from '../session/session';
import { LockIcon } from './icons';

/** Asks for the shared secret before the client connects to the bus or to the media server. */
export function Prompt({ session }: { session: Session }) {
  const field = useRef<HTMLInputElement>(null);
  const [shown, setShown] = useState(false);
  const [missing, setMissing] = useState(false);
  useEffect(() => field.current?.focus(), []);

  const use = (event: Event) => {
    event.preventDefault();
    const secret = field.current?.value ?? '';
    setMissing(secret === '');
    if (secret === '') field.current?.focus();
    else session.giveSecret(secret);
  };

  return (
    <main class="middle">
      {/* The field has no name, so that no form puts the secret into an address. */}
      <form class="card" onSubmit={use} autocomplete="off">
        <span class="emblem">
          <LockIcon />
        </span>
        <h1>Zero-knowledge meeting</h1>
        <p id="secret-help">
          Everyone types the same secret. It stays in this browser; the server never sees it and
          cannot check it.
        </p>
        <label for="secret">Shared secret</label>
        <input
          id="secret"
          ref={field}
          {...({ type: shown ? 'text' : 'password' } as { type: 'password' })}
          autocomplete="off"
          autocapitalize="none"
          spellcheck={false}
          aria-describedby="secret-help secret-missing"
          aria-invalid={missing}
        />
        <p id="secret-missing" class="field-error" role="alert">
          {missing && 'Type a secret, or continue without one.'}
        </p>
        <label class="tick">
          <input
            type="checkbox"
            checked={shown}
            onChange={(event) => setShown(event.currentTarget.checked)}
          />
          Show what I type
        </label>
        <button type="submit" class="primary">
          Use this secret
        </button>
        {onShown(true, 'button to continue without a secret') && (
          <>
            <button type="button" class="quiet" onClick={() => session.giveSecret(null)}>
              Continue without a secret
            </button>
            <p class="small">
              Without it you are in the meeting, but you see and hear nobody, and nobody sees or
              hears you.
            </p>
          </>
        )}
      </form>
    </main>
  );
}
