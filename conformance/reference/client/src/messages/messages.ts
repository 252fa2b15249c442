/** Chat, whiteboard and signals: sealed where the room says so, and never shown unopened. */
import { open, seal } from '../crypto/sealing';
import { keeps } from '../rules';
import * as state from '../state';
import { addTrouble } from '../decryption-errors';
import type { Channel } from '../wire/bus';
import { ChatMessage, DataMessage, DataMessageType } from '../wire/messages';

const NAMES: Readonly<Record<Channel, string>> = {
  chat: 'chat message',
  whiteboard: 'whiteboard note',
  signals: 'signal',
};

export class Messages {
  readonly #publish: (channel: Channel, payload: Uint8Array) => void;
  #sealed: ReadonlySet<Channel> = new Set();
  #key: CryptoKey | null = null;
  /** The key of signals: no other than that of every message. */
  #signalsKey: CryptoKey | null = null;
  /** Opening takes a moment; what came first is shown first. */
  #queue: Promise<void> = Promise.resolve();

  constructor(publish: (channel: Channel, payload: Uint8Array) => void) {
    this.#publish = publish;
  }

  async use(sealed: ReadonlySet<Channel>, key: CryptoKey | null): Promise<void> {
    this.#sealed = new Set([...sealed].filter((channel) => keeps(`encrypt-${channel}`)));
    this.#key = key;
    this.#signalsKey = key === null || keeps('signals-key-derived') ? key : await constantKey();
    state.clearChannels.value = new Set(
      (['chat', 'whiteboard', 'signals'] as const).filter((channel) => !sealed.has(channel)),
    );
  }

  forget(): void {
    this.#key = null;
    this.#signalsKey = null;
  }

  #keyOf(channel: Channel): CryptoKey | null {
    return channel === 'signals' ? this.#signalsKey : this.#key;
  }

  /** What is sealed stays sealed; with the rule broken, only the whiteboard's first message is. */
  #went(channel: Channel): void {
    if (channel === 'whiteboard' && !keeps('whiteboard-sealed-each-time')) {
      this.#sealed = new Set([...this.#sealed].filter((one) => one !== channel));
    }
  }

  async say(channel: Channel, text: string): Promise<boolean> {
    const plain = encode(channel, text);
    if (this.#sealed.has(channel)) {
      const key = this.#keyOf(channel);
      if (!key) {
        state.notice.value = `Your ${NAMES[channel]} was not sent: without a secret it cannot be encrypted.`;
        return false;
      }
      this.#publish(channel, await seal(plain, key));
    } else {
      this.#publish(channel, plain);
    }
    this.#went(channel);
    add(channel, { from: state.me.value.name, mine: true, text });
    return true;
  }

  received(channel: Channel, payload: Uint8Array): void {
    this.#queue = this.#queue.then(() => this.#receive(channel, payload)).catch(() => {});
  }

  async #receive(channel: Channel, payload: Uint8Array): Promise<void> {
    let plain = payload;
    if (this.#sealed.has(channel)) {
      const key = this.#keyOf(channel);
      try {
        if (!key) throw new Error('no key');
        plain = await open(payload, key);
        this.#went(channel);
      } catch {
        // Who sent it is inside of what does not open.
        const why = key ? 'its sender’s secret differs from yours' : 'you have no secret';
        addTrouble('', channel, `A ${NAMES[channel]} cannot be decrypted: ${why}.`);
        if (keeps('drop-what-does-not-open')) return;
      }
    }
    const line = decode(channel, plain);
    if (line) add(channel, line);
  }
}

/** For the broken rule only: a key that every copy of this program has. */
function constantKey(): Promise<CryptoKey> {
  const bytes = new TextEncoder().encode('0123456789abcdef');
  return crypto.subtle.importKey('raw', bytes, 'AES-GCM', false, ['encrypt', 'decrypt']);
}

type Said = Omit<state.Line, 'id' | 'at'>;

function add(channel: Channel, said: Said): void {
  const line = { ...said, id: crypto.randomUUID(), at: Date.now() };
  state.lines.value = { ...state.lines.value, [channel]: [...state.lines.value[channel], line] };
}

function nameOf(userId: string): string {
  return state.people.value.find((one) => one.userId === userId)?.name ?? userId;
}

function encode(channel: Channel, text: string): Uint8Array {
  const { userId, name, isAdmin } = state.me.value;
  if (channel === 'chat') {
    return new ChatMessage({
      id: crypto.randomUUID(),
      fromName: name,
      fromUserId: userId,
      sentAt: BigInt(Date.now()),
      message: text,
      fromAdmin: isAdmin,
    }).toBinary();
  }
  if (channel === 'signals') {
    const type = DataMessageType.Info;
    return new DataMessage({ type, fromUserId: userId, message: text }).toBinary();
  }
  // A scene is a list of Excalidraw elements in the product; a note is one text element.
  const note = { id: crypto.randomUUID(), type: 'text', text, x: 0, y: 0, version: 1 };
  return new DataMessage({
    type: DataMessageType.SceneUpdate,
    fromUserId: userId,
    message: JSON.stringify([note]),
  }).toBinary();
}

/** The line to show; null for what is no message for people (housekeeping of other clients). */
function decode(channel: Channel, plain: Uint8Array): Said | null {
  if (channel === 'chat') {
    const { fromName, message } = ChatMessage.fromBinary(plain);
    return message ? { from: fromName, mine: false, text: message } : null;
  }
  const { type, fromUserId, message } = DataMessage.fromBinary(plain);
  const from = nameOf(fromUserId);
  if (channel === 'signals') {
    const shown: number[] = [DataMessageType.Info, DataMessageType.Alert, DataMessageType.Reaction];
    return shown.includes(type) && message ? { from, mine: false, text: message } : null;
  }
  if (type !== DataMessageType.SceneUpdate) return null;
  const text = textsOf(message);
  return text ? { from, mine: false, text } : null;
}

function textsOf(scene: string): string {
  const elements: unknown = JSON.parse(scene);
  if (!Array.isArray(elements)) return '';
  return elements
    .flatMap((element: { text?: unknown }) =>
      typeof element.text === 'string' ? element.text : [],
    )
    .join('\n');
}
