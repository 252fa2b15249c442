/**
 * The extension points: the places at which a seeded fault can change what this client does.
 *
 * Honest code calls a point where it decides something or lets something out. Without a fault each
 * point returns its first argument unchanged. `faults/` holds every fault; honest code never
 * imports it. `main.tsx` seeds the faults of a run before the session starts.
 *
 * | point             | honest code calls it                                                 |
 * | ----------------- | -------------------------------------------------------------------- |
 * | `onPrompt`        | before it asks the person for the shared secret                      |
 * | `onSecret`        | when it has chosen the secret that the keys are derived from         |
 * | `onDerivation`    | before each PBKDF2 derivation                                        |
 * | `onKeys`          | when the keys of the session are derived                             |
 * | `onNonce`         | before it encrypts a data message                                    |
 * | `onMessage`       | before a data message is sent or read                                |
 * | `onServerMessage` | after it has handled a message of the server                         |
 * | `onRefusal`       | where it refuses to do something that is not safe                    |
 * | `onCryptor`       | before it starts LiveKit's encryption worker                         |
 * | `onPublish`       | before it publishes tracks, with the options of all of them          |
 * | `onMediaConnect`  | before it connects to the media server                               |
 * | `onSubscribe`     | before it requests the track of another participant                  |
 * | `onTrack`         | when a track is published, received, unmuted, or has a new source    |
 * | `onConnection`    | when a connection is made, restored or left                          |
 * | `onError`         | before it shows a decryption error                                   |
 * | `onErrorStyle`    | when it draws a decryption error                                     |
 * | `onShown`         | before it shows a part of the page that a fault may hide             |
 */
import type {
  ExternalE2EEKeyProvider,
  Participant,
  Room,
  TrackPublication,
  TrackPublishDefaults,
} from 'livekit-client';
import type { Derivation, Place, RawKeys } from './crypto/derivation';
import type { DecryptionError } from './state';
import type { Channel } from './wire/bus';

/** What a point tells its handlers besides the value; nothing for most simple values. */
type Args<About> = About extends undefined ? [] : [About];
type Handler<Value, About> = (value: Value, about: About) => Value;
type AsyncHandler<Value, About> = (value: Value, about: About) => Value | Promise<Value>;
type Listener<About> = (about: About) => void;

/** Passes the value through the handlers of the seeded faults, in the order of the registry. */
function point<Value, About = undefined>() {
  const handlers: Handler<Value, About>[] = [];
  const call = (value: Value, ...[about]: Args<About>): Value =>
    handlers.reduce((current, handler) => handler(current, about as About), value);
  return Object.assign(call, { handlers });
}

function asyncPoint<Value, About = undefined>() {
  const handlers: AsyncHandler<Value, About>[] = [];
  const call = async (value: Value, ...[about]: Args<About>): Promise<Value> => {
    let current = value;
    for (const handler of handlers) current = await handler(current, about as About);
    return current;
  };
  return Object.assign(call, { handlers });
}

/** A point without a value: something has happened. */
function event<About>() {
  const handlers: Listener<About>[] = [];
  const call = (about: About): void => {
    for (const handler of handlers) handler(about);
  };
  return Object.assign(call, { handlers });
}

/** Asks the person for the secret; null if the person goes on without one. */
export type Ask = () => Promise<string | null>;

/** How the page asks for the secret; null if it does not ask. */
export const onPrompt = point<
  Ask | null,
  {
    /** The room is a zero-knowledge room, as far as the client knows. */
    readonly needed: boolean;
    readonly ask: Ask;
  }
>();

/** The secret of a zero-knowledge room: the typed one; null means that there is no key. */
export const onSecret = point<
  string | null,
  { readonly typed: string | null; readonly fromServer: string | null }
>();

/** The inputs of one PBKDF2 derivation. */
export const onDerivation = point<
  Derivation,
  { readonly purpose: 'media' | 'data'; readonly place: Place }
>();

/** The session's keys, before the key of data messages is imported. */
export const onKeys = asyncPoint<
  RawKeys,
  {
    /** The secret as chosen. */
    readonly secret: string;
    /** The inputs from which the key of data messages was derived. */
    readonly derivation: Derivation;
  }
>();

/** The nonce of one data message: 12 random bytes. */
export const onNonce = asyncPoint<Uint8Array<ArrayBuffer>>();

/** Whether a data message is encrypted, and with which key; null if there is no key. */
export interface Sealing {
  readonly sealed: boolean;
  readonly key: CryptoKey | null;
}

export type DataMessageEvent = { readonly channel: Channel } & (
  | { readonly direction: 'out'; readonly text: string }
  | { readonly direction: 'in'; readonly payload: Uint8Array }
);

export const onMessage = asyncPoint<Sealing, DataMessageEvent>();

export const onServerMessage = event<{
  /** A number of `Tell` in wire/messages.ts. */
  readonly event: number;
  readonly message: string;
  /** What the person answered to the prompt before the connection was made. */
  readonly typed: string | null;
}>();

/** What the client refuses to do. */
export type Refusal =
  | { readonly to: 'join a room that does not use the requested secret' }
  | {
      readonly to: 'send in clear';
      readonly what: 'media' | Channel;
      readonly haveKey: boolean;
    }
  | { readonly to: 'continue after encryption failed' }
  | { readonly to: 'ignore an error of the cryptor' }
  | { readonly to: 'play an unencrypted track' }
  | { readonly to: 'play what is beside an unencrypted track' }
  | { readonly to: 'show a message that does not decrypt' }
  | { readonly to: 'go on in a browser that cannot encrypt' };

/** True: the client refuses. */
export const onRefusal = point<boolean, Refusal>();

/** The address of the encryption worker's script. */
export const onCryptor = point<string>();

/** How tracks are published. */
export const onPublish = point<TrackPublishDefaults>();

/** Connects to the media server; rejects with `EncryptionFailed` if encryption does not start. */
export const onMediaConnect = point<
  () => Promise<void>,
  { readonly url: string; readonly token: string; readonly leave: () => Promise<void> }
>();

/** Whether the client requests a remote track. */
export const onSubscribe = point<
  boolean,
  {
    readonly publication: TrackPublication;
    /** The track was published before this client connected. */
    readonly before: boolean;
    /** This client encrypts its own tracks. */
    readonly encrypts: boolean;
  }
>();

/** Called in encrypted rooms only. */
export interface TrackEvent {
  readonly moment: 'published' | 'received' | 'unmuted' | 'device changed' | 'reconnected';
  readonly publication: TrackPublication;
  readonly participant: Participant;
  readonly room: Room;
  /** LiveKit's encryption worker. */
  readonly worker: Worker;
}

export const onTrack = event<TrackEvent>();

export type ConnectionEvent =
  /** `others`: the identities of the participants that were there before. */
  | { readonly moment: 'media connected'; readonly others: readonly string[] }
  | {
      readonly moment: 'media reconnected';
      /** Undefined in a plain room. */
      readonly keyProvider: ExternalE2EEKeyProvider | undefined;
    }
  /** All peer connections are closed, and the tracks will be published again. */
  | { readonly moment: 'media restarting' }
  | { readonly moment: 'bus reconnected' }
  | { readonly moment: 'left' };

export const onConnection = event<ConnectionEvent>();

/** All decryption errors to show, the newest first; null changes nothing on the page. */
export const onError = point<readonly DecryptionError[] | null, DecryptionError>();

/** The inline style of one decryption error, wherever the page shows it. */
export const onErrorStyle = point<Readonly<Record<string, string | number>>>();

export type Shown =
  | 'button to continue without a secret'
  | 'reason: encrypted room'
  | 'reason: room settings'
  | 'reason: this browser cannot encrypt'
  | 'reason: this page is not secure'
  | 'server answer';

/** Whether this part of the page is shown. */
export const onShown = point<boolean, Shown>();

const points = {
  onPrompt,
  onSecret,
  onDerivation,
  onKeys,
  onNonce,
  onMessage,
  onServerMessage,
  onRefusal,
  onCryptor,
  onPublish,
  onMediaConnect,
  onSubscribe,
  onTrack,
  onConnection,
  onError,
  onErrorStyle,
  onShown,
} as const;

type Points = typeof points;

/** The handlers of one fault, by extension point. */
export type Handlers = { readonly [Name in keyof Points]?: Points[Name]['handlers'][number] };

/** Adds the handlers of one fault after those that are already there. */
export function extend(handlers: Handlers): void {
  for (const [name, handler] of Object.entries(handlers)) {
    (points[name as keyof Points].handlers as unknown[]).push(handler);
  }
}
