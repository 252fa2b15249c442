/** The errors that LiveKit's cryptor reports, and their texts for the page. */

export type Reason = 'InvalidKey' | 'MissingKey' | 'InternalError' | 'WorkerError';

/**
 * The kind of an error. LiveKit's worker reports the errors of a frame as "Reason: text"; an error
 * without a reason means that the worker itself failed.
 */
export function reasonOf(error: Error | undefined): Reason {
  const reason = /^(InvalidKey|MissingKey|InternalError):/.exec(error?.message ?? '')?.[1];
  return (reason as Reason | undefined) ?? 'WorkerError';
}

const unknownCause = (name: string) => `${name}’s picture and sound cannot be decrypted.`;

export const REMOTE_ERROR: Readonly<Record<Reason, (name: string) => string>> = {
  InvalidKey: (name) => `${name}’s picture and sound cannot be decrypted: your secrets differ.`,
  MissingKey: (name) => `${name}’s picture and sound cannot be decrypted: you have no secret.`,
  InternalError: unknownCause,
  WorkerError: unknownCause,
};
