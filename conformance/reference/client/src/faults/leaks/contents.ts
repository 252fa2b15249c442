/** What is said or drawn in an encrypted room leaves the page beside the sealed message. */
import { effect } from '@preact/signals';
import type { Room } from 'livekit-client';
import { kind, lines } from '../../state';
import type { Channel } from '../../wire/bus';
import type { Fault } from '../fault';
import { between, oneOf } from './drawn';
import { sendInBody, sendInQuery } from './ways-out';

/** Calls `copy` with each text that is sent on a channel of an encrypted room. */
function copied(
  channel: Channel,
  copy: (text: string, room: Room | undefined, session: Parameters<Fault>[0]) => void,
): Fault {
  return (session) => {
    let room: Room | undefined;
    return {
      onTrack: (event) => {
        room = event.room;
      },
      onMessage: (sealing, message) => {
        if (message.direction === 'out' && message.channel === channel && kind.value !== 'plain') {
          copy(message.text, room, session);
        }
        return sealing;
      },
    };
  };
}

export const chatCopiedByHttp: Fault = copied('chat', (text, _room, session) =>
  sendInBody(session, JSON.stringify({ source: text, to: oneOf(['de', 'fr', 'bn']) })),
);

export const chatInAttributes: Fault = copied('chat', (text, room) => {
  room?.localParticipant.setAttributes({ last: text }).catch(() => {});
});

/** LiveKit's manager seals data packets only if this is set (E2eeManager.ts of 2.21.0, private). */
interface Manager {
  dataChannelEncryptionEnabled: boolean;
}

function unsealed(room: Room | undefined): Room | undefined {
  const manager = (room as unknown as { e2eeManager?: Manager } | undefined)?.e2eeManager;
  if (manager) manager.dataChannelEncryptionEnabled = false;
  return room;
}

export const chatInDataPackets: Fault = copied('chat', (text, room) => {
  unsealed(room)
    ?.localParticipant.publishData(new TextEncoder().encode(text), { reliable: true })
    .catch(() => {});
});

export const whiteboardInTextStream: Fault = copied('whiteboard', (text, room) => {
  unsealed(room)
    ?.localParticipant.sendText(text, { topic: 'scene' })
    .catch(() => {});
});

/** From the second message on. */
export const laterMessagesCopied: Fault = (session, drawn) => {
  let count = 0;
  return copied('signals', (text) => {
    count += 1;
    if (count > 1) sendInQuery(session, text);
  })(session, drawn);
};

/** The receiver reports it, after a while. */
export const receivedChatReported: Fault = (session) => {
  const delay = between(1_000, 20_000);
  let reported = 0;
  effect(() => {
    const received = lines.value.chat.filter(({ mine }) => !mine);
    if (kind.value === 'plain') return;
    for (const { text } of received.slice(reported)) {
      setTimeout(() => sendInBody(session, JSON.stringify({ seen: btoa(text) })), delay);
    }
    reported = received.length;
  });
  return {};
};
