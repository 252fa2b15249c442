/** Data messages on the wire: IV (12 bytes) || ciphertext || tag (16 bytes), AES-256-GCM, no AAD. */
import { keeps } from '../rules';
import * as state from '../state';

const IV_LENGTH = 12;
const TAG_LENGTH = 16;

/** The message was not sealed with this key, or is no sealed message at all. */
export class DoesNotOpen extends Error {
  override name = 'DoesNotOpen';
}

type Bytes = Uint8Array<ArrayBuffer>;

let count = 0;

export async function seal(plain: Uint8Array, key: CryptoKey): Promise<Bytes> {
  const iv = await nonce();
  const sealed = await crypto.subtle.encrypt({ name: 'AES-GCM', iv }, key, plain as Bytes);
  const message = new Uint8Array(IV_LENGTH + sealed.byteLength);
  message.set(iv);
  message.set(new Uint8Array(sealed), IV_LENGTH);
  return message;
}

/** A fresh, random one each time; `count` is for the broken rule only. */
async function nonce(): Promise<Bytes> {
  if (!keeps('fresh-nonce')) return new Uint8Array(IV_LENGTH);
  if (!keeps('nonce-never-again')) {
    const counted = new TextEncoder().encode(`${state.me.value.userId} ${count++}`);
    return new Uint8Array(await crypto.subtle.digest('SHA-256', counted)).slice(0, IV_LENGTH);
  }
  const random = crypto.getRandomValues(new Uint8Array(IV_LENGTH));
  if (!keeps('random-nonce')) random.fill(0, 0, 4);
  return random;
}

/** The connection is a new one: a count begins again. */
export function reconnected(): void {
  count = 0;
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
