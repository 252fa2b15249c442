/** The state that the page shows. The session writes it; the user interface reads it. */
import { signal } from '@preact/signals';
import type { LocalTrack, RemoteTrack } from 'livekit-client';
import type { Channel } from './wire/bus';

export type RoomKind = 'plain' | 'simple' | 'zero-knowledge';

export type Phase =
  | { readonly at: 'loading'; readonly doing: string }
  | { readonly at: 'prompt' }
  | { readonly at: 'landing' }
  | { readonly at: 'room' }
  | { readonly at: 'ended'; readonly title: string; readonly text: string };

export interface Person {
  readonly userId: string;
  readonly name: string;
  readonly isAdmin: boolean;
}

type Track = LocalTrack | RemoteTrack;

export interface Tile {
  readonly identity: string;
  readonly name: string;
  readonly isMe: boolean;
  readonly camera: Track | undefined;
  readonly screen: Track | undefined;
  /** Sound of others only: the own sound would be an echo. */
  readonly sounds: readonly Track[];
  readonly muted: boolean;
  /** Why a participant's media is received but not shown, or why the own media is not sent. */
  readonly heldBack: string | undefined;
}

export interface Line {
  readonly id: string;
  readonly from: string;
  readonly mine: boolean;
  readonly text: string;
  readonly at: number;
}

/** The decryption errors of one kind from one participant, as one entry with a count. */
export interface DecryptionError {
  readonly key: string;
  readonly userId: string;
  readonly what: 'media' | Channel;
  readonly text: string;
  readonly count: number;
  readonly lastAt: number;
}

export const phase = signal<Phase>({ at: 'loading', doing: 'Checking your access token' });
export const joining = signal(false);
export const title = signal('');
export const kind = signal<RoomKind>('plain');
export const me = signal<Person>({ userId: '', name: '', isAdmin: false });
export const people = signal<readonly Person[]>([]);
export const tiles = signal<readonly Tile[]>([]);
export const talking = signal<ReadonlySet<string>>(new Set());
export const lines = signal<Readonly<Record<Channel, readonly Line[]>>>({
  chat: [],
  whiteboard: [],
  signals: [],
});
export const decryptionErrors = signal<readonly DecryptionError[]>([]);
/** The latest notice, such as a refused message or a missing device. */
export const notice = signal('');
/** The connections that are interrupted and being restored. */
export const interrupted = signal<ReadonlySet<'server' | 'media server'>>(new Set());
export const serverAnswer = signal('');
export const wanted = signal({ microphone: true, camera: true });
export const mine = signal({ microphone: false, camera: false, screen: false });
export const soundBlocked = signal(false);
/** True if the person gave a secret, or if none is needed. */
export const haveKey = signal(true);
/** Channels whose messages are not encrypted in this room. */
export const clearChannels = signal<ReadonlySet<Channel>>(
  new Set(['chat', 'whiteboard', 'signals']),
);
export function setInterrupted(which: 'server' | 'media server', down: boolean): void {
  const others = [...interrupted.value].filter((one) => one !== which);
  interrupted.value = new Set(down ? [...others, which] : others);
}

export const recording = signal(false);
export const broadcasting = signal(false);
/** Server-side features that the room's settings switch off, apart from encryption. */
export const switchedOff = signal<ReadonlySet<string>>(new Set());
