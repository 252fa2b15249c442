/**
 * The secret and the keys stay in this page and are kept nowhere. There is nothing to do for it:
 * each broken rule here does what a careless client might.
 */
import { keeps } from './rules';
import type { Api } from './wire/api';
import type { Bus } from './wire/bus';

/** What a page knows that nobody else may. */
export interface Confidential {
  readonly secret: string;
  /** What LiveKit's key provider gets. */
  readonly mediaKey: string;
  /** The key of data messages; exportable only where the rule `data-key-stays-in-page` is broken. */
  readonly dataKey: CryptoKey;
}

/** Neither leaves the page. */
export async function keepInThePage(known: Confidential, api: Api, bus?: Bus): Promise<void> {
  const { secret, mediaKey, dataKey } = known;
  if (!keeps('secret-stays-in-page')) bus?.report(JSON.stringify({ secret }));
  if (!keeps('secret-not-in-addresses')) void api.note({ query: secret });
  if (!keeps('secret-not-in-bodies')) void api.note({ packed: JSON.stringify({ secret }) });
  if (!keeps('keys-stay-in-page')) void api.note({ plain: JSON.stringify({ mediaKey }) });
  if (!keeps('secret-not-in-window-messages')) window.postMessage({ secret }, '*');
  if (!keeps('secret-not-in-the-page-address')) {
    history.replaceState(null, '', `#${new URLSearchParams({ secret })}`);
  }
  if (!keeps('secret-not-in-history')) history.replaceState({ secret }, '');
  if (dataKey.extractable) {
    const raw = new Uint8Array(await crypto.subtle.exportKey('raw', dataKey));
    const hex = Array.from(raw, (byte) => byte.toString(16).padStart(2, '0')).join('');
    bus?.report(JSON.stringify({ dataKey: hex }));
  }
}

/** The secret is kept in no storage. */
export function keepNowhere(secret: string): void {
  if (!keeps('secret-not-stored')) localStorage.setItem('secret', secret);
  if (!keeps('secret-not-in-session-storage')) sessionStorage.setItem('secret', secret);
  if (!keeps('secret-not-in-a-cookie')) {
    document.cookie = `secret=${encodeURIComponent(secret)}; path=/none; SameSite=Strict`;
  }
  if (!keeps('secret-not-in-a-database')) {
    const opening = indexedDB.open('secret', 1);
    opening.onupgradeneeded = () => opening.result.createObjectStore('secret');
    opening.onsuccess = () => {
      const writing = opening.result.transaction('secret', 'readwrite');
      writing.objectStore('secret').put(secret, 'secret');
    };
  }
}
