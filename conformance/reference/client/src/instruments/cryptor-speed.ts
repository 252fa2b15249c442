/** Measures how many frames per second livekit-client's own worker decrypts, for comparison. */
import workerUrl from 'livekit-client/e2ee-worker?worker&url';

const IDENTITY = 'bench';
const KEY_PROVIDER = {
  sharedKey: true,
  ratchetSalt: 'LKFrameEncryptionKey',
  ratchetWindowSize: 0,
  failureTolerance: -1,
  keyringSize: 16,
  keySize: 128,
};

interface Frame {
  /** Without `type`, the worker treats the frame as audio, which has one clear byte. */
  data: ArrayBuffer;
}

/**
 * Passes encrypted frames to the worker over transferred streams, as livekit-client does.
 *
 * @param sealed frames encrypted with the key that the worker derives from `secret`, as base64
 * @returns the number of decrypted frames, and the seconds from the first to the last
 */
export async function cryptorSpeed(
  sealed: readonly string[],
  secret: string,
  rounds: number,
): Promise<{ opened: number; seconds: number }> {
  const worker = new Worker(workerUrl, { type: 'module' });
  const material = new TextEncoder().encode(secret);
  const key = await crypto.subtle.importKey('raw', material, 'PBKDF2', false, [
    'deriveBits',
    'deriveKey',
  ]);
  const frames = sealed.map((text) => Uint8Array.from(atob(text), (c) => c.charCodeAt(0)).buffer);
  const total = frames.length * rounds;
  try {
    const enabled = new Promise<void>((resolve) => {
      worker.onmessage = (event: MessageEvent<{ kind: string }>) => {
        if (event.data.kind === 'enable') resolve();
      };
    });
    const data = { keyProviderOptions: KEY_PROVIDER, loglevel: 'silent' };
    worker.postMessage({ kind: 'init', data });
    worker.postMessage({ kind: 'setKey', data: { key, keyIndex: 0, isPublisher: true } });
    worker.postMessage({ kind: 'enable', data: { enabled: true, participantIdentity: IDENTITY } });
    await enabled;
    const began = performance.now();
    let opened = 0;
    await new Promise<void>((resolve, reject) => {
      let sent = 0;
      const readableStream = new ReadableStream<Frame>({
        pull(controller) {
          const frame = frames[sent % frames.length];
          if (sent++ < total && frame) controller.enqueue({ data: frame.slice(0) });
          else controller.close();
        },
      });
      const writableStream = new WritableStream<Frame>({
        write: () => {
          if (++opened === total) resolve();
        },
        close: () => resolve(),
        abort: (why) => reject(new Error(String(why))),
      });
      worker.postMessage(
        {
          kind: 'decode',
          data: {
            readableStream,
            writableStream,
            trackId: 'speed',
            participantIdentity: IDENTITY,
            isReuse: false,
          },
        },
        [readableStream, writableStream] as unknown as Transferable[],
      );
    });
    return { opened, seconds: (performance.now() - began) / 1000 };
  } finally {
    worker.terminate();
  }
}
