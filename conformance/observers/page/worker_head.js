// A function for scripts that run before a page's own code. Every worker that the page starts
// afterwards (dedicated or shared, and their own workers) runs `head` first, then its own script.
function beginWorkersWith(head) {
  const HEADS = '__pnmWorkerHeads';
  const realm = globalThis;
  if (realm[HEADS]) {
    realm[HEADS].push(head);
    return;
  }
  const heads = [head];
  Object.defineProperty(realm, HEADS, { value: heads });

  // In the worker: behaves as if it had been loaded from its own address, then loads its script.
  const load = (real, isModule) => {
    const home = new URL(real);
    if (home.protocol !== 'blob:' && home.protocol !== 'data:') {
      const at = (target) => {
        try {
          return typeof target === 'string' ? new URL(target, home).href : target;
        } catch {
          return target;
        }
      };
      try {
        Object.defineProperty(globalThis, 'location', { value: home, configurable: true });
      } catch {
        // The script then sees the address of this text.
      }
      const { fetch, importScripts } = globalThis;
      globalThis.fetch = (target, ...rest) => fetch(at(target), ...rest);
      if (importScripts) {
        globalThis.importScripts = (...urls) => importScripts(...urls.map((url) => at(String(url))));
      }
      const open = XMLHttpRequest.prototype.open;
      XMLHttpRequest.prototype.open = function (method, target, ...rest) {
        return open.call(this, method, at(String(target)), ...rest);
      };
      for (const name of ['Request', 'EventSource', 'WebSocket']) {
        const Native = globalThis[name];
        if (!Native) continue;
        globalThis[name] = {
          [name]: class extends Native {
            constructor(target, ...rest) {
              super(at(target), ...rest);
            }
          },
        }[name];
      }
    }
    if (!isModule) {
      importScripts(real);
      return;
    }
    // Events that arrive while the script loads are delivered to it later.
    const early = [];
    const hold = (event) => {
      early.push(event);
      event.stopImmediatePropagation();
    };
    // A stopped event stays stopped in Chromium, so each is delivered as a new one.
    const again = (event) => {
      if (event.type === 'rtctransform') {
        return Object.assign(new Event(event.type), { transformer: event.transformer });
      }
      const { data, ports, source } = event;
      return new MessageEvent(event.type, { data, ports: [...ports], source });
    };
    const kinds = ['message', 'connect', 'rtctransform'];
    for (const kind of kinds) addEventListener(kind, hold);
    import(real).then(
      () => {
        for (const kind of kinds) removeEventListener(kind, hold);
        for (const event of early) dispatchEvent(again(event));
      },
      (error) => setTimeout(() => { throw error; }),
    );
  };

  // A script that a page makes may be gone as soon as the worker has been started.
  const made = new Map();
  const { createObjectURL, revokeObjectURL } = URL;
  URL.createObjectURL = function (source) {
    const url = createObjectURL.call(URL, source);
    if (source instanceof Blob) made.set(url, source);
    return url;
  };
  URL.revokeObjectURL = function (url) {
    made.delete(url);
    revokeObjectURL.call(URL, url);
  };

  const shared = new Map();
  const textOf = (real, isModule) => {
    const again = heads.map((one) => `(${beginWorkersWith})(${JSON.stringify(one)});`);
    const start = made.get(real) ?? `(${load})(${JSON.stringify(real)}, ${isModule});`;
    return createObjectURL.call(
      URL,
      new Blob([[...again, ...heads, ''].join('\n'), start], { type: 'text/javascript' }),
    );
  };
  for (const name of ['Worker', 'SharedWorker']) {
    const Native = realm[name];
    if (!Native) continue;
    realm[name] = {
      [name]: class extends Native {
        constructor(url, options) {
          const real = new URL(url, realm.document?.baseURI ?? realm.location.href).href;
          const isModule = options?.type === 'module';
          // Two shared workers of one address are one worker.
          const key = `${isModule} ${real}`;
          const text = (name === 'SharedWorker' && shared.get(key)) || textOf(real, isModule);
          if (name === 'SharedWorker') shared.set(key, text);
          super(text, options);
        }
      },
    }[name];
  }
}
