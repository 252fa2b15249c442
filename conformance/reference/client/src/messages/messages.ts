/** Sends and receives chat, whiteboard notes and signals; encrypts the channels of the room. */
import { open, seal } from '../crypto/sealing';
import { reportDecryptionError } from '../decryption-errors';
import { onMessage, onRefusal, type Sealing } from '../extension-points';
import * as state from '../state';
import type { Channel } from '../wire/bus';
import { decode, encode, type Said } from './content';

const CHANNELS: readonly Channel[] = ['chat', 'whiteboard', 'signals'];

const NAMES: Readonly<Record<Channel, string>> = {
  chat: 'chat message',
  whiteboard: 'whiteboard note',
  signals: 'signal',
};

export class Messages {
  readonly #publish: (channel: Channel, payload: Uint8Array) => void;
  #sealed: ReadonlySet<Channel> = new Set();
  #key: CryptoKey | null = null;
  /** Decryption is asynchronous; the queue keeps received messages in their order. */
  #queue: Promise<void> = Promise.resolve();

  constructor(publish: (channel: Channel, payload: Uint8Array) => void) {
    this.#publish = publish;
  }

  /** From now on encrypts the `sealed` channels with `key`; without a key they send nothing. */
  use(sealed: ReadonlySet<Channel>, key: CryptoKey | null): void {
    this.#sealed = sealed;
    this.#key = key;
    state.clearChannels.value = new Set(CHANNELS.filter((channel) => !sealed.has(channel)));
  }

  forget(): void {
    this.#key = null;
  }

  /** Whether the message was sent; if not, a notice says why. */
  async say(channel: Channel, text: string): Promise<boolean> {
    const { sealed, key } = await onMessage(this.#sealing(channel), {
      channel,
      direction: 'out',
      text,
    });
    const plain = encode(channel, text);
    if (!sealed) {
      this.#publish(channel, plain);
    } else if (key) {
      this.#publish(channel, await seal(plain, key));
    } else {
      state.notice.value = `Your ${NAMES[channel]} was not sent: without a secret it cannot be encrypted.`;
      return false;
    }
    add(channel, { from: state.me.value.name, mine: true, text });
    return true;
  }

  received(channel: Channel, payload: Uint8Array): void {
    this.#queue = this.#queue.then(() => this.#receive(channel, payload)).catch(() => {});
  }

  async #receive(channel: Channel, payload: Uint8Array): Promise<void> {
    const { sealed, key } = await onMessage(this.#sealing(channel), {
      channel,
      direction: 'in',
      payload,
    });
    let plain = payload;
    if (sealed) {
      try {
        if (!key) throw new Error('no key');
        plain = await open(payload, key);
      } catch {
        // The sender's name is inside the encrypted message, so it is unknown.
        const why = key ? 'its sender’s secret differs from yours' : 'you have no secret';
        reportDecryptionError('', channel, `A ${NAMES[channel]} cannot be decrypted: ${why}.`);
        if (onRefusal(true, { to: 'show a message that does not decrypt' })) return;
      }
    }
    const line = decode(channel, plain);
    if (line) add(channel, line);
  }

  #sealing(channel: Channel): Sealing {
    return { sealed: this.#sealed.has(channel), key: this.#key };
  }
}

function add(channel: Channel, said: Said): void {
  const line = { ...said, id: crypto.randomUUID(), at: Date.now() };
  state.lines.value = { ...state.lines.value, [channel]: [...state.lines.value[channel], line] };
}
