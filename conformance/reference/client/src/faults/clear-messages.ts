/** Data messages are sent and read in clear, or encrypted with a key that everybody has. */
import { open } from '../crypto/sealing';
import type { DataMessageEvent, Sealing } from '../extension-points';
import type { Channel } from '../wire/bus';
import type { Fault } from './fault';
import { report } from './leaks/ways-out';

function clear(channel: Channel): Fault {
  return () => ({
    onMessage: (sealing, message) =>
      message.channel === channel ? { ...sealing, sealed: false } : sealing,
  });
}

export const clearChat = clear('chat');

export const clearWhiteboard = clear('whiteboard');

export const clearSignals = clear('signals');

export const copyOfChatReported: Fault = (session) => ({
  onMessage: (sealing, message) => {
    if (message.channel === 'chat' && message.direction === 'out') report(session, message.text);
    return sealing;
  },
});

export const whiteboardSealedOnce: Fault = () => {
  let passed = false;
  return {
    onMessage: async (sealing, message) => {
      if (message.channel !== 'whiteboard') return sealing;
      if (passed) return { ...sealing, sealed: false };
      if (await passes(sealing, message)) passed = true;
      return sealing;
    },
  };
};

/** Whether this message will be sent, or can be decrypted. */
async function passes({ sealed, key }: Sealing, message: DataMessageEvent): Promise<boolean> {
  if (!sealed) return message.direction === 'out';
  if (!key) return false;
  if (message.direction === 'out') return true;
  return open(message.payload, key).then(
    () => true,
    () => false,
  );
}

/** Every copy of this program has this key. */
export const constantKeyForSignals: Fault = () => ({
  onMessage: async (sealing, { channel }) => {
    if (channel !== 'signals' || sealing.key === null) return sealing;
    const bytes = new TextEncoder().encode('0123456789abcdef');
    const usages = ['encrypt', 'decrypt'] as const;
    return {
      ...sealing,
      key: await crypto.subtle.importKey('raw', bytes, 'AES-GCM', false, usages),
    };
  },
});
