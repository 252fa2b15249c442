// Injected by crypto_failure.py, after the harness's own scripts and before the client's code.
(point, missing, beginWorkersWith) => {
  const CHANNEL = 'pnm-crypto-failure';
  if (window.__pnmCryptoFailureInstalled) return;
  Object.defineProperty(window, '__pnmCryptoFailureInstalled', { value: true });
  // A client may retry without end: report the first failure at once, then every `PAUSE_MS`.
  const PAUSE_MS = 250;
  let unreported = 0;
  let paused = false;
  const report = () => {
    paused = unreported > 0;
    if (!paused) return;
    window.__pnmCryptoFailures?.(unreported)?.catch(() => {});
    unreported = 0;
    setTimeout(report, PAUSE_MS);
  };
  const hit = () => {
    unreported++;
    if (!paused) report();
  };
  new BroadcastChannel(CHANNEL).onmessage = hit;

  // This function is also sent to workers as text, so it must use nothing from outside.
  const fail = (names, channelName) => {
    const channel = new BroadcastChannel(channelName);
    for (const name of names) {
      SubtleCrypto.prototype[name] = () => {
        channel.postMessage(name);
        return Promise.reject(new DOMException('The operation failed', 'OperationError'));
      };
    }
  };

  if (point === 'worker') {
    window.Worker = class Worker extends window.Worker {
      constructor(_url, options) {
        super(missing, options);
      }
    };
  } else if (point === 'frames') {
    beginWorkersWith(`(${fail})(["encrypt"], ${JSON.stringify(CHANNEL)});`);
  } else {
    fail(['encrypt', 'importKey', 'deriveKey', 'deriveBits'], CHANNEL);
  }
}
