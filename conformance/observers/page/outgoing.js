// Runs in every frame before the client's code. It reports to outgoing.py the data that leaves a
// page and that the browser's network log lacks or truncates. It does not change that data.
(() => {
  if (window.__pnmOutgoing) return;
  const LONGEST = 8 * 1024 * 1024;
  const BRIDGE = 'native bridge';
  const KEPT = '__pnm_outgoing_at_unload';
  const pending = new Set();
  let unloading = false;
  let unread = 0;

  const text = new TextEncoder();
  const base64 = (bytes) => {
    let out = '';
    for (let i = 0; i < bytes.length; i += 0x8000) {
      out += String.fromCharCode.apply(null, bytes.subarray(i, i + 0x8000));
    }
    return btoa(out);
  };
  const report = (kind, name, bytes, cut) => {
    const item = { kind, name: String(name).slice(0, 2000), data: base64(bytes), cut: !!cut };
    if (unloading) {
      // The page unloads: a message to the harness may be lost, but not the tab's own storage.
      try {
        const kept = JSON.parse(sessionStorage.getItem(KEPT) ?? '[]');
        sessionStorage.setItem(KEPT, JSON.stringify([...kept, { ...item, kind: 'request at unload' }]));
      } catch {
        unread += 1;
      }
    }
    const reported = window.__pnmOutgoingItem?.(item)?.catch(() => {}).finally(() => pending.delete(reported));
    if (reported) pending.add(reported);
    return reported;
  };

  // All text and all bytes in a value, as far as it can be traversed.
  const flatten = (value) => {
    const parts = [];
    const later = [];
    let size = 0;
    let nodes = 0;
    let cut = false;
    const put = (bytes) => {
      if (size + bytes.length > LONGEST) { cut = true; bytes = bytes.subarray(0, Math.max(0, LONGEST - size)); }
      parts.push(bytes, text.encode('\n'));
      size += bytes.length + 1;
    };
    const seen = new Set();
    const walk = (one, depth) => {
      if (++nodes > 20000 || depth > 12) { cut = true; return; }
      if (one === null || one === undefined) return;
      if (typeof one === 'string') put(text.encode(one));
      else if (typeof one !== 'object' && typeof one !== 'function') put(text.encode(String(one)));
      else if (seen.has(one)) return;
      else {
        seen.add(one);
        if (one instanceof ArrayBuffer) put(new Uint8Array(one.slice(0)));
        else if (ArrayBuffer.isView(one)) put(new Uint8Array(one.buffer.slice(one.byteOffset, one.byteOffset + one.byteLength)));
        else if (one instanceof Blob) later.push(one);
        else if (one instanceof URLSearchParams || one instanceof URL) put(text.encode(String(one)));
        else if (one instanceof FormData || one instanceof Map) {
          for (const [key, item] of one) { walk(key, depth + 1); walk(item, depth + 1); }
        } else if (one instanceof Set || Array.isArray(one)) for (const item of one) walk(item, depth + 1);
        else if (one instanceof Error) put(text.encode(`${one.name}: ${one.message}`));
        else if (one instanceof ReadableStream) cut = true;
        else {
          try { put(text.encode(JSON.stringify(one) ?? '')); } catch { /* circular, or bigint */ }
          for (const key of Object.keys(one)) {
            let item;
            try { item = one[key]; } catch { continue; }
            walk(key, depth + 1);
            walk(item, depth + 1);
          }
        }
      }
    };
    try { walk(value, 0); } catch { cut = true; }
    const whole = () => {
      const all = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
      let at = 0;
      for (const part of parts) { all.set(part, at); at += part.length; }
      return all;
    };
    return { now: () => [whole(), cut], later, put, cut: () => cut };
  };
  const record = (kind, name, value) => {
    try {
      const flat = flatten(value);
      if (!flat.later.length) { report(kind, name, ...flat.now()); return; }
      const reading = Promise.all(flat.later.map(async (blob) => {
        flat.put(new Uint8Array(await blob.slice(0, LONGEST).arrayBuffer()));
      })).then(() => report(kind, name, ...flat.now()), () => { unread += 1; })
        .finally(() => pending.delete(reading));
      pending.add(reading);
    } catch {
      unread += 1;
    }
  };

  const wrap = (owner, name, before) => {
    const native = owner?.[name];
    if (typeof native !== 'function') return;
    const wrapped = function (...args) {
      before.apply(this, args);
      return Reflect.apply(native, this, args);
    };
    Object.defineProperty(wrapped, 'name', { value: name });
    owner[name] = wrapped;
  };

  addEventListener('pagehide', () => { unloading = true; }, true);
  addEventListener('pageshow', () => { unloading = false; }, true);
  addEventListener('beforeunload', () => { unloading = true; setTimeout(() => { unloading = false; }); }, true);

  // The network log has no body for a Blob, a form with files or a stream.
  const address = (target) => { try { return new URL(target?.url ?? target, location.href).href; } catch { return String(target); } };
  wrap(window, 'fetch', (target, options) => {
    const method = options?.method ?? target?.method ?? 'GET';
    if (options?.body != null) record('HTTP body', `${method} ${address(target)}`, options.body);
    else if (target instanceof Request && target.body && !target.bodyUsed) {
      const copy = target.clone();
      const reading = copy.arrayBuffer().then(
        (bytes) => record('HTTP body', `${method} ${address(target)}`, bytes), () => { unread += 1; },
      ).finally(() => pending.delete(reading));
      pending.add(reading);
    } else if (unloading) record('HTTP address', `${method} ${address(target)}`, address(target));
  });
  const opened = new WeakMap();
  wrap(XMLHttpRequest.prototype, 'open', function (method, target) { opened.set(this, `${method} ${address(target)}`); });
  wrap(XMLHttpRequest.prototype, 'send', function (body) {
    if (body != null && !(body instanceof Document)) record('HTTP body', opened.get(this) ?? 'XMLHttpRequest', body);
  });
  wrap(Navigator.prototype, 'sendBeacon', (target, body) => {
    record('beacon', `POST ${address(target)}`, [address(target), body]);
  });

  // Other windows: every message to any window of this browser, this page's own posts included.
  addEventListener('message', (event) => {
    record('message to a window', `${location.origin} from ${event.origin}`, event.data);
  }, true);
  wrap(window.BroadcastChannel?.prototype, 'postMessage', function (data) { record('BroadcastChannel', this.name, data); });
  wrap(window.RTCDataChannel?.prototype, 'send', function (data) { record('data channel', this.label, data); });
  wrap(window.RTCPeerConnection?.prototype, 'setLocalDescription', function () {
    Promise.resolve().then(() => record('SDP', 'local description', this.localDescription?.sdp ?? ''));
    this.addEventListener('signalingstatechange', () => {
      const sdp = this.localDescription?.sdp;
      if (sdp) record('SDP', 'local description', sdp);
    });
  });
  for (const name of ['pushState', 'replaceState']) {
    wrap(History.prototype, name, (state, _unused, target) => {
      record('history', name, [state, target == null ? '' : address(target)]);
    });
  }
  wrap(window, 'open', (target) => { if (target) record('address of a new window', address(target), address(target)); });
  wrap(window.Clipboard?.prototype, 'writeText', (value) => record('clipboard', 'writeText', value));
  const NativeTransport = window.WebTransport;
  if (NativeTransport) {
    window.WebTransport = class WebTransport extends NativeTransport {
      constructor(target, ...rest) { super(target, ...rest); unread += 1; record('WebTransport', address(target), address(target)); }
    };
  }

  // Native apps around a page: without an app, a trap records the calls.
  const bridge = (name) => ({ postMessage: (data) => record(BRIDGE, name, data) });
  const trap = (owner, name, value) => {
    if (owner && owner[name] === undefined) {
      Object.defineProperty(owner, name, { value, enumerable: false, configurable: true, writable: true });
    } else if (owner?.[name]) wrap(owner[name], 'postMessage', (data) => record(BRIDGE, name, data));
  };
  if (window.parent === window) {
    trap(window, 'ReactNativeWebView', bridge('ReactNativeWebView'));
    trap(window, 'PnmNative', bridge('PnmNative'));
    trap(window.chrome, 'webview', bridge('chrome.webview'));
    trap(window, 'webkit', {
      messageHandlers: new Proxy({}, { get: (_t, name) => (typeof name === 'string' ? bridge(`webkit.${name}`) : undefined) }),
    });
  }

  Object.defineProperty(window, '__pnmOutgoing', {
    enumerable: false,
    value: {
      /** The page's address and title, the number of unread items, and the kept items. */
      look: async () => {
        while (pending.size) await Promise.all(pending);
        let kept = [];
        try { kept = JSON.parse(sessionStorage.getItem(KEPT) ?? '[]'); sessionStorage.removeItem(KEPT); } catch { unread += 1; }
        let state = '';
        try { state = JSON.stringify(history.state) ?? ''; } catch { /* circular */ }
        const shown = [location.href, document.title, document.referrer, window.name, state];
        return { shown: shown.map((one) => String(one).slice(0, 100000)), kept: kept.slice(0, 1000), unread };
      },
    },
  });
})();
