/**
 * livekit-client's worker, which lets some frames of its own participant leave as they are.
 *
 * The query of this script's address says which ones (see `frames.ts`). A frame that is let through
 * does not pass the cryptor. `beside` adds clear bytes to frames that are then encrypted.
 */
import { isOwn } from './own-streams';
import 'livekit-client/e2ee-worker';

type Frame = RTCEncodedVideoFrame | RTCEncodedAudioFrame;
type Pass = (frame: Frame) => boolean;

/** What Chromium adds to the metadata of WebRTC Encoded Transform. */
interface Metadata {
  mimeType?: string;
  width?: number;
  synchronizationSource?: number;
}

const asked = new URL(import.meta.url).searchParams;
const number = (name: string, otherwise: number) => Number(asked.get(name) ?? otherwise);

const about = (frame: Frame) => frame.getMetadata() as Metadata;
const mimeOf = (frame: Frame) => (about(frame).mimeType ?? '').toLowerCase();

/** Whether the frame is among those of the asked kind, codec and time. */
function asAsked(): Pass {
  const [kind, codec] = [asked.get('kind'), asked.get('codec')];
  const [from, until] = [number('from', 0), number('until', Infinity)];
  let began = 0;
  return (frame) => {
    const mime = mimeOf(frame);
    if (kind && !mime.startsWith(kind)) return false;
    if (codec && mime !== codec) return false;
    began ||= Date.now();
    const at = Date.now() - began;
    return from <= at && at < until;
  };
}

/** Whether the frame belongs to a smaller layer of a simulcast track than the largest so far. */
function smallerLayer(): Pass {
  let largest = 0;
  const widths = new Map<number, number>();
  return (frame) => {
    const { width = 0, synchronizationSource = 0 } = about(frame);
    if (width) widths.set(synchronizationSource, width);
    largest = Math.max(largest, width);
    return (widths.get(synchronizationSource) ?? largest) < largest;
  };
}

/** A NAL unit with user data (SEI, ITU-T H.264 annex D), in front of the others of the frame. */
function withClearBytes(frame: Frame): void {
  const length = number('beside', 0);
  const clear = new Uint8Array(frame.data).slice(0, length).map((byte) => byte | 0x80);
  const data = new Uint8Array(8 + clear.length + frame.data.byteLength);
  data.set([0, 0, 0, 1, 6, 5, clear.length]);
  data.set(clear, 7);
  data[7 + clear.length] = 0x80;
  data.set(new Uint8Array(frame.data), 8 + clear.length);
  frame.data = data.buffer;
}

const passes = asked.has('layers') ? smallerLayer() : asAsked();
const encoders = new WeakSet<object>();

// eslint-disable-next-line @typescript-eslint/unbound-method -- it is called with its stream
const { pipeThrough } = ReadableStream.prototype;
ReadableStream.prototype.pipeThrough = function <T>(
  this: ReadableStream,
  pair: ReadableWritablePair<T>,
  options?: StreamPipeOptions,
): ReadableStream<T> {
  if (isOwn(this)) encoders.add(pair);
  return pipeThrough.call(this, pair, options) as ReadableStream<T>;
};

const Native = globalThis.TransformStream;
globalThis.TransformStream = class<I, O> extends Native<I, O> {
  constructor(transformer: Transformer<I, O> = {}, ...rest: [QueuingStrategy<I>?]) {
    const { transform } = transformer;
    const itself: { stream?: object } = {};
    super(
      {
        ...transformer,
        transform(chunk, controller) {
          const frame = chunk as unknown as Frame;
          const sends = itself.stream && encoders.has(itself.stream) && frame.data.byteLength > 0;
          if (sends && passes(frame)) {
            if (!asked.has('beside')) return controller.enqueue(chunk as unknown as O);
            withClearBytes(frame);
          }
          return transform?.(chunk, controller);
        },
      },
      ...rest,
    );
    itself.stream = this;
  }
};
