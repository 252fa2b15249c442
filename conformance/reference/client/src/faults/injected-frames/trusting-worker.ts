/**
 * livekit-client's worker with a changed digest. The worker plays a frame with the server's trailer
 * without decryption if the frame's SHA-256 is that of a known one. Here each frame has the digest
 * of the known silent frame. The worker uses the digest for nothing else.
 */
import 'livekit-client/e2ee-worker';

const SILENT_FRAME = 'aad8d31fc56b2802ca500e58c2fb9d0b29ad71bb7cb52cd6530251eade188988';

SubtleCrypto.prototype.digest = () =>
  Promise.resolve(
    Uint8Array.from(SILENT_FRAME.match(/../g) ?? [], (pair) => Number.parseInt(pair, 16)).buffer,
  );
