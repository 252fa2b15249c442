// A function for scripts that run before a page's own code. Every worker that the page starts
// afterwards runs `head` first, then its own script.
(head) => {
  // Messages that arrive while the real worker loads are delivered to it later.
  const late = (url) => {
    const early = [];
    const hold = (event) => {
      early.push(event);
      event.stopImmediatePropagation();
    };
    addEventListener('message', hold);
    import(url).then(() => {
      removeEventListener('message', hold);
      for (const { data, ports } of early) {
        dispatchEvent(new MessageEvent('message', { data, ports: [...ports] }));
      }
    });
  };

  const NativeWorker = window.Worker;
  window.Worker = class Worker extends NativeWorker {
    constructor(url, options) {
      const real = JSON.stringify(new URL(url, document.baseURI).href);
      const start =
        options?.type === 'module' ? `(${late})(${real});` : `importScripts(${real});`;
      const text = new Blob([head, start], { type: 'text/javascript' });
      super(URL.createObjectURL(text), options);
    }
  };
}
