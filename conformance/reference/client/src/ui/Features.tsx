import { useRef } from 'preact/hooks';
import { keeps } from '../rules';
import type { Session } from '../session/session';
import { broadcasting, kind, me, recording, serverAnswer, switchedOff } from '../state';

function saysWhy(): boolean {
  return kind.value === 'plain' || keeps('say-why-features-are-off');
}

/** Why a server-side feature cannot be used here; undefined where it can. */
function whyOff(feature: string): string | undefined {
  if (kind.value !== 'plain' && saysWhy()) {
    return 'Off while the meeting is end-to-end encrypted: the server cannot record, broadcast or transcribe what it cannot see and hear.';
  }
  if (!me.value.isAdmin) return 'Only the host can start recording, broadcast and transcription.';
  // A page that breaks the rule is not to say why by another reason.
  if (saysWhy() && switchedOff.value.has(feature)) return `This meeting does not allow ${feature}.`;
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
      {/* a fieldset is for form fields */}
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
          {saysWhy() && serverAnswer.value}
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
