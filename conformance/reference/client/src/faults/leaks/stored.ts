/** The secret of a zero-knowledge room is stored in the browser. */
import type { Fault } from '../fault';
import { inZeroKnowledge } from './in-zero-knowledge';

export const secretInLocalStorage: Fault = inZeroKnowledge((secret) =>
  localStorage.setItem('secret', secret),
);

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
