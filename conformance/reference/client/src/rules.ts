/**
 * Every promise this client keeps, by name; what each means stands in ../../rules/client.toml.
 *
 * A bench breaks some of them to see that it notices:
 * `window.plugnmeetReference = { break: ['publish-encrypted'] }`, set before the page's own code.
 */
export const RULES = [
  'prompt-by-itself',
  'prompt-in-zero-knowledge-only',
  'join-without-a-secret',
  'use-typed-secret',
  'typed-secret-wins',
  'prompt-after-reload',
  'no-secret-is-no-key',
  'secret-not-trimmed',
  'secret-not-normalised',
  'secret-not-cut',
  'ignore-server-secret-in-zero-knowledge',
  'refuse-downgrade',
  'encryption-settled-on-entering',
  'media-key-session-bound',
  'data-key-session-bound',
  'media-key-of-the-session',
  'data-key-of-the-session',
  'salt-whole',
  'enough-rounds',
  'data-key-apart',
  'signals-key-derived',
  'secret-is-no-key',
  'publish-encrypted',
  'screen-encrypted',
  'microphone-encrypted',
  'encrypted-from-the-first-frame',
  'encrypted-after-muting',
  'encrypted-after-a-device-change',
  'encrypted-after-a-reconnect',
  'latecomers-encrypt',
  'every-codec-encrypted',
  'every-codec-shown',
  'unsealable-codec-stays',
  'latecomers-are-served',
  'key-outlives-a-reconnect',
  'nothing-leaves-without-a-key',
  'stop-when-encryption-fails',
  'render-encrypted-only',
  'injected-frames-not-rendered',
  'encrypt-chat',
  'chat-only-sealed',
  'encrypt-whiteboard',
  'whiteboard-sealed-each-time',
  'encrypt-signals',
  'fresh-nonce',
  'random-nonce',
  'nonce-never-again',
  'drop-what-does-not-open',
  'show-decryption-errors',
  'errors-on-the-page',
  'errors-stay',
  'newcomers-see-errors',
  'wrong-key-stays-in',
  'secret-stays-in-page',
  'messages-move-no-secret',
  'secret-not-in-window-messages',
  'secret-not-in-the-page-address',
  'secret-not-in-history',
  'secret-not-in-addresses',
  'secret-not-in-bodies',
  'keys-stay-in-page',
  'data-key-stays-in-page',
  'secret-not-stored',
  'secret-not-in-session-storage',
  'secret-not-in-a-database',
  'secret-not-in-a-cookie',
  'say-why-features-are-off',
] as const;

export type Rule = (typeof RULES)[number];

declare global {
  interface Window {
    /** Read once, at the start. Nothing is ever written to it. */
    readonly plugnmeetReference?: {
      readonly break?: readonly string[];
    };
  }
}

const broken: ReadonlySet<string> = new Set(window.plugnmeetReference?.break ?? []);

/** Whether the promise is to be kept; false only where a bench broke it on purpose. */
export function keeps(rule: Rule): boolean {
  return !broken.has(rule);
}

/** Names in the break list that are no rule: a bench with a typing error must not pass for a trial. */
export function unknownRules(): string[] {
  const known: ReadonlySet<string> = new Set(RULES);
  return [...broken].filter((name) => !known.has(name));
}
