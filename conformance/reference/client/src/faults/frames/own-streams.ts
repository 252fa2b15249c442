/** The streams with this participant's own frames, before livekit-client's worker takes them. */

const own = new WeakSet<ReadableStream>();

// Import this module before livekit-client's worker: listeners run in the order of registration.
addEventListener('message', ({ data }: MessageEvent<{ kind?: string; data?: unknown }>) => {
  if (data.kind !== 'encode') return;
  own.add((data.data as { readableStream: ReadableStream }).readableStream);
});

export function isOwn(stream: ReadableStream): boolean {
  return own.has(stream);
}
