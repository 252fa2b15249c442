/** A part of the typed secret leaves the page, in a spelling that no known key or text has. */
import type { Fault } from '../fault';
import { inZeroKnowledge } from './in-zero-knowledge';
import { sendInBody, sendText } from './ways-out';

const BASE32 = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567';

export const secretInBase32: Fault = inZeroKnowledge((secret, _keys, session) =>
  sendText(session, base32(`${'x'.repeat(drawn(0, 4))}${secret}`)),
);

export const secretInUpperCase: Fault = inZeroKnowledge((secret, _keys, session) =>
  sendText(session, secret.toUpperCase()),
);

/** Between a third and two thirds of the secret in one request, and the rest in another. */
export const secretInTwoRequests: Fault = inZeroKnowledge((secret, _keys, session) => {
  const cut = drawn(Math.ceil(secret.length / 3), Math.floor((secret.length * 2) / 3));
  sendText(session, secret.slice(0, cut));
  sendText(session, secret.slice(cut));
});

/** A few characters in each of many requests. */
export const secretInManyRequests: Fault = inZeroKnowledge((secret, _keys, session) => {
  const size = drawn(2, 5);
  for (let at = 0; at < secret.length; at += size) {
    sendText(session, secret.slice(at, at + size));
  }
});

export const secretWithSeparators: Fault = inZeroKnowledge((secret, _keys, session) => {
  const mark = oneOf(['-', ' ', ':', '.', '\n', '", "']);
  sendInBody(session, Array.from(secret).join(mark));
});

export const secretInManyLayers: Fault = inZeroKnowledge((secret, _keys, session) => {
  let text = secret;
  for (let layer = drawn(5, 7); layer > 0; layer--) text = btoa(text);
  sendInBody(session, JSON.stringify({ text }));
});

/** The first 16 to 24 hexadecimal digits of a hash, such as an id of a group of people. */
export const secretHashSent: Fault = inZeroKnowledge((secret, _keys, session) => {
  const algorithm = oneOf(['SHA-1', 'SHA-256', 'SHA-384', 'SHA-512']);
  void crypto.subtle.digest(algorithm, new TextEncoder().encode(secret)).then((hash) => {
    const hex = Array.from(new Uint8Array(hash), (byte) => byte.toString(16).padStart(2, '0'));
    sendText(session, hex.join('').slice(0, drawn(16, 24)));
  });
});

/** A key object stays in the database: no script reads its bytes, but every script decrypts. */
export const keyObjectStored: Fault = () => ({
  onKeys: (keys) => {
    void crypto.subtle.importKey('raw', keys.data, 'AES-GCM', false, ['decrypt']).then((key) => {
      const opening = indexedDB.open('session', 1);
      opening.onupgradeneeded = () => opening.result.createObjectStore('keys');
      opening.onsuccess = () => {
        const writing = opening.result.transaction('keys', 'readwrite');
        writing.objectStore('keys').put({ made: Date.now(), key }, 'current');
      };
    });
    return keys;
  },
});

/** A whole number from `least` to `most`, drawn anew in each page. */
function drawn(least: number, most: number): number {
  const [random = 0] = crypto.getRandomValues(new Uint32Array(1));
  return least + (random % (most - least + 1));
}

function oneOf(texts: readonly string[]): string {
  return texts[drawn(0, texts.length - 1)] ?? '';
}

function base32(text: string): string {
  let bits = '';
  for (const byte of new TextEncoder().encode(text)) bits += byte.toString(2).padStart(8, '0');
  const groups = bits.match(/.{1,5}/g) ?? [];
  return groups.map((group) => BASE32[Number.parseInt(group.padEnd(5, '0'), 2)]).join('');
}
