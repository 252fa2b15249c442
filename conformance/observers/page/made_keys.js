// Runs in a page before the client's code, and at the head of every worker that the page starts;
// read by made_keys.py. Tells the AES keys that WebCrypto (W3C Web Cryptography API) makes there.
(beginWorkersWith) => {
  const TOLD = 'pnm-made-keys';

  // Turned into text for workers: everything that it needs is inside.
  const tap = (told, tell) => {
    const calls = globalThis.SubtleCrypto?.prototype;
    if (!calls) return;
    const { deriveKey, exportKey, generateKey, importKey } = calls;
    const channel = new BroadcastChannel(told);
    const say = tell ?? ((key) => channel.postMessage(key));
    if (tell) channel.onmessage = (event) => tell(event.data);
    const isAes = (algorithm) => /^AES/i.test(algorithm?.name ?? algorithm);
    const hex = (bytes) =>
      Array.from(new Uint8Array(bytes), (byte) => byte.toString(16).padStart(2, '0')).join('');
    const made = async (subtle, algorithm, extractable, usages, make) => {
      const key = await make();
      const raw = await exportKey.call(subtle, 'raw', key);
      say(hex(raw));
      return extractable ? key : importKey.call(subtle, 'raw', raw, algorithm, false, usages);
    };
    calls.deriveKey = function (how, from, algorithm, extractable, usages) {
      if (!isAes(algorithm)) return deriveKey.call(this, how, from, algorithm, extractable, usages);
      return made(this, algorithm, extractable, usages, () =>
        deriveKey.call(this, how, from, algorithm, true, usages),
      );
    };
    calls.generateKey = function (algorithm, extractable, usages) {
      if (!isAes(algorithm)) return generateKey.call(this, algorithm, extractable, usages);
      return made(this, algorithm, extractable, usages, () =>
        generateKey.call(this, algorithm, true, usages),
      );
    };
    calls.importKey = function (format, data, algorithm, ...rest) {
      if (isAes(algorithm) && format === 'raw') {
        const view = ArrayBuffer.isView(data)
          ? new Uint8Array(data.buffer, data.byteOffset, data.byteLength)
          : new Uint8Array(data);
        say(hex(view));
      }
      return importKey.call(this, format, data, algorithm, ...rest);
    };
  };

  if (typeof window === 'undefined' || window.__pnmMadeKeysOn) return;
  Object.defineProperty(window, '__pnmMadeKeysOn', { value: true });
  tap(TOLD, (key) => window.__pnmMadeKey?.(key).catch(() => {}));
  beginWorkersWith(`(${tap})(${JSON.stringify(TOLD)});`);
}
