/**
 * From the shared secret to the keys of one session.
 *
 * The secret is never a key itself: PBKDF2 binds it to the Session ID, so that the same secret
 * in two sessions gives keys that have nothing in common. Profiles (see conformance/keys):
 * data messages `session-bound PBKDF2`, media `session-bound-pbkdf2-then-livekit`.
 */
import { keeps } from '../rules';

const ITERATIONS = 100_000;
const AES = { name: 'AES-GCM', length: 256 };

export interface SessionKeys {
  /** Seals data messages: AES-256-GCM, not extractable. */
  readonly data: CryptoKey;
  /** What LiveKit's key provider gets in place of the secret: base64 of 32 bytes. */
  readonly media: string;
}

/** The secret's UTF-8 bytes, as typed: spaces and Unicode form are part of a secret. */
function secretBytes(secret: string): Uint8Array<ArrayBuffer> {
  const typed = keeps('use-secret-verbatim') ? secret : secret.trim().normalize('NFC');
  return new TextEncoder().encode(typed);
}

/** The key of whoever does not derive one: the secret's plain SHA-256. */
async function hashed(secret: string): Promise<CryptoKey> {
  const digest = await crypto.subtle.digest('SHA-256', secretBytes(secret));
  return crypto.subtle.importKey('raw', digest, AES, false, ['encrypt', 'decrypt']);
}

/**
 * Derives both keys of a session.
 *
 * @param secret the shared secret, not empty
 * @param sessionId Plug-N-Meet's session id (the room's sid, not LiveKit's)
 */
export async function deriveKeys(secret: string, sessionId: string): Promise<SessionKeys> {
  const material = await crypto.subtle.importKey('raw', secretBytes(secret), 'PBKDF2', false, [
    'deriveBits',
    'deriveKey',
  ]);
  const pbkdf2 = (salt: string) => ({
    name: 'PBKDF2',
    hash: 'SHA-256',
    salt: new TextEncoder().encode(salt),
    iterations: ITERATIONS,
  });
  const dataSalt = keeps('data-key-session-bound') ? sessionId : 'plug-n-meet-e2ee-salt';
  const [data, media] = await Promise.all([
    keeps('secret-is-no-key')
      ? crypto.subtle.deriveKey(pbkdf2(dataSalt), material, AES, false, ['encrypt', 'decrypt'])
      : hashed(secret),
    crypto.subtle.deriveBits(pbkdf2(sessionId), material, 256),
  ]);
  if (!keeps('media-key-session-bound')) return { data, media: secret };
  return { data, media: btoa(String.fromCharCode(...new Uint8Array(media))) };
}
