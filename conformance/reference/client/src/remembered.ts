/**
 * What was typed in this tab before is not remembered. Each broken rule here does, until one
 * leaves.
 */
import { keeps } from './rules';

const SECRET = 'typed before';

/** Asks the person, each time anew; null goes on without a secret. */
export async function askEachTime(ask: () => Promise<string | null>): Promise<string | null> {
  const asksAgain = keeps('prompt-after-reload');
  const typedCounts = keeps('typed-secret-wins');
  if (asksAgain && typedCounts) return ask();
  const before = sessionStorage.getItem(SECRET);
  if (before !== null && !asksAgain) return before;
  const typed = await ask();
  if (before !== null && !typedCounts) return before;
  if (typed !== null) sessionStorage.setItem(SECRET, typed);
  return typed;
}

export function forgetTyped(): void {
  sessionStorage.removeItem(SECRET);
}
