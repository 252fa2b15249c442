/**
 * The broken rule `injected-frames-not-rendered`: livekit-client's own worker, that takes every
 * frame with the server's trailer for a known one. It knows them by their SHA-256; here everything
 * has that of the silent one. A cryptor needs no digest for anything else.
 */
import 'livekit-client/e2ee-worker';

const SILENCE = 'aad8d31fc56b2802ca500e58c2fb9d0b29ad71bb7cb52cd6530251eade188988';

SubtleCrypto.prototype.digest = () =>
  Promise.resolve(
    Uint8Array.from(SILENCE.match(/../g) ?? [], (pair) => Number.parseInt(pair, 16)).buffer,
  );
