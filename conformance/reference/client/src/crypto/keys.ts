/**
 * Derives the keys of one session from the shared secret.
 *
 * The secret is never a key itself. PBKDF2 binds it to the Session ID, so the same secret gives
 * unrelated keys in two sessions. The profiles in conformance/keys are `session-bound PBKDF2` for
 * data messages and `session-bound-pbkdf2-then-livekit` for media.
 */
import { onDerivation, onKeys } from '../extension-points';
import type { Derivation, Place, RawKeys } from './derivation';

const ROUNDS = 100_000;
const KEY_BITS = 256;

export interface SessionKeys {
  /** Encrypts data messages: AES-256-GCM, not extractable. */
  readonly data: CryptoKey;
  /** Given to LiveKit's key provider instead of the secret: base64 of 32 bytes. */
  readonly media: string;
}

/**
 * Derives both keys of a session.
 *
 * @param secret the shared secret, not empty
 */
export async function deriveKeys(secret: string, place: Place): Promise<SessionKeys> {
  const inputs = { secret, salt: place.sessionId, rounds: ROUNDS, bits: KEY_BITS };
  const media = await pbkdf2(onDerivation(inputs, { purpose: 'media', place }));
  const derivation = onDerivation(inputs, { purpose: 'data', place });
  const data = await pbkdf2(derivation);
  const keys = await onKeys(
    { media: btoa(String.fromCharCode(...media)), data, exportable: false },
    { secret, derivation },
  );
  return { data: await imported(keys), media: keys.media };
}

export async function pbkdf2(inputs: Derivation): Promise<Uint8Array<ArrayBuffer>> {
  const encoder = new TextEncoder();
  const secret = encoder.encode(inputs.secret);
  const material = await crypto.subtle.importKey('raw', secret, 'PBKDF2', false, ['deriveBits']);
  const algorithm = {
    name: 'PBKDF2',
    hash: 'SHA-256',
    salt: encoder.encode(inputs.salt),
    iterations: inputs.rounds,
  };
  return new Uint8Array(await crypto.subtle.deriveBits(algorithm, material, inputs.bits));
}

function imported({ data, exportable }: RawKeys): Promise<CryptoKey> {
  return crypto.subtle.importKey('raw', data, 'AES-GCM', exportable, ['encrypt', 'decrypt']);
}
