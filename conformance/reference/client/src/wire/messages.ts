/**
 * The messages of Plug-N-Meet's contract that this client needs (protocol v1.5.0). Names and
 * numbers are those of conformance/wire/plugnmeet.proto; a test of the suite compares the two.
 *
 * The messages are described at run time with livekit-client's protobuf library. So there is no
 * generated code and no second library in the bundle.
 */
import { type Message, proto3, ScalarType } from '@bufbuild/protobuf';

type Kind = 'string' | 'bytes' | 'bool' | 'int32' | 'int64';

const SCALARS: Record<Kind, ScalarType> = {
  string: ScalarType.STRING,
  bytes: ScalarType.BYTES,
  bool: ScalarType.BOOL,
  // Enums are plain numbers here: on the wire an enum is an int32.
  int32: ScalarType.INT32,
  int64: ScalarType.INT64,
};

const scalar = (no: number, name: string, kind: Kind = 'string') =>
  ({ no, name, kind: 'scalar', T: SCALARS[kind] }) as const;
const optional = (no: number, name: string, kind: Kind = 'string') =>
  ({ ...scalar(no, name, kind), opt: true }) as const;
const repeated = (no: number, name: string, kind: Kind = 'string') =>
  ({ ...scalar(no, name, kind), repeated: true }) as const;

/** The requests of a client over NATS. */
export enum Ask {
  InitialData = 0,
  MediaServerData = 1,
  JoinedUsersList = 2,
  RenewToken = 3,
  Ping = 4,
  PushAnalytics = 8,
}

/** The server's messages to a client over NATS. */
export enum Tell {
  InitialData = 0,
  JoinedUsersList = 1,
  MediaServerData = 2,
  RoomMetadataUpdate = 3,
  UserMetadataUpdate = 4,
  UserJoined = 5,
  UserDisconnected = 6,
  UserOffline = 7,
  RenewedToken = 8,
  SystemNotification = 9,
  SessionEnded = 10,
  Pong = 20,
}

export enum DataMessageType {
  Info = 2,
  Alert = 3,
  SceneUpdate = 10,
  Reaction = 20,
}

export enum RecordingTask {
  StartRecording = 0,
  StopRecording = 1,
  StartRtmp = 2,
  StopRtmp = 3,
}

export interface VerifyTokenReq extends Message<VerifyTokenReq> {
  isProduction?: boolean;
}
export const VerifyTokenReq = proto3.makeMessageType<VerifyTokenReq>(
  'plugnmeet.VerifyTokenReq',
  () => [optional(1, 'is_production', 'bool')],
);

export interface NatsSubjects extends Message<NatsSubjects> {
  systemApiWorker: string;
  systemJsWorker: string;
  systemCoreWorker: string;
  systemPublic: string;
  systemPrivate: string;
  chat: string;
  whiteboard: string;
  dataChannel: string;
}
export const NatsSubjects = proto3.makeMessageType<NatsSubjects>('plugnmeet.NatsSubjects', () => [
  scalar(1, 'system_api_worker'),
  scalar(2, 'system_js_worker'),
  scalar(3, 'system_core_worker'),
  scalar(4, 'system_public'),
  scalar(5, 'system_private'),
  scalar(6, 'chat'),
  scalar(7, 'whiteboard'),
  scalar(8, 'data_channel'),
]);

export interface VerifyTokenRes extends Message<VerifyTokenRes> {
  status: boolean;
  msg: string;
  natsWsUrls: string[];
  serverVersion: string;
  roomId: string;
  userId: string;
  roomStreamName: string;
  natsSubjects?: NatsSubjects;
  enabledSelfInsertEncryptionKey: boolean;
}
export const VerifyTokenRes = proto3.makeMessageType<VerifyTokenRes>(
  'plugnmeet.VerifyTokenRes',
  () => [
    scalar(1, 'status', 'bool'),
    scalar(2, 'msg'),
    repeated(3, 'nats_ws_urls'),
    optional(4, 'server_version'),
    optional(5, 'room_id'),
    optional(6, 'user_id'),
    optional(7, 'room_stream_name'),
    { no: 8, name: 'nats_subjects', kind: 'message', T: NatsSubjects, opt: true },
    optional(9, 'enabled_self_insert_encryption_key', 'bool'),
  ],
);

/** A refusal, or an answer without any data. */
export interface CommonResponse extends Message<CommonResponse> {
  status: boolean;
  msg: string;
}
export const CommonResponse = proto3.makeMessageType<CommonResponse>(
  'plugnmeet.CommonResponse',
  () => [scalar(1, 'status', 'bool'), scalar(2, 'msg')],
);

export interface RecordingReq extends Message<RecordingReq> {
  task: number;
  sid: string;
  rtmpUrl?: string;
}
export const RecordingReq = proto3.makeMessageType<RecordingReq>('plugnmeet.RecordingReq', () => [
  scalar(1, 'task', 'int32'),
  scalar(4, 'sid'),
  optional(5, 'rtmp_url'),
]);

export interface TranscriptionConfigReq extends Message<TranscriptionConfigReq> {
  isEnabled: boolean;
  allowedSpokenLangs: string[];
  allowedSpeechUsers: string[];
}
export const TranscriptionConfigReq = proto3.makeMessageType<TranscriptionConfigReq>(
  'plugnmeet.InsightsTranscriptionConfigReq',
  () => [
    scalar(1, 'is_enabled', 'bool'),
    repeated(2, 'allowed_spoken_langs'),
    repeated(3, 'allowed_speech_users'),
  ],
);

export interface ServerMessage extends Message<ServerMessage> {
  id: string;
  event: number;
  msg: string;
  binMsg: Uint8Array;
}
export const ServerMessage = proto3.makeMessageType<ServerMessage>(
  'plugnmeet.NatsMsgServerToClient',
  () => [
    scalar(1, 'id'),
    scalar(2, 'event', 'int32'),
    scalar(3, 'msg'),
    scalar(4, 'bin_msg', 'bytes'),
  ],
);

export interface ClientMessage extends Message<ClientMessage> {
  id: string;
  event: number;
  msg: string;
  binMsg: Uint8Array;
}
export const ClientMessage = proto3.makeMessageType<ClientMessage>(
  'plugnmeet.NatsMsgClientToServer',
  () => [
    scalar(1, 'id'),
    scalar(2, 'event', 'int32'),
    scalar(3, 'msg'),
    scalar(4, 'bin_msg', 'bytes'),
  ],
);

export interface ChatMessage extends Message<ChatMessage> {
  id: string;
  fromName: string;
  fromUserId: string;
  sentAt: bigint;
  isPrivate: boolean;
  message: string;
  fromAdmin: boolean;
}
export const ChatMessage = proto3.makeMessageType<ChatMessage>('plugnmeet.ChatMessage', () => [
  scalar(1, 'id'),
  scalar(2, 'from_name'),
  scalar(3, 'from_user_id'),
  scalar(4, 'sent_at', 'int64'),
  scalar(6, 'is_private', 'bool'),
  scalar(7, 'message'),
  scalar(8, 'from_admin', 'bool'),
]);

export interface DataMessage extends Message<DataMessage> {
  id: string;
  type: number;
  fromUserId: string;
  toUserId?: string;
  message: string;
}
export const DataMessage = proto3.makeMessageType<DataMessage>(
  'plugnmeet.DataChannelMessage',
  () => [
    scalar(1, 'id'),
    scalar(2, 'type', 'int32'),
    scalar(3, 'from_user_id'),
    optional(4, 'to_user_id'),
    scalar(5, 'message'),
  ],
);
