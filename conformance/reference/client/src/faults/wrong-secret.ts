/** The keys are derived from another secret than the typed one. */
import type { Fault } from './fault';

const BUILT_IN_SECRET = 'built-in secret, for the broken rule only';

export const builtInSecret: Fault = () => ({
  onSecret: (secret, { typed }) => (typed === null ? secret : BUILT_IN_SECRET),
});

export const emptySecretAsKey: Fault = () => ({
  onSecret: (secret, { typed }) => (typed === null ? '' : secret),
});

/** Must come after the other two: the server's secret replaces theirs. */
export const serverSecretPreferred: Fault = () => ({
  onSecret: (secret, { fromServer }) => fromServer ?? secret,
});
