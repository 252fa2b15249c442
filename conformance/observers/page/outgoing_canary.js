// outgoing_canary.py evaluates it in a page: it sends a marker in every observed way.
async ([marker, path, milliseconds]) => {
  const refused = [];
  const within = (work) => Promise.race([work, new Promise((_, no) =>
    setTimeout(() => no(new Error('timeout')), milliseconds))]);
  const attempt = async (way, send) => {
    try { await within(send()); } catch (error) { refused.push(`${way}: ${error?.message ?? error}`); }
  };
  const encoded = encodeURIComponent(btoa('marker: ' + marker));
  const address = `${location.origin}/${path}`;
  await attempt('HTTP address', () => fetch(`${address}?q=${encoded}`));
  await attempt('HTTP body', async () => {
    const packed = new Blob([marker]).stream().pipeThrough(new CompressionStream('gzip'));
    await fetch(address, { method: 'POST', body: await new Response(packed).arrayBuffer() });
  });
  await attempt('beacon', async () => { navigator.sendBeacon(address, marker); });
  await attempt('message to a window', () => new Promise((yes) => {
    addEventListener('message', (event) => { if (event.data?.marker === marker) yes(); });
    window.postMessage({ marker }, location.origin);
  }));
  await attempt('BroadcastChannel', async () => {
    const channel = new BroadcastChannel(path);
    channel.postMessage(new TextEncoder().encode(marker));
    channel.close();
  });
  await attempt('native bridge', async () => {
    const bridge = window.ReactNativeWebView ?? window.webkit?.messageHandlers?.canary;
    bridge.postMessage(marker);
  });
  await attempt('page address', async () => {
    const before = location.href;
    history.replaceState(history.state, '', `#${encoded}`);
    history.replaceState(history.state, '', before);
  });
  await attempt('data channel', async () => {
    const one = new RTCPeerConnection();
    const other = new RTCPeerConnection();
    try {
      one.onicecandidate = ({ candidate }) => candidate && other.addIceCandidate(candidate);
      other.onicecandidate = ({ candidate }) => candidate && one.addIceCandidate(candidate);
      const channel = one.createDataChannel(path);
      const open = new Promise((yes) => { channel.onopen = yes; });
      await one.setLocalDescription();
      await other.setRemoteDescription(one.localDescription);
      await other.setLocalDescription();
      await one.setRemoteDescription(other.localDescription);
      await open;
      channel.send(new TextEncoder().encode(marker));
    } finally {
      one.close();
      other.close();
    }
  });
  await attempt('peer connection', async () => {
    const servers = [{ urls: `turn:${path}.invalid:9`, username: marker, credential: 'none' }];
    new RTCPeerConnection({ iceServers: servers }).close();
  });
  await attempt('ICE candidate', async () => {
    const one = new RTCPeerConnection();
    const text = `candidate:1 1 udp 1 ${marker}.invalid 9 typ host`;
    await one.addIceCandidate({ candidate: text, sdpMid: '0' }).catch(() => {});
    one.close();
  });
  await attempt('link', async () => {
    const link = document.createElement('link');
    link.rel = 'dns-prefetch';
    link.href = `${address}/${encoded}`;
    document.head.append(link);
    link.remove();
  });
  await attempt('page title', async () => {
    const before = document.title;
    document.title = marker;
    document.title = before;
  });
  await attempt('notification', async () => {
    new Notification('canary', { body: marker, silent: true }).close();
  });
  await attempt('clipboard', async () => {
    await navigator.clipboard.writeText(marker).catch(() => {});
  });
  await attempt('WebSocket address', async () => {
    const socket = `${location.origin.replace(/^http/, 'ws')}/${path}?q=${encoded}`;
    const code = `const s = new WebSocket(${JSON.stringify(socket)}); s.onerror = s.onopen = () => postMessage('done');`;
    const worker = new Worker(URL.createObjectURL(new Blob([code])));
    try {
      await new Promise((yes, no) => { worker.onmessage = yes; worker.onerror = () => no(new Error('no worker')); });
    } finally {
      worker.terminate();
    }
  });
  addEventListener('pagehide', () => navigator.sendBeacon(address, marker));
  return refused;
}
