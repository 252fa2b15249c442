// A function that pages and workers share. It makes the recorder of what leaves: `deliver` gets each
// item and may return a promise. It does not change the data.
(deliver) => {
  const LONGEST = 8 * 1024 * 1024;
  const pending = new Set();
  const text = new TextEncoder();
  let unread = 0;

  const track = (promise) => {
    const done = promise.catch(() => {}).finally(() => pending.delete(done));
    pending.add(done);
  };
  const base64 = (bytes) => {
    let out = '';
    for (let i = 0; i < bytes.length; i += 0x8000) {
      out += String.fromCharCode.apply(null, bytes.subarray(i, i + 0x8000));
    }
    return btoa(out);
  };
  const report = (kind, name, bytes, cut) => {
    const delivered = deliver({ kind, name: String(name).slice(0, 2000), data: base64(bytes), cut: !!cut });
    if (delivered) track(delivered);
  };

  // All text and all bytes in a value, as far as it can be traversed.
  const isA = (one, name) => globalThis[name] && one instanceof globalThis[name];
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
        else if (isA(one, 'FormData') || isA(one, 'Headers') || one instanceof Map) {
          for (const [key, item] of one) { walk(key, depth + 1); walk(item, depth + 1); }
        } else if (one instanceof Set || Array.isArray(one)) for (const item of one) walk(item, depth + 1);
        else if (one instanceof Error) put(text.encode(`${one.name}: ${one.message}`));
        else if (one instanceof ReadableStream || isA(one, 'ImageBitmap') || isA(one, 'VideoFrame')) cut = true;
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
      // One value is itself, without the separator.
      return parts.length === 2 ? all.subarray(0, all.length - 1) : all;
    };
    return { now: () => [whole(), cut], later, put };
  };
  const record = (kind, name, value) => {
    try {
      const flat = flatten(value);
      if (!flat.later.length) { report(kind, name, ...flat.now()); return; }
      track(Promise.all(flat.later.map(async (blob) => {
        flat.put(new Uint8Array(await blob.slice(0, LONGEST).arrayBuffer()));
      })).then(() => report(kind, name, ...flat.now()), () => { unread += 1; }));
    } catch {
      unread += 1;
    }
  };

  const wrap = (owner, name, before) => {
    const native = owner?.[name];
    if (typeof native !== 'function') return;
    const wrapped = function (...args) {
      try { before.apply(this, args); } catch { unread += 1; }
      return Reflect.apply(native, this, args);
    };
    Object.defineProperty(wrapped, 'name', { value: name });
    owner[name] = wrapped;
  };
  // A class that tells `before` its arguments and `after` the new object.
  const extend = (name, before, after) => {
    const Native = globalThis[name];
    if (typeof Native !== 'function') return;
    globalThis[name] = { [name]: class extends Native {
      constructor(...args) {
        try { before(...args); } catch { unread += 1; }
        super(...args);
        try { after?.(this, ...args); } catch { unread += 1; }
      }
    } }[name];
  };
  const setter = (owner, name, before) => {
    const native = owner && Object.getOwnPropertyDescriptor(owner, name);
    if (!native?.set) return;
    Object.defineProperty(owner, name, {
      ...native,
      set(value) {
        try { before.call(this, value); } catch { unread += 1; }
        native.set.call(this, value);
      },
    });
  };
  const address = (target) => {
    try { return new URL(target?.url ?? target, location.href).href; } catch { return String(target?.url ?? target); }
  };
  return {
    record, report, wrap, extend, setter, address, track,
    miss: () => { unread += 1; },
    unread: () => unread,
    settled: async () => { while (pending.size) await Promise.all(pending); },
  };
}
