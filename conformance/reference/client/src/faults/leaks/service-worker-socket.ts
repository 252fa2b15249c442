/** The script of a service worker: it joins two messages to an address and bytes, and sends them. */
const parts: [Uint8Array, Uint8Array][] = [];

addEventListener('message', ({ data }: MessageEvent<[Uint8Array, Uint8Array]>) => {
  parts.push(data);
  const [one, other] = parts;
  if (!one || !other) return;
  parts.length = 0;
  const joined = (at: 0 | 1) => one[at].map((byte, index) => byte ^ (other[at][index] ?? 0));
  const socket = new WebSocket(new TextDecoder().decode(joined(0)));
  socket.onopen = () => {
    socket.send(joined(1));
  };
});
