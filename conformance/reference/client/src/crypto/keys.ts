/**
 * From the shared secret to the keys of one session.
 *
 * The secret is never a key itself: PBKDF2 binds it to the Session ID, so that the same secret
 * in two sessions gives keys that have nothing in common. Profiles (see conformance/keys):
 * data messages `session-bound PBKDF2`, media `session-bound-pbkdf2-then-livekit`.
 */
import { keeps } from '../rules';

const ROUNDS = 100_000;
const LIVEKIT_SALT = 'LKFrameEncryptionKey';

export interface SessionKeys {
  /** Seals data messages: AES-256-GCM, not extractable. */
  readonly data: CryptoKey;
  /** What LiveKit's key provider gets in place of the secret: base64 of 32 bytes. */
  readonly media: string;
}

/** Where a key is of use. */
export interface Place {
  /** Plug-N-Meet's session id (the room's sid, not LiveKit's). */
  readonly sessionId: string;
  /** Of no use for a key: every session of the room has the same. */
  readonly roomId: string;
}

/** The secret's UTF-8 bytes, as typed: spaces, Unicode form and length are part of a secret. */
function secretBytes(secret: string): Uint8Array<ArrayBuffer> {
  let typed = secret;
  if (!keeps('secret-not-trimmed')) typed = typed.trim();
  if (!keeps('secret-not-normalised')) typed = typed.normalize('NFC');
  if (!keeps('secret-not-cut')) typed = typed.slice(0, 64);
  return new TextEncoder().encode(typed);
}

/**
 * Derives both keys of a session.
 *
 * @param secret the shared secret, not empty
 */
export async function deriveKeys(secret: string, place: Place): Promise<SessionKeys> {
  const bytes = secretBytes(secret);
  const boundToPlace = await pbkdf2(bytes, saltOf(place, keeps('media-key-of-the-session')), 256);
  const media = btoa(String.fromCharCode(...boundToPlace));
  return {
    data: await imported(await dataKey(bytes, place, media)),
    media: keeps('media-key-session-bound') ? media : secret,
  };
}

async function dataKey(
  secret: Uint8Array<ArrayBuffer>,
  place: Place,
  media: string,
): Promise<BufferSource> {
  if (!keeps('secret-is-no-key')) return crypto.subtle.digest('SHA-256', secret);
  if (!keeps('data-key-apart')) return pbkdf2(new TextEncoder().encode(media), LIVEKIT_SALT, 128);
  if (!keeps('data-key-session-bound')) return pbkdf2(secret, 'plug-n-meet-e2ee-salt', 256);
  return pbkdf2(secret, saltOf(place, keeps('data-key-of-the-session')), 256);
}

function saltOf({ sessionId, roomId }: Place, ofTheSession: boolean): string {
  const salt = ofTheSession ? sessionId : roomId;
  return keeps('salt-whole') ? salt : salt.slice(0, 8);
}

async function pbkdf2(
  value: Uint8Array<ArrayBuffer>,
  salt: string,
  bits: number,
): Promise<Uint8Array<ArrayBuffer>> {
  const material = await crypto.subtle.importKey('raw', value, 'PBKDF2', false, ['deriveBits']);
  const how = {
    name: 'PBKDF2',
    hash: 'SHA-256',
    salt: new TextEncoder().encode(salt),
    iterations: keeps('enough-rounds') ? ROUNDS : 1000,
  };
  return new Uint8Array(await crypto.subtle.deriveBits(how, material, bits));
}

function imported(key: BufferSource): Promise<CryptoKey> {
  // A key that is to leave the page, which only a broken rule wants, has to be exportable.
  const exportable = !keeps('data-key-stays-in-page');
  return crypto.subtle.importKey('raw', key, 'AES-GCM', exportable, ['encrypt', 'decrypt']);
}
