/** The secret of a room is stored in the browser. */
import { kind } from '../../state';
import type { Fault } from '../fault';
import { inZeroKnowledge } from './in-zero-knowledge';

export const secretInLocalStorage: Fault = inZeroKnowledge((secret) =>
  localStorage.setItem('secret', secret),
);

/** The secret that the server supplies in a simple room. */
export const serversSecretInLocalStorage: Fault = () => ({
  onKeys: (keys, { secret }) => {
    if (kind.value === 'simple') localStorage.setItem('secret', secret);
    return keys;
  },
});

export const secretInSessionStorage: Fault = inZeroKnowledge((secret) =>
  sessionStorage.setItem('secret', secret),
);

export const secretInCookie: Fault = inZeroKnowledge((secret) => {
  document.cookie = `secret=${encodeURIComponent(secret)}; path=/none; SameSite=Strict`;
});

export const secretInDatabase: Fault = inZeroKnowledge((secret) => {
  const opening = indexedDB.open('secret', 1);
  opening.onupgradeneeded = () => opening.result.createObjectStore('secret');
  opening.onsuccess = () => {
    const writing = opening.result.transaction('secret', 'readwrite');
    writing.objectStore('secret').put(secret, 'secret');
  };
});
