/** Decryption errors, gathered: one entry for each participant and channel, with count and time. */
import { keeps } from './rules';
import { type Trouble, troubles } from './state';

let leaveOnTrouble: (() => void) | undefined;

/** For the broken rule `wrong-key-stays-in` only: what to do when something does not open. */
export function onTrouble(leave: () => void): void {
  leaveOnTrouble = leave;
}

export function addTrouble(userId: string, what: Trouble['what'], text: string): void {
  if (!keeps('wrong-key-stays-in')) leaveOnTrouble?.();
  if (!keeps('show-decryption-errors')) return;
  const key = `${userId} ${what}`;
  const before = troubles.value.find((trouble) => trouble.key === key);
  const entry = { key, userId, what, text, count: (before?.count ?? 0) + 1, lastAt: Date.now() };
  troubles.value = [entry, ...troubles.value.filter((trouble) => trouble.key !== key)];
}

/** The newest trouble with a participant's picture and sound, for the tile. */
export function mediaTrouble(all: readonly Trouble[], userId: string): Trouble | undefined {
  return all.find((trouble) => trouble.userId === userId && trouble.what === 'media');
}
