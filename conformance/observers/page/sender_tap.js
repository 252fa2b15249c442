// Runs in a page before the client's code, and first in every worker that the page starts. It
// reports to sender_tap.py each encoded frame that leaves a transform of an RTCRtpSender (WebRTC
// Encoded Transform), and each sender that sends without a transform. It changes no frame.
(beginWorkersWith) => {
  const KEY = '__pnmSenderTapStreams';
  const LIMITS = {
    // Bytes of each sender's sealed frames that are kept whole: at first all, then one in `every`.
    whole: 2 << 20, sampled: 2 << 20, every: 10,
    // The same for frames without a trailer, of which none should exist.
    unsealed: 1 << 20,
    frame: 2 << 20, rows: 150_000, tail: 48, reportEveryMs: 250, unnamed: 300,
  };
  const POLL_MS = 2000;

  // Pages and workers run this function. Workers get it as text, so it uses nothing from outside.
  const tap = (limits) => {
    const sinks = new WeakMap(); // WritableStream -> function that notes a frame
    const { pipeTo, pipeThrough } = ReadableStream.prototype;
    const { getWriter } = WritableStream.prototype;
    const Through = TransformStream;
    let post = null;
    let rows = [];
    let layers = {};
    let count = 0;
    let waiting = false;

    const text = (bytes) => bytes.toBase64?.() ?? btoa(String.fromCharCode(...bytes));
    const report = () => {
      waiting = false;
      const message = JSON.stringify({ rows, layers });
      [rows, layers] = [[], {}];
      post?.(message);
    };
    const soon = () => {
      if (waiting) return;
      waiting = true;
      setTimeout(report, limits.reportEveryMs);
    };

    // What becomes of one sender's frames: a function that takes each frame.
    const counter = (sender) => {
      const seen = new Map();
      let [whole, sampled, unsealed] = [0, 0, 0];
      return (frame) => {
        const data = new Uint8Array(frame.data);
        const meta = frame.getMetadata();
        const [size, ssrc] = [data.length, meta.synchronizationSource ?? 0];
        const mime = String(meta.mimeType ?? '').toLowerCase();
        const name = `${sender}/${ssrc}/${mime}`;
        if (!seen.has(name)) seen.set(name, { sender, ssrc, mime, frames: 0, bytes: 0, unsealed: 0 });
        const layer = seen.get(name);
        const sealed = size > 30 && data[size - 2] === 12;
        const n = layer.frames++;
        layer.bytes += size;
        if (!sealed && size) layer.unsealed++;
        if (meta.width) [layer.width, layer.height] = [meta.width, meta.height];
        layers[name] = layer;
        let all = false;
        if (size <= limits.frame) {
          if (!sealed) all = (unsealed += size) <= limits.unsealed;
          else if (whole + size <= limits.whole) { whole += size; all = true; }
          else if (n % limits.every === 0 && sampled + size <= limits.sampled) { sampled += size; all = true; }
        }
        if (count++ < limits.rows) {
          const kept = all ? data : data.subarray(-limits.tail);
          rows.push([name, n, frame.type === 'key' ? 1 : 0, Date.now(), size, text(kept)]);
        }
        soon();
      };
    };
    const noting = (take) => (frame) => {
      try { take(frame); } catch { /* no encoded frame */ }
    };

    ReadableStream.prototype.pipeTo = function (target, options) {
      const note = sinks.get(target);
      if (!note) return pipeTo.call(this, target, options);
      const seen = new Through({
        transform(frame, controller) { note(frame); controller.enqueue(frame); },
      });
      return pipeTo.call(pipeThrough.call(this, seen), target, options);
    };
    WritableStream.prototype.getWriter = function () {
      const writer = getWriter.call(this);
      const note = sinks.get(this);
      if (note) {
        const { write } = writer;
        Object.defineProperty(writer, 'write', {
          value: (frame) => { note(frame); return write.call(writer, frame); },
        });
      }
      return writer;
    };

    return {
      connect: (send) => { post = send; if (rows.length) soon(); },
      /** Frames that are written to this stream are a sender's. */
      mark: (writable, sender) => sinks.set(writable, noting(counter(sender))),
      /** The same before it is known whether they are a sender's: returns what tells it. */
      markLater: (writable) => {
        let take = null;
        const early = [];
        sinks.set(writable, noting((frame) => {
          if (take) take(frame);
          else if (early.length < limits.unnamed) {
            const [data, meta, { type }] = [frame.data.slice(0), frame.getMetadata(), frame];
            early.push({ data, type, getMetadata: () => meta });
          }
        }));
        return (sender) => { take = counter(sender); early.splice(0).forEach(noting(take)); };
      },
    };
  };

  // The writable streams in a message, in the order of its properties.
  const streamsIn = (message, depth = 4) => {
    if (message instanceof WritableStream) return [message];
    if (!depth || typeof message !== 'object' || message === null || ArrayBuffer.isView(message)) return [];
    return Object.values(message).flatMap((one) => streamsIn(one, depth - 1));
  };

  const inWorker = (key, limits, makeTap, find) => {
    const here = makeTap(limits);
    let next = null;
    const transforms = [];
    const named = new Map();
    addEventListener('message', (event) => {
      const told = event.data?.[key];
      if (told) {
        event.stopImmediatePropagation();
        if (event.ports[0]) here.connect((message) => event.ports[0].postMessage(message));
        if (told.streams) next = told.streams;
        if (told.transform !== undefined) {
          named.set(told.transform, told.sender);
          transforms[told.transform]?.(told.sender);
        }
      } else if (next) {
        find(event.data).forEach((one, i) => { if (next[i] != null) here.mark(one, next[i]); });
        next = null;
      }
    }, { capture: true }); // before any listener of the client, which may write at once
    addEventListener('rtctransform', (event) => {
      const number = transforms.push(here.markLater(event.transformer.writable)) - 1;
      if (named.has(number)) transforms[number](named.get(number));
    });
  };

  if (typeof window === 'undefined' || window.__pnmSenderTap || !window.RTCRtpSender) return;
  const page = Math.random().toString(36).slice(2, 10);
  const here = tap(LIMITS);
  const forward = (message) => window.__pnmSenderFrames?.(message);
  here.connect(forward);

  const known = new WeakMap(); // RTCRtpSender -> what is known of it
  const all = [];
  const marked = new WeakMap(); // WritableStream -> what is known of its sender
  const about = (sender) => {
    if (!known.has(sender)) {
      known.set(sender, { id: `${page}-${all.length}`, kind: '', label: '', way: 'none', unwatched: false, sent: 0, plain: 0 });
      all.push(known.get(sender));
    }
    const one = known.get(sender);
    if (sender.track) [one.kind, one.label] = [sender.track.kind, sender.track.label];
    return one;
  };
  const tell = () => forward(JSON.stringify({ senders: all }));

  const proto = RTCRtpSender.prototype;
  const { createEncodedStreams } = proto;
  if (createEncodedStreams) {
    proto.createEncodedStreams = function (...args) {
      const streams = createEncodedStreams.apply(this, args);
      const one = about(this);
      one.way = 'encoded streams';
      marked.set(streams.writable, one);
      here.mark(streams.writable, one.id);
      tell();
      return streams;
    };
  }

  // -- workers: those that begin with `inWorker` are watched -----------------------------------
  beginWorkersWith(`(${inWorker})(${JSON.stringify(KEY)}, ${JSON.stringify(LIMITS)}, ${tap}, ${recursive(streamsIn)});`);
  const watched = new WeakMap(); // Worker -> whether its port was sent, and the number of its transforms
  window.Worker = class Worker extends window.Worker {
    constructor(...args) {
      super(...args);
      watched.set(this, { connected: false, transforms: 0 });
    }
  };
  let root = window.Worker.prototype;
  for (let next = root; next?.postMessage; next = Object.getPrototypeOf(next)) root = next;
  const { postMessage } = root;
  const instruct = (worker, what) => {
    const state = watched.get(worker);
    if (!state) return false;
    const ports = [];
    if (!state.connected) {
      const { port1, port2 } = new MessageChannel();
      port1.onmessage = ({ data }) => forward(data);
      ports.push(port2);
      state.connected = true;
    }
    postMessage.call(worker, { [KEY]: what }, ports);
    return true;
  };
  const transferred = ([options]) => (Array.isArray(options) ? options : options?.transfer ?? []);
  const hand = (target, message, rest) => {
    const given = [...transferred(rest)].filter((one) => marked.has(one));
    if (!given.length) return;
    const streams = streamsIn(message).map((one) => marked.get(one)?.id ?? null);
    const told = given.every((one) => streams.includes(marked.get(one).id)) && instruct(target, { streams });
    if (told) return;
    for (const one of given) marked.get(one).unwatched = true;
    tell();
  };
  root.postMessage = function (message, ...rest) {
    hand(this, message, rest);
    return postMessage.call(this, message, ...rest);
  };
  const { postMessage: postToPort } = MessagePort.prototype;
  MessagePort.prototype.postMessage = function (message, ...rest) {
    hand(this, message, rest);
    return postToPort.call(this, message, ...rest);
  };

  // -- script transforms -----------------------------------------------------------------------
  const NativeTransform = window.RTCRtpScriptTransform;
  const transform = Object.getOwnPropertyDescriptor(proto, 'transform');
  if (NativeTransform && transform?.set) {
    const places = new WeakMap(); // transform -> its worker and its number there
    window.RTCRtpScriptTransform = class RTCRtpScriptTransform extends NativeTransform {
      constructor(worker, ...rest) {
        super(worker, ...rest);
        const state = watched.get(worker);
        places.set(this, { worker, number: state ? state.transforms++ : -1 });
      }
    };
    Object.defineProperty(proto, 'transform', {
      ...transform,
      set(value) {
        transform.set.call(this, value);
        const [one, place] = [about(this), places.get(value)];
        if (value) one.way = 'script transform';
        if (value && !(place && instruct(place.worker, { transform: place.number, sender: one.id }))) one.unwatched = true;
        tell();
      },
    });
  }

  // -- senders without a transform -------------------------------------------------------------
  const connections = new Set();
  const sent = async (sender) => {
    let bytes = 0;
    for (const stat of (await sender.getStats()).values()) {
      if (stat.type === 'outbound-rtp') bytes += stat.bytesSent ?? 0;
    }
    return bytes;
  };
  const poll = async (some, only) => {
    let changed = false;
    await Promise.all([...some].flatMap((connection) => connection.getSenders()).map(async (sender) => {
      if (!sender.track && !known.has(sender)) return;
      const one = about(sender);
      if (only && one.way !== 'none') return;
      const bytes = await sent(sender).catch(() => 0);
      changed ||= bytes > one.sent;
      one.sent = Math.max(one.sent, bytes);
      if (one.way === 'none') one.plain = one.sent;
    }));
    if (changed) tell();
  };
  const NativeConnection = window.RTCPeerConnection;
  window.RTCPeerConnection = class RTCPeerConnection extends NativeConnection {
    constructor(...args) {
      super(...args);
      connections.add(this);
    }
    close() {
      poll([this], true).catch(() => {});
      connections.delete(this);
      super.close();
    }
  };
  setInterval(() => poll(connections, true).catch(() => {}), POLL_MS);

  Object.defineProperty(window, '__pnmSenderTap', {
    enumerable: false,
    value: { look: async () => { await poll(connections, false); tell(); } },
  });

  function recursive(find) {
    return `(() => { const streamsIn = ${find}; return streamsIn; })()`;
  }
}
