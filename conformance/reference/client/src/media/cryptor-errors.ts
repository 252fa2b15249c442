/** What LiveKit's cryptor says went wrong, and in words. */

export type Reason = 'InvalidKey' | 'MissingKey' | 'InternalError' | 'WorkerError';

/** LiveKit's worker reports a frame's errors as "Reason: text"; without one the worker itself failed. */
export function reasonOf(error: Error | undefined): Reason {
  const reason = /^(InvalidKey|MissingKey|InternalError):/.exec(error?.message ?? '')?.[1];
  return (reason as Reason | undefined) ?? 'WorkerError';
}

const broken = (name: string) => `${name}’s picture and sound cannot be decrypted.`;

export const REMOTE_TROUBLE: Readonly<Record<Reason, (name: string) => string>> = {
  InvalidKey: (name) => `${name}’s picture and sound cannot be decrypted: your secrets differ.`,
  MissingKey: (name) => `${name}’s picture and sound cannot be decrypted: you have no secret.`,
  InternalError: broken,
  WorkerError: broken,
};
