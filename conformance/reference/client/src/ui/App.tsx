import { useEffect, useRef } from 'preact/hooks';
import type { Session } from '../session/session';
import { phase } from '../state';
import { Landing } from './Landing';
import { Prompt } from './Prompt';
import { Room } from './Room';

export function App({ session }: { session: Session }) {
  const now = phase.value;
  switch (now.at) {
    case 'loading':
      return (
        <div class="middle" role="status" aria-busy="true">
          <span class="spinner" aria-hidden="true" />
          <p>{now.doing}…</p>
        </div>
      );
    case 'prompt':
      return <Prompt session={session} />;
    case 'landing':
      return <Landing session={session} />;
    case 'room':
      return <Room session={session} />;
    case 'ended':
      return <Ended title={now.title} text={now.text} />;
  }
}

/** The page after every end of the meeting, expected or not. */
function Ended({ title, text }: { title: string; text: string }) {
  const heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => heading.current?.focus(), []);
  return (
    <main class="middle">
      <div id="errorPage" class="card" role="alert">
        <h1 ref={heading} tabIndex={-1}>
          {title}
        </h1>
        <p>{text}</p>
      </div>
    </main>
  );
}
