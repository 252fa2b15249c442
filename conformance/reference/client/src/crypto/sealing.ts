/** Encrypted data messages: IV (12 bytes) || ciphertext || tag (16 bytes), AES-256-GCM, no AAD. */
import { onNonce } from '../extension-points';

export const IV_LENGTH = 12;
const TAG_LENGTH = 16;

/** The message was encrypted with another key, or is not an encrypted message. */
export class DoesNotOpen extends Error {
  override name = 'DoesNotOpen';
}

type Bytes = Uint8Array<ArrayBuffer>;

/** Encrypts one message with a new random nonce. */
export async function seal(plain: Uint8Array, key: CryptoKey): Promise<Bytes> {
  const iv = await onNonce(crypto.getRandomValues(new Uint8Array(IV_LENGTH)));
  const sealed = await crypto.subtle.encrypt({ name: 'AES-GCM', iv }, key, plain as Bytes);
  const message = new Uint8Array(IV_LENGTH + sealed.byteLength);
  message.set(iv);
  message.set(new Uint8Array(sealed), IV_LENGTH);
  return message;
}

/** @throws {DoesNotOpen} */
export async function open(message: Uint8Array, key: CryptoKey): Promise<Bytes> {
  if (message.length < IV_LENGTH + TAG_LENGTH) throw new DoesNotOpen('shorter than IV and tag');
  try {
    const iv = message.subarray(0, IV_LENGTH) as Bytes;
    const sealed = message.subarray(IV_LENGTH) as Bytes;
    return new Uint8Array(await crypto.subtle.decrypt({ name: 'AES-GCM', iv }, key, sealed));
  } catch (cause) {
    throw new DoesNotOpen('the key does not fit', { cause });
  }
}
