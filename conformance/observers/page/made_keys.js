// Runs in a page before the client's code, and first in every worker that the page starts. It
// reports to made_keys.py the AES keys that WebCrypto (W3C Web Cryptography API) makes there.
(beginWorkersWith) => {
  const CHANNEL = 'pnm-made-keys';

  // Workers get this function as text, so it must not use anything outside of it.
  const tap = (channelName, report) => {
    const calls = globalThis.SubtleCrypto?.prototype;
    if (!calls) return;
    const { deriveKey, exportKey, generateKey, importKey } = calls;
    const channel = new BroadcastChannel(channelName);
    const send = report ?? ((key) => channel.postMessage(key));
    if (report) channel.onmessage = (event) => report(event.data);
    const isAes = (algorithm) => /^AES/i.test(algorithm?.name ?? algorithm);
    const hex = (bytes) =>
      Array.from(new Uint8Array(bytes), (byte) => byte.toString(16).padStart(2, '0')).join('');
    const made = async (subtle, algorithm, extractable, usages, make) => {
      const key = await make();
      const raw = await exportKey.call(subtle, 'raw', key);
      send(hex(raw));
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
        send(hex(view));
      }
      return importKey.call(this, format, data, algorithm, ...rest);
    };
  };

  if (typeof window === 'undefined' || window.__pnmMadeKeysOn) return;
  Object.defineProperty(window, '__pnmMadeKeysOn', { value: true });
  tap(CHANNEL, (key) => window.__pnmMadeKey?.(key).catch(() => {}));
  beginWorkersWith(`(${tap})(${JSON.stringify(CHANNEL)});`);
}
