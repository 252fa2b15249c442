// A function for pages: the ways out of a page other than requests. `record` gets what leaves.
({ record, wrap, extend, setter, address, miss }) => {
  const here = window.location;

  // Other windows: every message to any window of this browser, this page's own posts included.
  addEventListener('message', (event) => {
    const kind = event.origin && event.origin !== here.origin ? 'message to another origin' : 'message to a window';
    record(kind, `${here.origin} from ${event.origin}`, event.data);
  }, true);
  wrap(window, 'open', (target) => { if (target) record('address of a new window', address(target), address(target)); });
  for (const name of ['pushState', 'replaceState']) {
    wrap(History.prototype, name, (state, _unused, target) => {
      record('history', name, [state, target == null ? '' : address(target)]);
    });
  }
  setter(Document.prototype, 'title', (value) => record('page title', 'title', String(value)));

  // WebRTC: what STUN and TURN servers, the other side and the network see.
  const configured = (settings) => record('peer connection', 'configuration', settings);
  const added = (candidate) => record('ICE candidate', 'remote', candidate?.candidate ?? candidate);
  extend('RTCPeerConnection', (settings) => { if (settings) configured(settings); });
  const connection = window.RTCPeerConnection && Object.getPrototypeOf(window.RTCPeerConnection.prototype);
  if (connection) {
    wrap(connection, 'setConfiguration', configured);
    wrap(connection, 'addIceCandidate', added);
    wrap(connection, 'createDataChannel', (label, options) => record('data channel', String(label), [label, options?.protocol]));
    wrap(connection, 'setRemoteDescription', (description) => record('remote SDP', 'remote description', description?.sdp ?? ''));
    wrap(connection, 'setLocalDescription', function () {
      Promise.resolve().then(() => record('SDP', 'local description', this.localDescription?.sdp ?? ''));
      this.addEventListener('signalingstatechange', () => {
        const sdp = this.localDescription?.sdp;
        if (sdp) record('SDP', 'local description', sdp);
      });
    });
  }
  wrap(window.RTCDTMFSender?.prototype, 'insertDTMF', (tones) => record('DTMF tones', 'insertDTMF', tones));

  // Addresses that the browser resolves or connects to, and that the network log may lack.
  const EARLY = /\b(dns-prefetch|preconnect|prefetch|prerender|preload|modulepreload|icon)\b/i;
  const linked = (link) => {
    if (link.href && EARLY.test(link.rel)) record('link', link.rel, [link.href, link.getAttribute('imagesrcset')]);
  };
  setter(HTMLLinkElement.prototype, 'href', function (value) {
    record('link', this.rel || 'without rel', address(String(value)));
  });
  wrap(HTMLLinkElement.prototype, 'setAttribute', function (name, value) {
    if (/^(href|imagesrcset)$/i.test(name)) record('link', this.rel || 'without rel', address(String(value)));
  });
  new MutationObserver((changes) => {
    for (const { addedNodes } of changes) {
      for (const node of addedNodes) {
        if (!(node instanceof Element)) continue;
        const links = node.matches('link') ? [node] : node.firstElementChild ? node.querySelectorAll('link') : [];
        for (const link of links) linked(link);
        if (node.matches('script[type=speculationrules]')) record('link', 'speculation rules', node.textContent);
      }
    }
  }).observe(document, { subtree: true, childList: true });

  // The system, other programs and the browser's own services.
  wrap(window.Clipboard?.prototype, 'writeText', (value) => record('clipboard', 'writeText', value));
  wrap(window.Clipboard?.prototype, 'write', (items) => {
    for (const item of items ?? []) {
      for (const type of item.types) {
        item.getType(type).then((blob) => record('clipboard', type, blob), miss);
      }
    }
  });
  wrap(window.DataTransfer?.prototype, 'setData', (type, value) => record('clipboard', String(type), value));
  wrap(Document.prototype, 'execCommand', (name) => {
    if (!/^(copy|cut)$/i.test(name)) return;
    record('clipboard', String(name), [String(getSelection()), document.activeElement?.value]);
  });
  wrap(Navigator.prototype, 'share', (data) => record('share', 'share', data));
  extend('Notification', (title, options) => record('notification', 'Notification', [title, options]));
  wrap(window.ServiceWorkerRegistration?.prototype, 'showNotification', (title, options) => {
    record('notification', 'showNotification', [title, options]);
  });
  extend('MediaMetadata', (data) => record('media session', 'MediaMetadata', data));
  wrap(window.SpeechSynthesis?.prototype, 'speak', (said) => record('speech', 'speak', said?.text));
  for (const name of ['webkitSpeechRecognition', 'SpeechRecognition']) {
    wrap(window[name]?.prototype, 'start', function () {
      if (!this.processLocally) record('speech recognition', name, 'the browser sends the sound to a service');
    });
  }
  for (const name of ['create', 'store', 'get']) {
    wrap(window.CredentialsContainer?.prototype, name, (data) => record('credential', name, data));
  }
  wrap(Navigator.prototype, 'registerProtocolHandler', (scheme, target) => record('link', String(scheme), String(target)));
  extend('PresentationRequest', (targets) => record('link', 'presentation', targets));
  wrap(window.BackgroundFetchManager?.prototype, 'fetch', (id, requests, options) => {
    const all = Array.isArray(requests) ? requests : [requests];
    record('HTTP address', 'background fetch', [id, options, ...all.map(address)]);
    if (all.some((one) => one instanceof Request && one.body)) miss();
  });
  // A service worker outlives the page. Its requests are in the network log.
  wrap(window.ServiceWorker?.prototype, 'postMessage', function (data) {
    record('message to a service worker', this.scriptURL, data);
  });
  wrap(window.ServiceWorkerContainer?.prototype, 'register', (script) => {
    record('message to a service worker', 'register', address(script));
  });

  // Native apps around a page: without an app, a trap records the calls.
  const BRIDGE = 'native bridge';
  const bridge = (name) => ({ postMessage: (data) => record(BRIDGE, name, data) });
  const trap = (owner, name, value) => {
    if (owner && owner[name] === undefined) {
      Object.defineProperty(owner, name, { value, enumerable: false, configurable: true, writable: true });
    } else if (owner?.[name]) wrap(owner[name], 'postMessage', (data) => record(BRIDGE, name, data));
  };
  if (window.parent === window) {
    trap(window, 'ReactNativeWebView', bridge('ReactNativeWebView'));
    trap(window, 'PnmNative', bridge('PnmNative'));
    trap(window.chrome, 'webview', bridge('chrome.webview'));
    trap(window, 'webkit', {
      messageHandlers: new Proxy({}, { get: (_t, name) => (typeof name === 'string' ? bridge(`webkit.${name}`) : undefined) }),
    });
  }
}
