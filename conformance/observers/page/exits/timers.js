// A function that pages and workers share. It keeps the pending timers, and returns a function that
// runs what they would do in the next `horizon` milliseconds, in the order of their time. A timer
// that waits for half a minute must not outlast the observation, and nobody has to wait for it.
() => {
  const { setTimeout, clearTimeout, setInterval, clearInterval } = globalThis;
  const clock = performance.now.bind(performance);
  const SHORTEST = 300; // shorter ones come by themselves
  const OFTEN = 40; // runs of one interval
  const pending = new Map();
  let ahead = 0;
  const now = () => clock() + ahead;

  const callable = (handler, args) => () =>
    typeof handler === 'function' ? handler.apply(globalThis, args) : (0, eval)(String(handler));
  globalThis.setTimeout = (handler, delay, ...args) => {
    if (!(delay >= SHORTEST)) return setTimeout(handler, delay, ...args);
    const run = callable(handler, args);
    const id = setTimeout(() => {
      pending.delete(id);
      run();
    }, delay);
    pending.set(id, { due: now() + Number(delay), run });
    return id;
  };
  globalThis.setInterval = (handler, delay, ...args) => {
    const id = setInterval(handler, delay, ...args);
    if (delay >= SHORTEST) {
      pending.set(id, { due: now() + Number(delay), every: Number(delay), left: OFTEN, run: callable(handler, args) });
    }
    return id;
  };
  // The two kinds share their numbers, and each function ends both.
  globalThis.clearTimeout = (id) => {
    pending.delete(id);
    clearTimeout(id);
  };
  globalThis.clearInterval = (id) => {
    pending.delete(id);
    clearInterval(id);
  };
  Object.defineProperty(globalThis.setTimeout, 'name', { value: 'setTimeout' });
  Object.defineProperty(globalThis.setInterval, 'name', { value: 'setInterval' });

  const setClock = () => {
    const RealDate = Date;
    const date = () => RealDate.now() + ahead;
    globalThis.Date = new Proxy(RealDate, {
      apply: () => new RealDate(date()).toString(),
      construct: (real, given, target) => Reflect.construct(real, given.length ? given : [date()], target),
      get: (real, name) => (name === 'now' ? date : Reflect.get(real, name)),
    });
    performance.now = now;
  };
  const turn = () => new Promise((resolve) => {
    const { port1, port2 } = new MessageChannel();
    port1.onmessage = resolve;
    port2.postMessage(null);
  });
  let isSet = false;
  return async (horizon, most) => {
    if (!isSet) setClock();
    isSet = true;
    const end = now() + horizon;
    let ran = 0;
    while (ran < most) {
      let next = null;
      for (const [id, timer] of pending) {
        if (timer.due <= end && (timer.every === undefined || timer.left > 0) && (!next || timer.due < next[1].due)) next = [id, timer];
      }
      if (!next) break;
      const [id, timer] = next;
      ahead += Math.max(0, timer.due - now());
      ran += 1;
      if (timer.every === undefined) {
        pending.delete(id);
        clearTimeout(id);
      } else {
        timer.due += timer.every;
        timer.left -= 1;
      }
      try {
        timer.run();
      } catch (error) {
        setTimeout(() => { throw error; });
      }
      await turn();
      await turn();
    }
    ahead += Math.max(0, end - now());
    return ran;
  };
}
