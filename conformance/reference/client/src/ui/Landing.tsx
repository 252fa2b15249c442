import { useEffect, useRef } from 'preact/hooks';
import type { Session } from '../session/session';
import { haveKey, joining, kind, me, title, wanted } from '../state';
import { Badge } from './Badge';
import { CameraIcon, MicrophoneIcon } from './icons';

export function Landing({ session }: { session: Session }) {
  const join = useRef<HTMLButtonElement>(null);
  useEffect(() => join.current?.focus(), []);
  const { microphone, camera } = wanted.value;
  const busy = joining.value;
  return (
    <main class="middle">
      <div id="startupJoinModal" class="card" role="dialog" aria-labelledby="landing-title">
        <h1 id="landing-title">{title.value || 'Meeting'}</h1>
        <p>
          You join as <strong>{me.value.name}</strong>.
        </p>
        <Badge />
        {kind.value === 'zero-knowledge' && !haveKey.value && (
          <p class="caution">
            You have no secret: you will see and hear nobody, and nobody will see or hear you.
          </p>
        )}
        <div class="toggles">
          <label class={microphone ? 'toggle on' : 'toggle'}>
            <MicrophoneIcon off={!microphone} />
            <span>Microphone</span>
            <input
              type="checkbox"
              role="switch"
              checked={microphone}
              aria-checked={microphone}
              onChange={(event) => {
                wanted.value = { ...wanted.value, microphone: event.currentTarget.checked };
              }}
            />
          </label>
          <label class={camera ? 'toggle on' : 'toggle'}>
            <CameraIcon off={!camera} />
            <span>Camera</span>
            <input
              type="checkbox"
              role="switch"
              checked={camera}
              aria-checked={camera}
              onChange={(event) => {
                wanted.value = { ...wanted.value, camera: event.currentTarget.checked };
              }}
            />
          </label>
        </div>
        <button
          type="button"
          class="primary"
          ref={join}
          disabled={busy}
          onClick={() => session.join(true)}
        >
          Join
        </button>
        <button
          type="button"
          id="listenOnlyJoin"
          class="quiet"
          disabled={busy}
          onClick={() => session.join(false)}
        >
          Join as a listener
        </button>
        <p class="small" role="status">
          {busy && 'Joining…'}
        </p>
      </div>
    </main>
  );
}
