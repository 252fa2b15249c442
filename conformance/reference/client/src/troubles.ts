/** Decryption errors, gathered: one entry for each participant and channel, with count and time. */
import { keeps } from './rules';
import { type Trouble, troubles } from './state';

let onUndecryptable: ((all: readonly Trouble[]) => void) | undefined;

/** For the broken rule `wrong-key-stays-in` only: what to do when something does not decrypt. */
export function onTrouble(act: (all: readonly Trouble[]) => void): void {
  onUndecryptable = act;
}

export function addTrouble(userId: string, what: Trouble['what'], text: string): void {
  const key = `${userId} ${what}`;
  const before = troubles.value.find((trouble) => trouble.key === key);
  const entry = { key, userId, what, text, count: (before?.count ?? 0) + 1, lastAt: Date.now() };
  const all = [entry, ...troubles.value.filter((trouble) => trouble.key !== key)];
  if (keeps('show-decryption-errors')) troubles.value = all;
  if (!keeps('wrong-key-stays-in')) onUndecryptable?.(all);
}

/** The newest trouble with a participant's picture and sound, for the tile. */
export function mediaTrouble(all: readonly Trouble[], userId: string): Trouble | undefined {
  return all.find((trouble) => trouble.userId === userId && trouble.what === 'media');
}
