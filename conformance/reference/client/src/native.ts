/** The app around the page, where there is one; this client has nothing to tell it. */

interface Surrounded {
  readonly ReactNativeWebView?: { postMessage(text: string): void };
}

/** For the broken rule `messages-move-no-secret` only. */
export function tellApp(secret: string): void {
  (window as Surrounded).ReactNativeWebView?.postMessage(JSON.stringify({ e2ee: { secret } }));
}
