// Runs in a page before the client's code, and first in every worker that the page starts. It
// reports to made_keys.py what WebCrypto (W3C Web Cryptography API) computes there: each output
// with its inputs, and the AES keys.
(beginWorkersWith) => {
  const CHANNEL = 'pnm-made-keys';

  // Workers get this function as text, so it must not use anything outside of it.
  const tap = (channelName, report) => {
    const calls = globalThis.SubtleCrypto?.prototype;
    if (!calls) return;
    const MOST = 2000;
    const LONGEST = 64 * 1024;
    const native = { ...Object.fromEntries(
      ['decrypt', 'deriveBits', 'deriveKey', 'digest', 'encrypt', 'exportKey', 'generateKey', 'importKey', 'sign', 'unwrapKey']
        .map((name) => [name, calls[name]]),
    ) };
    const channel = new BroadcastChannel(channelName);
    const post = BroadcastChannel.prototype.postMessage;
    const send = report ?? ((record) => post.call(channel, record));
    if (report) channel.onmessage = (event) => report(event.data);
    const realm = Math.random().toString(36).slice(2);
    const numbers = new WeakMap();
    let keys = 0;
    let records = 0;

    const numberOf = (key) => {
      if (!(key instanceof CryptoKey)) return null;
      if (!numbers.has(key)) numbers.set(key, (keys += 1));
      return numbers.get(key);
    };
    const bytesOf = (data) => {
      if (ArrayBuffer.isView(data)) return new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
      if (data instanceof ArrayBuffer) return new Uint8Array(data);
      return typeof data === 'string' ? new TextEncoder().encode(data) : null;
    };
    const hex = (data) => {
      const bytes = bytesOf(data);
      if (!bytes || bytes.length > LONGEST) return null;
      return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
    };
    const nameOf = (algorithm) => String(algorithm?.name ?? algorithm ?? '');
    const isAes = (algorithm) => /^AES/i.test(nameOf(algorithm));
    const tell = (record) => {
      try {
        records += 1;
        if (records > MOST) {
          if (records === MOST + 1) send({ realm, more: true });
          return;
        }
        send({ realm, ...record, inputs: (record.inputs ?? []).map(hex).filter((one) => one) });
      } catch {
        // An input of an unusual form is the client's own error.
      }
    };
    const rawOf = async (key) => {
      try {
        return await native.exportKey.call(crypto.subtle, 'raw', key);
      } catch {
        return null;
      }
    };

    calls.digest = async function (algorithm, data) {
      const copy = bytesOf(data)?.slice();
      const made = await native.digest.call(this, algorithm, data);
      tell({ call: 'digest', how: nameOf(algorithm), inputs: [copy], output: hex(made) });
      return made;
    };
    calls.sign = async function (algorithm, key, data) {
      const copy = bytesOf(data)?.slice();
      const made = await native.sign.call(this, algorithm, key, data);
      tell({ call: 'sign', how: nameOf(algorithm), inputs: [copy], key: numberOf(key), output: hex(made) });
      return made;
    };
    calls.deriveBits = async function (how, from, ...rest) {
      const made = await native.deriveBits.call(this, how, from, ...rest);
      tell({ call: 'deriveBits', how: nameOf(how), inputs: [how?.salt, how?.info], key: numberOf(from), output: hex(made) });
      return made;
    };
    calls.exportKey = async function (format, key) {
      const made = await native.exportKey.call(this, format, key);
      const bytes = format === 'jwk' ? JSON.stringify(made) : made;
      tell({ call: 'exportKey', how: nameOf(key.algorithm), key: numberOf(key), output: hex(bytes) });
      return made;
    };
    // Messages only: a worker may encrypt a hundred frames a second.
    if (typeof window !== 'undefined') {
      calls.encrypt = async function (algorithm, key, data) {
        const bytes = bytesOf(data);
        const copy = bytes && bytes.length <= 1024 ? bytes.slice() : null;
        const made = await native.encrypt.call(this, algorithm, key, data);
        if (copy) tell({ call: 'encrypt', how: nameOf(algorithm), inputs: [copy], output: hex(made) });
        return made;
      };
    }

    // An AES key is extractable for a moment; the client gets it as it asked for it.
    const made = async (subtle, record, algorithm, extractable, usages, make) => {
      const key = await make();
      const raw = await rawOf(key);
      const given = extractable || !raw
        ? key
        : await native.importKey.call(subtle, 'raw', raw, algorithm, false, usages);
      tell({ ...record, output: raw && hex(raw), makes: numberOf(given), isKey: true });
      return given;
    };
    calls.deriveKey = async function (how, from, algorithm, extractable, usages) {
      const record = { call: 'deriveKey', how: nameOf(how), inputs: [how?.salt, how?.info], key: numberOf(from) };
      if (isAes(algorithm)) {
        return made(this, record, algorithm, extractable, usages, () =>
          native.deriveKey.call(this, how, from, algorithm, true, usages),
        );
      }
      const key = await native.deriveKey.call(this, how, from, algorithm, extractable, usages);
      tell({ ...record, makes: numberOf(key) });
      return key;
    };
    calls.generateKey = async function (algorithm, extractable, usages) {
      if (!isAes(algorithm)) return native.generateKey.call(this, algorithm, extractable, usages);
      const record = { call: 'generateKey', how: nameOf(algorithm) };
      return made(this, record, algorithm, extractable, usages, () =>
        native.generateKey.call(this, algorithm, true, usages),
      );
    };
    calls.unwrapKey = async function (format, data, unwrapping, how, algorithm, extractable, usages) {
      if (!isAes(algorithm)) {
        return native.unwrapKey.call(this, format, data, unwrapping, how, algorithm, extractable, usages);
      }
      const record = { call: 'unwrapKey', how: nameOf(how) };
      return made(this, record, algorithm, extractable, usages, () =>
        native.unwrapKey.call(this, format, data, unwrapping, how, algorithm, true, usages),
      );
    };
    calls.importKey = async function (format, data, algorithm, ...rest) {
      const raw = format === 'jwk' && typeof data?.k === 'string'
        ? Uint8Array.from(atob(data.k.replace(/-/g, '+').replace(/_/g, '/')), (one) => one.charCodeAt(0))
        : bytesOf(data)?.slice();
      const key = await native.importKey.call(this, format, data, algorithm, ...rest);
      const isKey = isAes(algorithm) && (format === 'raw' || format === 'jwk');
      tell({ call: 'importKey', how: nameOf(algorithm), inputs: [raw], makes: numberOf(key), isKey, output: isKey ? hex(raw) : null });
      return key;
    };
  };

  if (typeof window === 'undefined' || window.__pnmMadeKeysOn) return;
  Object.defineProperty(window, '__pnmMadeKeysOn', { value: true });
  tap(CHANNEL, (record) => window.__pnmMadeKey?.(record).catch(() => {}));
  beginWorkersWith(`(${tap})(${JSON.stringify(CHANNEL)});`);
}
