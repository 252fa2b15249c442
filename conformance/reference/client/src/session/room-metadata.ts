/** Reads a room's metadata: its encryption and its features. */
import type { RoomKind } from '../state';
import type { Channel } from '../wire/bus';

interface Allowed {
  readonly is_allow?: boolean;
}

export interface RoomMetadata {
  readonly room_title?: string;
  readonly is_recording?: boolean;
  readonly is_active_rtmp?: boolean;
  readonly room_features?: {
    readonly end_to_end_encryption_features?: {
      readonly is_enabled?: boolean;
      readonly enabled_self_insert_encryption_key?: boolean;
      readonly included_chat_messages?: boolean;
      readonly included_whiteboard?: boolean;
      readonly encryption_key?: string;
    };
    readonly recording_features?: Allowed & { readonly is_allow_cloud?: boolean };
    readonly external_broadcasting_features?: Allowed;
    readonly insights_features?: Allowed & { readonly transcription_features?: Allowed };
  };
}

export interface Encryption {
  readonly kind: RoomKind;
  /** The secret from the server; null if it sent none. */
  readonly secret: string | null;
  /** The channels whose messages are encrypted. */
  readonly messages: ReadonlySet<Channel>;
}

export function encryptionOf(metadata: RoomMetadata): Encryption {
  const features = metadata.room_features?.end_to_end_encryption_features ?? {};
  if (!features.is_enabled) return { kind: 'plain', secret: null, messages: new Set() };
  const messages = new Set<Channel>(['signals']);
  if (features.included_chat_messages) messages.add('chat');
  if (features.included_whiteboard) messages.add('whiteboard');
  return {
    kind: features.enabled_self_insert_encryption_key ? 'zero-knowledge' : 'simple',
    secret: features.encryption_key || null,
    messages,
  };
}

/** The server-side features that the room's settings switch off. */
export function switchedOffIn({ room_features: features }: RoomMetadata): Set<string> {
  const off = new Set<string>();
  const recording = features?.recording_features;
  if (recording?.is_allow === false || recording?.is_allow_cloud === false) off.add('recording');
  if (features?.external_broadcasting_features?.is_allow === false) off.add('broadcast');
  const insights = features?.insights_features;
  if (insights?.is_allow === false || insights?.transcription_features?.is_allow === false) {
    off.add('transcription');
  }
  return off;
}
