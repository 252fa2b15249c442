// Runs in every frame before the client's code. It reports to outgoing.py the data that leaves a
// page or its workers and that the browser's network log lacks or truncates. It does not change
// that data. The parts are functions (exits/*.js, worker_head.js).
(makeRecorder, network, page, timers, beginWorkersWith) => {
  if (window.__pnmOutgoing) return;
  const KEPT = '__pnm_outgoing_at_unload';
  const CHANNEL = `pnm-outgoing-${Math.random().toString(36).slice(2)}`;
  const SETTLE_MS = 300;
  let unloading = false;
  let lost = 0;

  const deliver = (item) => {
    if (unloading) {
      // The page unloads: a message to the harness may be lost, but not the tab's own storage.
      try {
        const kept = JSON.parse(sessionStorage.getItem(KEPT) ?? '[]');
        sessionStorage.setItem(KEPT, JSON.stringify([...kept, { ...item, kind: 'request at unload' }]));
      } catch {
        lost += 1;
      }
    }
    return window.__pnmOutgoingItem?.(item);
  };
  addEventListener('pagehide', () => { unloading = true; }, true);
  addEventListener('pageshow', () => { unloading = false; }, true);
  addEventListener('beforeunload', () => { unloading = true; setTimeout(() => { unloading = false; }); }, true);

  // Before BroadcastChannel is wrapped: the reports of workers are no data of the client.
  const channel = new BroadcastChannel(CHANNEL);
  const post = BroadcastChannel.prototype.postMessage;
  const workers = new Map();
  let asked = 0;
  channel.onmessage = ({ data }) => {
    if (data.item) recorder.track(Promise.resolve(window.__pnmOutgoingItem?.(data.item)));
    if (data.worker) workers.set(data.worker, { answered: data.answered ?? 0, unread: data.unread ?? 0 });
  };
  const nativeTimeout = setTimeout;
  const runPageAhead = timers();
  const recorder = makeRecorder(deliver);
  network(recorder, { unlogged: false, leaving: () => unloading });
  page(recorder);

  // In a worker: the same ways, reported over the channel. Answers say that all was reported.
  const inWorker = (name, make, ways, keepTimers) => {
    const out = new BroadcastChannel(name);
    const send = BroadcastChannel.prototype.postMessage.bind(out);
    const me = Math.random().toString(36).slice(2);
    const runAhead = keepTimers();
    const kept = make((item) => { send({ item }); });
    const unlogged = typeof SharedWorkerGlobalScope !== 'undefined';
    out.onmessage = async ({ data }) => {
      if (!data.ask) return;
      if (data.horizon) await runAhead(data.horizon, data.most);
      await kept.settled();
      send({ worker: me, answered: data.ask, unread: kept.unread() });
    };
    send({ worker: me });
    ways(kept, { unlogged, leaving: () => false });
  };
  beginWorkersWith(`(${inWorker})(${JSON.stringify(CHANNEL)}, ${makeRecorder}, ${network}, ${timers});`);

  // A worker that has ended does not answer, so the wait is short.
  const askWorkers = async (more) => {
    asked += 1;
    post.call(channel, { ask: asked, ...more });
    const end = performance.now() + SETTLE_MS;
    const all = () => [...workers.values()].every(({ answered }) => answered >= asked);
    while (!all() && performance.now() < end) await new Promise((yes) => { nativeTimeout(yes, 10); });
  };

  Object.defineProperty(window, '__pnmOutgoing', {
    enumerable: false,
    value: {
      /** The page's address and title, the number of unread items, and the kept items. */
      look: async () => {
        await askWorkers({});
        await recorder.settled();
        let kept = [];
        try { kept = JSON.parse(sessionStorage.getItem(KEPT) ?? '[]'); sessionStorage.removeItem(KEPT); } catch { lost += 1; }
        let state = '';
        try { state = JSON.stringify(history.state) ?? ''; } catch { /* circular */ }
        const shown = [location.href, document.title, document.referrer, window.name, state];
        const unread = recorder.unread() + lost + [...workers.values()].reduce((sum, one) => sum + one.unread, 0);
        return { shown: shown.map((one) => String(one).slice(0, 100000)), kept: kept.slice(0, 1000), unread };
      },
      /** Runs the timers of the page and its workers ahead of time; returns how many of the page ran. */
      runAhead: async (horizon, most) => {
        window.close = () => {}; // a page that closes itself cannot be read
        await askWorkers({ horizon, most });
        const ran = await runPageAhead(horizon, most);
        await askWorkers({ horizon: 1, most });
        return ran;
      },
    },
  });
}
