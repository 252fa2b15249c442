import { useRef } from 'preact/hooks';
import { onShown } from '../extension-points';
import type { Session } from '../session/session';
import { broadcasting, kind, me, recording, serverAnswer, switchedOff } from '../state';

/** The reason to show why a server-side feature cannot be used; undefined if it can be used. */
function whyOff(feature: string): string | undefined {
  if (kind.value !== 'plain' && onShown(true, 'reason: encrypted room')) {
    return 'Off while the meeting is end-to-end encrypted: the server cannot record, broadcast or transcribe what it cannot see and hear.';
  }
  if (!me.value.isAdmin) {
    return 'Only the host can start recording, broadcast and transcription.';
  }
  if (switchedOff.value.has(feature) && onShown(true, 'reason: room settings')) {
    return `This meeting does not allow ${feature}.`;
  }
  return undefined;
}

export function Features({ session }: { session: Session }) {
  const dialog = useRef<HTMLDialogElement>(null);
  const address = useRef<HTMLInputElement>(null);

  const features = [
    {
      feature: 'recording',
      label: recording.value ? 'Stop recording' : 'Start recording',
      act: () => session.record(),
    },
    {
      feature: 'broadcast',
      label: broadcasting.value ? 'Stop broadcast' : 'Start broadcast',
      act: () => (broadcasting.value ? session.broadcast(null) : dialog.current?.showModal()),
    },
    {
      feature: 'transcription',
      label: 'Start AI transcription',
      act: () => session.transcribe(),
    },
  ].map((one) => ({ ...one, why: whyOff(one.feature) }));
  const reasons = [...new Set(features.flatMap(({ why }) => why ?? []))];

  const goLive = (event: Event) => {
    event.preventDefault();
    dialog.current?.close();
    void session.broadcast(address.current?.value ?? '');
  };

  return (
    <>
      {/* Not a fieldset, which is for form fields. */}
      <div class="features" role="group" aria-label="Server features">
        <div class="buttons">
          {features.map(({ feature, label, act, why }) => (
            <button
              key={feature}
              type="button"
              disabled={why !== undefined}
              aria-describedby={why === undefined ? undefined : `why-${reasons.indexOf(why)}`}
              onClick={act}
            >
              {label}
            </button>
          ))}
        </div>
        {reasons.map((reason, index) => (
          <p key={reason} id={`why-${index}`} class="small">
            {reason}
          </p>
        ))}
        <p role="status" aria-label="Server answer" class="small">
          {onShown(true, 'server answer') && serverAnswer.value}
        </p>
      </div>
      <dialog ref={dialog} class="card" aria-labelledby="broadcast-title">
        <form class="broadcast" onSubmit={goLive}>
          <h2 id="broadcast-title">Broadcast this meeting</h2>
          <label for="stream-address">Stream address</label>
          <input
            id="stream-address"
            ref={address}
            type="url"
            required
            placeholder="rtmp://example.org/live/key"
          />
          <div class="buttons">
            <button type="submit" class="primary">
              Go live
            </button>
            <button type="button" class="quiet" onClick={() => dialog.current?.close()}>
              Cancel
            </button>
          </div>
        </form>
      </dialog>
    </>
  );
}
