// A function that pages and workers share: the ways over the network whose content the browser's
// network log lacks. With `unlogged` the log lacks all requests, as for shared workers.
({ record, wrap, extend, address, track, miss }, { unlogged, leaving }) => {
  // The log has no body for a Blob, a form with files or a stream.
  wrap(globalThis, 'fetch', (target, options) => {
    const method = options?.method ?? target?.method ?? 'GET';
    const name = `${method} ${address(target)}`;
    if (options?.body != null) record('HTTP body', name, options.body);
    else if (target instanceof Request && target.body && !target.bodyUsed) {
      track(target.clone().arrayBuffer().then((bytes) => record('HTTP body', name, bytes), miss));
    }
    if (unlogged || leaving()) record('HTTP address', name, address(target));
    if (unlogged) record('HTTP header', name, [options?.headers, target instanceof Request ? target.headers : null]);
  });
  wrap(globalThis.Navigator?.prototype, 'sendBeacon', (target, body) => {
    record('beacon', `POST ${address(target)}`, [address(target), body]);
  });
  // It is sent when the page is gone, and the log does not have it.
  wrap(globalThis, 'fetchLater', (target, options) => {
    record('request at unload', address(target), [address(target), options?.headers, options?.body]);
  });
  const opened = new WeakMap();
  const prototype = globalThis.XMLHttpRequest?.prototype;
  wrap(prototype, 'open', function (method, target) {
    opened.set(this, `${method} ${address(target)}`);
    if (unlogged || leaving()) record('HTTP address', opened.get(this), address(target));
  });
  wrap(prototype, 'setRequestHeader', function (name, value) {
    if (unlogged) record('HTTP header', opened.get(this) ?? 'XMLHttpRequest', `${name}: ${value}`);
  });
  wrap(prototype, 'send', function (body) {
    if (body != null && !(globalThis.Document && body instanceof Document)) {
      record('HTTP body', opened.get(this) ?? 'XMLHttpRequest', body);
    }
  });
  if (unlogged) {
    for (const name of ['WebSocket', 'EventSource']) {
      extend(name, (target) => record(`${name} address`, address(target), address(target)));
    }
    wrap(globalThis.WebSocket?.prototype, 'send', function (data) { record('WebSocket', this.url, data); });
  }
  wrap(globalThis.BroadcastChannel?.prototype, 'postMessage', function (data) {
    record('BroadcastChannel', this.name, data);
  });
  wrap(globalThis.RTCDataChannel?.prototype, 'send', function (data) { record('data channel', this.label, data); });

  // WebTransport: its streams are read where they are written.
  const streams = new WeakMap();
  const writers = new WeakMap();
  const keep = (stream, name) => {
    if (stream) streams.set(stream, name);
  };
  extend(
    'WebTransport',
    (target) => record('WebTransport', address(target), address(target)),
    (transport, target) => {
      keep(transport.datagrams?.writable, address(target));
      for (const name of ['createUnidirectionalStream', 'createBidirectionalStream']) {
        const native = transport[name];
        if (!native) continue;
        transport[name] = async function (...args) {
          const made = await native.apply(transport, args);
          keep(made.writable ?? made, address(target));
          return made;
        };
      }
      // The other side's streams have a way back as well.
      const incoming = transport.incomingBidirectionalStreams;
      if (incoming) wrap(incoming, 'getReader', miss);
    },
  );
  if (globalThis.WebTransport) {
    const getWriter = WritableStream.prototype.getWriter;
    WritableStream.prototype.getWriter = function () {
      const writer = getWriter.call(this);
      if (streams.has(this)) writers.set(writer, streams.get(this));
      return writer;
    };
    wrap(WritableStreamDefaultWriter.prototype, 'write', function (data) {
      if (writers.has(this)) record('WebTransport', writers.get(this), data);
    });
    const piped = (target) => { if (streams.has(target?.writable ?? target)) miss(); };
    wrap(ReadableStream.prototype, 'pipeTo', piped);
    wrap(ReadableStream.prototype, 'pipeThrough', piped);
  }
  // Their content cannot be read.
  for (const name of ['WebSocketStream', 'TCPSocket', 'UDPSocket']) {
    extend(name, (target) => { record(name, String(target), String(target)); miss(); });
  }
}
