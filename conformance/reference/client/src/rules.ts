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
  'use-secret-verbatim',
  'ignore-server-secret-in-zero-knowledge',
  'refuse-downgrade',
  'encryption-settled-on-entering',
  'media-key-session-bound',
  'data-key-session-bound',
  'secret-is-no-key',
  'publish-encrypted',
  'screen-encrypted',
  'nothing-leaves-without-a-key',
  'stop-when-encryption-fails',
  'render-encrypted-only',
  'injected-frames-not-rendered',
  'encrypt-chat',
  'chat-only-sealed',
  'encrypt-whiteboard',
  'encrypt-signals',
  'fresh-nonce',
  'random-nonce',
  'drop-what-does-not-open',
  'show-decryption-errors',
  'wrong-key-stays-in',
  'secret-stays-in-page',
  'messages-move-no-secret',
  'secret-not-in-addresses',
  'secret-not-in-bodies',
  'keys-stay-in-page',
  'secret-not-stored',
  'say-why-features-are-off',
] as const;

export type Rule = (typeof RULES)[number];

declare global {
  interface Window {
    /** Read once, at the start. Nothing is ever written to it. */
    readonly plugnmeetReference?: { readonly break?: readonly string[] };
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
