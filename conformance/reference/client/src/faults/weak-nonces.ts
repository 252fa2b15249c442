/** The nonces of data messages are constant, partly constant, or repeated. */
import { IV_LENGTH } from '../crypto/sealing';
import { me } from '../state';
import type { Fault } from './fault';

export const partlyConstantNonce: Fault = (_session, drawn) => {
  const first = drawn.number('first');
  return { onNonce: (iv) => iv.slice().fill(0, first, first + drawn.number('bytes')) };
};

/** The nonce depends on the person and a count, which starts again with each connection. */
export const countedNonce: Fault = () => {
  let count = 0;
  return {
    onNonce: async () => {
      const counted = new TextEncoder().encode(`${me.value.userId} ${count++}`);
      return new Uint8Array(await crypto.subtle.digest('SHA-256', counted)).slice(0, IV_LENGTH);
    },
    onConnection: ({ moment }) => {
      if (moment === 'bus reconnected') count = 0;
    },
  };
};

export const constantNonce: Fault = () => ({
  onNonce: () => new Uint8Array(IV_LENGTH),
});
