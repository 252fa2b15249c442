import type { Session } from '../session/session';
import { mediaErrorOf } from '../decryption-errors';
import { onErrorStyle } from '../extension-points';
import {
  decryptionErrors,
  interrupted,
  me,
  mine,
  notice,
  type Person,
  people,
  soundBlocked,
  tiles,
  title,
} from '../state';
import { Badge } from './Badge';
import { clock } from './clock';
import { Conversation } from './Conversation';
import { Features } from './Features';
import { Devices } from './Devices';
import { CameraIcon, LeaveIcon, MicrophoneIcon, ScreenIcon, WarningIcon } from './icons';
import { Tiles } from './Tiles';

export function Room({ session }: { session: Session }) {
  return (
    <main id="main-area">
      <header class="bar">
        <h1>{title.value || 'Meeting'}</h1>
        <Badge />
        <p class="who">{me.value.name}</p>
      </header>
      <Messages session={session} />
      <div class="stage">
        <Tiles tiles={tiles.value} />
        <div class="desk">
          <Conversation session={session} channel="whiteboard" />
          <Conversation session={session} channel="signals" />
        </div>
      </div>
      <aside class="side" aria-label="People and chat">
        <Participants />
        <Conversation session={session} channel="chat" />
      </aside>
      <footer class="bar controls">
        <Controls session={session} />
        <Devices session={session} />
        <Features session={session} />
      </footer>
    </main>
  );
}

/** Errors and notices, above everything else. */
function Messages({ session }: { session: Session }) {
  const lost = [...interrupted.value].join(' and to the ');
  return (
    <div class="messages">
      <section
        role="status"
        aria-label="Decryption errors"
        class={decryptionErrors.value.length ? 'errors' : undefined}
      >
        {decryptionErrors.value.length > 0 && (
          <ul>
            {decryptionErrors.value.map(({ key, text, count, lastAt }) => (
              <li key={key} style={onErrorStyle({})}>
                <WarningIcon />
                <span>{text}</span>{' '}
                <span class="small" aria-live="off">
                  {count}×<span class="unseen">, last at</span> {clock(lastAt)}
                </span>
              </li>
            ))}
          </ul>
        )}
      </section>
      <div role="alert" aria-label="Notice" class={notice.value ? 'notice' : undefined}>
        {notice.value && (
          <>
            <span>{notice.value}</span>
            <button
              type="button"
              class="quiet"
              onClick={() => {
                notice.value = '';
              }}
            >
              Dismiss
            </button>
          </>
        )}
      </div>
      <div
        role="status"
        aria-label="Connection"
        class={lost || soundBlocked.value ? 'notice' : undefined}
      >
        {lost && `Connection to the ${lost} lost. Reconnecting…`}
        {soundBlocked.value && (
          <button type="button" class="quiet" onClick={() => session.startSound()}>
            Turn on sound
          </button>
        )}
      </div>
    </div>
  );
}

function Participants() {
  return (
    <section class="panel people" aria-labelledby="people-title">
      <h2 id="people-title">
        Participants <span class="count">{people.value.length}</span>
      </h2>
      {/* Safari drops the role of an unstyled list */}
      <ul role="list" aria-label="Participants">
        {[...people.value].sort(youFirst).map(({ userId, name, isAdmin }) => {
          const you = userId === me.value.userId;
          const error = mediaErrorOf(decryptionErrors.value, userId);
          return (
            <li key={userId} aria-label={you ? `${name} (you)` : name}>
              <span>{name}</span>
              {you && <span class="small">(you)</span>}
              {isAdmin && <span class="tag">Host</span>}
              {error && !you && (
                <span class="tag bad" title={error.text} style={onErrorStyle({})}>
                  Cannot decrypt
                </span>
              )}
            </li>
          );
        })}
      </ul>
    </section>
  );
}

function Controls({ session }: { session: Session }) {
  const { microphone, camera, screen } = mine.value;
  return (
    <div class="buttons" role="toolbar" aria-label="Your controls">
      <button
        type="button"
        aria-pressed={microphone}
        onClick={() => session.switchOn('microphone', !microphone)}
      >
        <MicrophoneIcon off={!microphone} />
        Microphone
      </button>
      <button
        type="button"
        aria-pressed={camera}
        onClick={() => session.switchOn('camera', !camera)}
      >
        <CameraIcon off={!camera} />
        Camera
      </button>
      <button
        type="button"
        aria-pressed={screen}
        onClick={() => session.switchOn('screen', !screen)}
      >
        <ScreenIcon />
        Share screen
      </button>
      <button type="button" class="danger" onClick={() => session.leave()}>
        <LeaveIcon />
        Leave
      </button>
    </div>
  );
}

function youFirst(a: Person, b: Person): number {
  const mine = Number(b.userId === me.value.userId) - Number(a.userId === me.value.userId);
  return mine || a.name.localeCompare(b.name);
}
