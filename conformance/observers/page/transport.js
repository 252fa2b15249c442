// Runs in the page before the client's code; transport.py reads it. It keeps the peer connections
// and counts the encryption worker's messages, and does not change the behaviour of either.
(() => {
  if (window.__pnmTransport) return;
  const connections = [];
  const owners = new Map(); // MediaStreamTrack id -> LiveKit identity
  const refusals = new Map(); // "reason|identity" -> count

  const NativeConnection = window.RTCPeerConnection;
  if (NativeConnection) {
    window.RTCPeerConnection = class RTCPeerConnection extends NativeConnection {
      constructor(...args) {
        super(...args);
        connections.push(this);
      }
    };
  }

  const count = (message) => {
    const data = message?.data;
    if (message?.kind !== 'error' || !data?.error) return;
    const text = String(data.error.message ?? data.error);
    const reason = /^\s*(\w+)\s*:/.exec(text)?.[1] ?? (/missing key/i.test(text) ? 'MissingKey' : 'Unknown');
    const key = `${reason}|${data.participantIdentity ?? ''}`;
    refusals.set(key, (refusals.get(key) ?? 0) + 1);
  };

  const NativeWorker = window.Worker;
  if (NativeWorker) {
    window.Worker = class Worker extends NativeWorker {
      constructor(...args) {
        super(...args);
        this.addEventListener('message', (event) => count(event.data));
      }
      postMessage(message, ...rest) {
        const data = message?.data;
        if ((message?.kind === 'decode' || message?.kind === 'updateCodec') && data?.trackId) {
          owners.set(data.trackId, data.participantIdentity);
        }
        return super.postMessage(message, ...rest);
      }
    };
  }

  const look = async () => {
    const tracks = [];
    for (const connection of connections) {
      if (connection.connectionState === 'closed') continue;
      const report = await connection.getStats();
      for (const stat of report.values()) {
        if (stat.type === 'inbound-rtp') {
          tracks.push({
            direction: 'inbound', kind: stat.kind, track: stat.trackIdentifier ?? '',
            packets: stat.packetsReceived ?? 0, bytes: stat.bytesReceived ?? 0,
            received: stat.framesReceived ?? 0, decoded: stat.framesDecoded ?? 0,
            energy: stat.totalAudioEnergy ?? 0, owner: owners.get(stat.trackIdentifier) ?? null,
          });
        } else if (stat.type === 'outbound-rtp') {
          tracks.push({
            direction: 'outbound', kind: stat.kind, track: stat.mid ?? '',
            packets: stat.packetsSent ?? 0, bytes: stat.bytesSent ?? 0,
            received: 0, decoded: stat.framesEncoded ?? 0, energy: 0, owner: null,
          });
        }
      }
    }
    return {
      tracks,
      refusals: [...refusals].map(([key, n]) => {
        const [reason, identity] = key.split('|');
        return { reason, identity: identity || null, count: n };
      }),
    };
  };
  Object.defineProperty(window, '__pnmTransport', { value: { look }, enumerable: false });
})();
