// Put into a page by hindrance.py, after the bench's own scripts and before the client's code.
(way, missing, beginWorkersWith) => {
  const TOLD = 'pnm-hindered';
  if (window.__pnmHindered) return;
  Object.defineProperty(window, '__pnmHindered', { value: true });
  // A client may try again without end: told at once, and then at most every `PAUSE_MS`.
  const PAUSE_MS = 250;
  let untold = 0;
  let paused = false;
  const tell = () => {
    paused = untold > 0;
    if (!paused) return;
    window.__hindered?.(untold)?.catch(() => {});
    untold = 0;
    setTimeout(tell, PAUSE_MS);
  };
  const hit = () => {
    untold++;
    if (!paused) tell();
  };
  new BroadcastChannel(TOLD).onmessage = hit;

  // Turned into text for workers: everything that it needs is inside.
  const fail = (names, channel) => {
    const told = new BroadcastChannel(channel);
    for (const name of names) {
      SubtleCrypto.prototype[name] = () => {
        told.postMessage(name);
        return Promise.reject(new DOMException('The operation failed', 'OperationError'));
      };
    }
  };

  if (way === 'worker') {
    window.Worker = class Worker extends window.Worker {
      constructor(_url, options) {
        super(missing, options);
      }
    };
  } else if (way === 'frames') {
    beginWorkersWith(`(${fail})(["encrypt"], ${JSON.stringify(TOLD)});`);
  } else {
    fail(['encrypt', 'importKey', 'deriveKey', 'deriveBits'], TOLD);
  }
}
