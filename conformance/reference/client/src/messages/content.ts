/** The content of data messages, as protobuf, and as the line that the page shows. */
import * as state from '../state';
import type { Channel } from '../wire/bus';
import { ChatMessage, DataMessage, DataMessageType } from '../wire/messages';

export type Said = Omit<state.Line, 'id' | 'at'>;

function nameOf(userId: string): string {
  return state.people.value.find((one) => one.userId === userId)?.name ?? userId;
}

export function encode(channel: Channel, text: string): Uint8Array {
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
  // In the product a scene is a list of Excalidraw elements; a note is one text element.
  const note = { id: crypto.randomUUID(), type: 'text', text, x: 0, y: 0, version: 1 };
  return new DataMessage({
    type: DataMessageType.SceneUpdate,
    fromUserId: userId,
    message: JSON.stringify([note]),
  }).toBinary();
}

/** The line to show; null if the message is not for people (housekeeping of other clients). */
export function decode(channel: Channel, plain: Uint8Array): Said | null {
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
