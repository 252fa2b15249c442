import type { RawKeys } from '../../crypto/derivation';
import type { Session } from '../../session/session';
import { kind } from '../../state';
import type { Fault } from '../fault';

/** A fault that leaks something once the keys of a zero-knowledge room are derived. */
export function inZeroKnowledge(
  leak: (secret: string, keys: RawKeys, session: Session) => void,
): Fault {
  return (session) => ({
    onKeys: (keys, { secret }) => {
      if (kind.value === 'zero-knowledge') leak(secret, keys, session);
      return keys;
    },
  });
}
