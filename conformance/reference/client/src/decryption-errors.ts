/** Decryption errors: one entry for each participant and channel, with a count and a time. */
import { onError } from './extension-points';
import { type DecryptionError, decryptionErrors } from './state';

/** Records one error. `userId` is empty if the sender is unknown. */
export function reportDecryptionError(
  userId: string,
  what: DecryptionError['what'],
  text: string,
): void {
  const key = `${userId} ${what}`;
  const before = decryptionErrors.value.find((error) => error.key === key);
  const others = decryptionErrors.value.filter((error) => error.key !== key);
  const error = { key, userId, what, text, count: (before?.count ?? 0) + 1, lastAt: Date.now() };
  const all = onError([error, ...others], error);
  if (all) decryptionErrors.value = all;
}

/** The newest error in a participant's picture and sound, for the tile. */
export function mediaErrorOf(
  all: readonly DecryptionError[],
  userId: string,
): DecryptionError | undefined {
  return all.find((error) => error.userId === userId && error.what === 'media');
}
