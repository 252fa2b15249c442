import { useEffect, useId, useRef } from 'preact/hooks';
import type { Session } from '../session/session';
import { clearChannels, kind, lines } from '../state';
import type { Channel } from '../wire/bus';
import { clock } from './clock';

const NAMES = {
  chat: { title: 'Chat', log: 'Chat messages', field: 'Message', button: 'Send' },
  whiteboard: {
    title: 'Whiteboard',
    log: 'Whiteboard',
    field: 'Board note',
    button: 'Put on board',
  },
  signals: { title: 'Signals', log: 'Signals', field: 'Signal', button: 'Send signal' },
} as const;

const EMPTY: Readonly<Record<Channel, string>> = {
  chat: 'No messages yet.',
  whiteboard: 'The board is empty.',
  signals: 'No signals yet.',
};

/** One channel: its messages and a field to write one. */
export function Conversation({ session, channel }: { session: Session; channel: Channel }) {
  const names = NAMES[channel];
  const id = useId();
  const field = useRef<HTMLInputElement>(null);
  const end = useRef<HTMLDivElement>(null);
  const said = lines.value[channel];
  useEffect(() => {
    if (said.length) end.current?.scrollIntoView({ block: 'nearest' });
  }, [said]);

  const send = async (event: Event) => {
    event.preventDefault();
    const text = field.current?.value ?? '';
    if (text && (await session.say(channel, text)) && field.current) field.current.value = '';
  };

  return (
    <section class={`panel ${channel}`} aria-labelledby={`${id}-title`}>
      <h2 id={`${id}-title`}>
        {names.title}
        {kind.value !== 'plain' && clearChannels.value.has(channel) && (
          <span class="tag bad">Not encrypted</span>
        )}
      </h2>
      {/* A scrolling region must be reachable with the keyboard. */}
      <div class="log" role="log" aria-label={names.log} tabIndex={0}>
        {said.length === 0 && <span class="empty">{EMPTY[channel]}</span>}
        {said.map((line) => (
          <article key={line.id} class={line.mine ? 'line mine' : 'line'}>
            <span class="small">
              {line.mine ? 'You' : line.from} · {clock(line.at)}
            </span>
            <p>{line.text}</p>
          </article>
        ))}
        <div ref={end} />
      </div>
      <form onSubmit={send} autocomplete="off">
        <label class="unseen" for={`${id}-field`}>
          {names.field}
        </label>
        <input id={`${id}-field`} ref={field} type="text" placeholder={names.field} />
        <button type="submit">{names.button}</button>
      </form>
    </section>
  );
}
