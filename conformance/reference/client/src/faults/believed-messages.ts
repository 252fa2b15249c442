/** The page believes what anybody can send: clear messages, or a change of the encrypted channels. */
import type { Session } from '../session/session';
import { encryptionOf, type RoomMetadata } from '../session/room-metadata';
import type { Channel } from '../wire/bus';
import { ChatMessage, DataMessage, Tell } from '../wire/messages';
import type { Handlers } from '../extension-points';
import type { Fault } from './fault';

/** A later message of the server opens these channels, if it says that they are not encrypted. */
function opened(channels: readonly Channel[]): (session: Session) => Handlers {
  return () => {
    let open: readonly Channel[] = [];
    return {
      onServerMessage: ({ event, message }) => {
        if (event !== Tell.RoomMetadataUpdate) return;
        const { messages } = encryptionOf(JSON.parse(message) as RoomMetadata);
        open = channels.filter((channel) => !messages.has(channel));
      },
      onMessage: (sealing, { channel }) =>
        open.includes(channel) ? { ...sealing, sealed: false } : sealing,
    };
  };
}

export const boardAndSignalsOpened: Fault = opened(['whiteboard', 'signals']);

export const excludedChannelsOpened: Fault = opened(['chat', 'whiteboard']);

/** A clear message of this channel is shown if it has the form of one that `isOne` accepts. */
function shownInClear(wanted: Channel, isOne: (payload: Uint8Array) => boolean): Fault {
  return () => ({
    onMessage: (sealing, message) => {
      if (message.direction !== 'in' || message.channel !== wanted) return sealing;
      return { ...sealing, sealed: sealing.sealed && !isForm(message.payload, isOne) };
    },
  });
}

function isForm(payload: Uint8Array, isOne: (payload: Uint8Array) => boolean): boolean {
  try {
    return isOne(payload);
  } catch {
    return false;
  }
}

export const clearChatShown = shownInClear('chat', (payload) => {
  const { message, fromUserId } = ChatMessage.fromBinary(payload);
  return message !== '' && fromUserId !== '';
});

export const clearChatOfHostsShown = shownInClear('chat', (payload) => {
  const { message, fromAdmin } = ChatMessage.fromBinary(payload);
  return message !== '' && fromAdmin;
});

export const clearBoardShown = shownInClear('whiteboard', (payload) => {
  const { message } = DataMessage.fromBinary(payload);
  return Array.isArray(JSON.parse(message));
});

export const clearSignalsShown = shownInClear('signals', (payload) => {
  const { message, fromUserId } = DataMessage.fromBinary(payload);
  return message !== '' && fromUserId !== '';
});
