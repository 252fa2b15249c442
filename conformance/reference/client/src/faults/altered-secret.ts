/** The secret is changed before the keys are derived. */
import type { Fault } from './fault';

function altered(alter: (secret: string) => string): Fault {
  return () => ({
    onDerivation: (inputs) => ({ ...inputs, secret: alter(inputs.secret) }),
  });
}

export const secretTrimmed = altered((secret) => secret.trim());

export const secretNormalised = altered((secret) => secret.normalize('NFC'));

export const secretCut: Fault = (session, drawn) =>
  altered((secret) => secret.slice(0, drawn.number('characters')))(session, drawn);

export const secretOfMessagesTrimmed: Fault = () => ({
  onDerivation: (inputs, { purpose }) =>
    purpose === 'data' ? { ...inputs, secret: inputs.secret.trim() } : inputs,
});
