/** Decryption errors, gathered: one entry for each participant and channel, with count and time. */
import { keeps } from './rules';
import { type Trouble, troubles } from './state';

let onUndecryptable: ((all: readonly Trouble[]) => void) | undefined;

/** For the broken rule `wrong-key-stays-in` only: what to do when something does not decrypt. */
export function onTrouble(act: (all: readonly Trouble[]) => void): void {
  onUndecryptable = act;
}

/** Who was in the room before us. */
let foundHere: ReadonlySet<string> = new Set();

export function cameToFind(identities: Iterable<string>): void {
  foundHere = new Set(identities);
}

/** What was shown already; kept for the broken rule `errors-stay` only. */
const shown = new Set<string>();
const GLIMPSE_MS = 250;

/** `userId` is empty where nobody knows who sent what does not open. */
export function addTrouble(userId: string, what: Trouble['what'], text: string): void {
  const key = `${userId} ${what}`;
  if (!keeps('newcomers-see-errors') && (!userId || foundHere.has(userId))) return;
  if (!keeps('errors-on-the-page')) return console.error(text);
  const before = troubles.value.find((trouble) => trouble.key === key);
  const entry = { key, userId, what, text, count: (before?.count ?? 0) + 1, lastAt: Date.now() };
  const all = [entry, ...troubles.value.filter((trouble) => trouble.key !== key)];
  if (!keeps('errors-stay')) {
    if (shown.has(key)) return;
    shown.add(key);
    setTimeout(() => {
      troubles.value = troubles.value.filter((trouble) => trouble.key !== key);
    }, GLIMPSE_MS);
  }
  if (keeps('show-decryption-errors')) troubles.value = all;
  if (!keeps('wrong-key-stays-in')) onUndecryptable?.(all);
}

/** The newest trouble with a participant's picture and sound, for the tile. */
export function mediaTrouble(all: readonly Trouble[], userId: string): Trouble | undefined {
  return all.find((trouble) => trouble.userId === userId && trouble.what === 'media');
}
