/** The secret or a key leaves the page of a zero-knowledge room. */
import { kind } from '../../state';
import { Tell } from '../../wire/messages';
import type { Fault } from '../fault';
import { inZeroKnowledge } from './in-zero-knowledge';
import { gzip, report, sendInBody, sendInQuery } from './ways-out';

export const secretReported: Fault = inZeroKnowledge((secret, _keys, session) =>
  report(session, JSON.stringify({ secret })),
);

export const secretInQuery: Fault = inZeroKnowledge((secret, _keys, session) =>
  sendInQuery(session, secret),
);

export const secretInGzip: Fault = inZeroKnowledge((secret, _keys, session) => {
  void gzip(JSON.stringify({ secret })).then((packed) => sendInBody(session, packed));
});

export const mediaKeySent: Fault = inZeroKnowledge((_secret, { media }, session) =>
  sendInBody(session, JSON.stringify({ mediaKey: media })),
);

export const secretInWindowMessage: Fault = inZeroKnowledge((secret) =>
  window.postMessage({ secret }, '*'),
);

export const secretInPageAddress: Fault = inZeroKnowledge((secret) =>
  history.replaceState(null, '', `#${new URLSearchParams({ secret })}`),
);

export const secretInHistory: Fault = inZeroKnowledge((secret) =>
  history.replaceState({ secret }, ''),
);

export const dataKeyReported: Fault = (session) => ({
  onKeys: (keys) => {
    if (kind.value === 'zero-knowledge') {
      report(session, JSON.stringify({ dataKey: inHex(keys.data) }));
    }
    return { ...keys, exportable: true };
  },
});

function inHex(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
}

interface NativeApp {
  readonly ReactNativeWebView?: { postMessage(text: string): void };
}

/** With each notification of the server, the secret goes to the app around the page. */
export const secretToTheApp: Fault = () => ({
  onServerMessage: ({ event, typed }) => {
    if (event !== Tell.SystemNotification || typed === null) return;
    const message = JSON.stringify({ e2ee: { secret: typed } });
    (window as NativeApp).ReactNativeWebView?.postMessage(message);
  },
});
