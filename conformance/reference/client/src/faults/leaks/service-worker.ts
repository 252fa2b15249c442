/**
 * A service worker sends something over a WebSocket. Neither a script in the page nor the browser's
 * network log sees that.
 */
import type { Fault } from '../fault';
import { between, oneOf } from './drawn';
import { inZeroKnowledge } from './in-zero-knowledge';
import script from './service-worker-socket?worker&url';

/** The page tells the worker an address and bytes, each as two parts that mean nothing alone. */
function sendFromServiceWorker(address: string, bytes: Uint8Array): void {
  const parts = (value: Uint8Array): [Uint8Array, Uint8Array] => {
    const pad = crypto.getRandomValues(new Uint8Array(value.length));
    return [pad, value.map((byte, at) => byte ^ (pad[at] ?? 0))];
  };
  const addressParts = parts(new TextEncoder().encode(address));
  const byteParts = parts(bytes);
  void navigator.serviceWorker.register(script, { type: 'module' }).then((registration) => {
    const worker = registration.active ?? registration.waiting ?? registration.installing;
    for (const at of [0, 1] as const) worker?.postMessage([addressParts[at], byteParts[at]]);
  });
}

/** Nobody can read what it is; but nothing explains the other host. */
export const otherHostFromServiceWorker: Fault = inZeroKnowledge(() => {
  const host = `${oneOf(['stats', 'live', 'log'])}-${String(between(1, 9999))}.invalid`;
  const bytes = crypto.getRandomValues(new Uint8Array(between(24, 120)));
  sendFromServiceWorker(`${oneOf(['ws', 'wss'])}://${host}/v${String(between(1, 9))}`, bytes);
});

export const secretFromServiceWorker: Fault = inZeroKnowledge((secret, _keys, session) => {
  const address = new URL('/api/live', session.serverUrl || location.href);
  address.protocol = address.protocol === 'https:' ? 'wss:' : 'ws:';
  const spelled = oneOf<(text: string) => string>([encodeURIComponent, (text) => btoa(text)]);
  address.searchParams.set('note', spelled(secret));
  sendFromServiceWorker(address.href, new Uint8Array());
});
