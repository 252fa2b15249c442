/**
 * The SFU tap: a hidden, receive-only participant without a key. It keeps the frames that the SFU
 * forwards.
 *
 * This page is not part of the reference client. The Python package of the SFU tap in
 * conformance/observers loads it and pulls the kept frames. The page reads whole encoded frames
 * (not RTP packets) from the receiver's encoded streams (WebRTC Encoded Transform), before any
 * decoder.
 */
import {
  ConnectionState,
  getLogger,
  LoggerNames,
  type RemoteTrackPublication,
  Room,
  RoomEvent,
} from 'livekit-client';
import { cryptorSpeed } from './cryptor-speed';
import { replay, withPacketLength } from './replay';
import { stopPlaybackPolling } from '../media/playback-polling';

/** Limits on what the page keeps, because participants may send hostile amounts. */
const LIMITS = {
  tracks: 64,
  /** The first frames of each track are kept whole, up to this number. */
  inARow: 300,
  /** Later, each key frame and one frame in `every` is kept whole, up to `sampled` more. */
  every: 20,
  sampled: 300,
  /** Consecutive frames of each track that one call of `attend` keeps whole. */
  attended: 60,
  mostAttended: 1200,
  bytesOfTrack: 16 * 1024 * 1024,
  bytesOfFrame: 2 * 1024 * 1024,
  /** Frame ends (nonce and trailer) that are kept, over all tracks. */
  tails: 200_000,
  /** Bytes that one call of `take` returns. */
  batch: 4 * 1024 * 1024,
  /** Frames of one receiver that wait until their track is named. */
  unnamed: 100,
};
/** After this time a track is reported without a name. */
const NAMED_WITHIN_MS = 3000;
const TAIL_BYTES = 48;
const TELL_EVERY_MS = 250;

/** LiveKit's own 8x8 key frame. The decoder gets it for every frame and so requests no key frame. */
const DECOY = Uint8Array.from([
  0x10, 0x02, 0x00, 0x9d, 0x01, 0x2a, 0x08, 0x00, 0x08, 0x00, 0x00, 0x47, 0x08, 0x85, 0x85, 0x88,
  0x85, 0x84, 0x88, 0x02, 0x02, 0x00, 0x0c, 0x0d, 0x60, 0x00, 0xfe, 0xff, 0xab, 0x50, 0x80,
]);

interface EncodedFrame {
  data: ArrayBuffer;
  readonly type?: 'key' | 'delta' | 'empty' | undefined;
  readonly timestamp?: number | undefined;
  getMetadata(): {
    mimeType?: string;
    rtpTimestamp?: number;
    synchronizationSource?: number;
  };
}

interface EncodedReceiver extends RTCRtpReceiver {
  createEncodedStreams(): {
    readable: ReadableStream<EncodedFrame>;
    writable: WritableStream<EncodedFrame>;
  };
}

interface Track {
  sid: string;
  participantSid: string;
  mime: string;
  seen: number;
  cut: number;
  kept: number;
  bytes: number;
  /** Frames below this number are kept whole because `attend` was called. */
  attendedTo: number;
}

interface Kept {
  sid: string;
  /** The frame's number in its track, from 0. */
  n: number;
  key: boolean;
  rtp: number;
  ssrc: number;
  at: number;
  /** base64 of the whole frame; of its end only if `size` is greater. */
  data: string;
  size: number;
}

/** LiveKit's description of a track. The publisher sets `encryption`: it proves nothing. */
interface Described {
  sid: string;
  identity: string;
  kind: string;
  source: string;
  mime: string;
  encryption: number | null;
}

type Notified = Window & { __sfuTapNews?: (json: string) => void };

const tracks = new Map<string, Track>();
const described = new Map<string, Described>();
const current = new Map<RTCRtpReceiver, string | null>();
/** With one peer connection, frames arrive on a spare transceiver before the offer names them. */
const unnamed = new Map<RTCRtpReceiver, (EncodedFrame & { at: number })[]>();
let waiting: Kept[] = [];
let tails = 0;
let leftOut = 0;
let seen = 0;
let ended: string | null = null;
let telling = false;

function tell(): void {
  if (telling) return;
  telling = true;
  setTimeout(() => {
    telling = false;
    (window as Notified).__sfuTapNews?.(JSON.stringify(seen));
  }, TELL_EVERY_MS);
}

function base64(bytes: Uint8Array): string {
  return (bytes as Uint8Array & { toBase64(): string }).toBase64();
}

function keep(sid: string, frame: EncodedFrame, at = Date.now()): void {
  const track = tracks.get(sid);
  if (!track) return;
  const meta = frame.getMetadata();
  const data = new Uint8Array(frame.data);
  const n = track.seen++;
  seen++;
  track.mime ||= meta.mimeType ?? '';
  const fits =
    data.length <= LIMITS.bytesOfFrame && track.bytes + data.length <= LIMITS.bytesOfTrack;
  if (!fits) track.cut++;
  const attended =
    n < track.attendedTo && track.kept < LIMITS.inARow + LIMITS.sampled + LIMITS.mostAttended;
  const wanted =
    n < LIMITS.inARow ||
    attended ||
    (track.kept < LIMITS.inARow + LIMITS.sampled &&
      (n % LIMITS.every === 0 || frame.type === 'key'));
  const whole = fits && wanted;
  if (!whole && tails >= LIMITS.tails) {
    leftOut++;
    return;
  }
  if (whole) {
    track.kept++;
    track.bytes += data.length;
  } else {
    tails++;
  }
  waiting.push({
    sid,
    n,
    key: frame.type === 'key',
    rtp: meta.rtpTimestamp ?? frame.timestamp ?? 0,
    ssrc: meta.synchronizationSource ?? 0,
    at,
    data: base64(whole ? data : data.subarray(-TAIL_BYTES)),
    size: data.length,
  });
  tell();
}

function isName(sid: string): boolean {
  return sid.startsWith('TR');
}

/** Keeps the frame, now or once its track is named. The caller passes `frame` on to a decoder. */
function receive(receiver: RTCRtpReceiver, frame: EncodedFrame): void {
  const sid = current.get(receiver);
  if (!sid) return;
  const early = unnamed.get(receiver);
  if (!early) {
    keep(sid, frame);
    return;
  }
  if (!early.length) setTimeout(() => name(receiver), NAMED_WITHIN_MS);
  const { data, type, timestamp } = frame;
  const meta = frame.getMetadata();
  early.push({ data, type, timestamp, at: Date.now(), getMetadata: () => meta });
  if (early.length >= LIMITS.unnamed) name(receiver);
}

/** Assigns the frames that arrived before the track was named. */
function name(receiver: RTCRtpReceiver): void {
  const sid = current.get(receiver);
  const early = unnamed.get(receiver) ?? [];
  unnamed.delete(receiver);
  if (sid) for (const frame of early) keep(sid, frame, frame.at);
}

/** LiveKit puts the track's name into the id of its stream: "participant|track". */
function owner(event: RTCTrackEvent): Track | null {
  const [participantSid = '', stream = ''] = (event.streams[0]?.id ?? '').split('|');
  const sid = isName(stream) ? stream : event.track.id;
  const known = tracks.get(sid);
  if (known) return known;
  if (tracks.size >= LIMITS.tracks) return null;
  const track = {
    sid,
    participantSid,
    mime: '',
    seen: 0,
    cut: 0,
    kept: 0,
    bytes: 0,
    attendedTo: 0,
  };
  tracks.set(sid, track);
  return track;
}

function listen(event: RTCTrackEvent): void {
  const receiver = event.receiver as EncodedReceiver;
  const known = current.has(receiver);
  const sid = owner(event)?.sid ?? null;
  current.set(receiver, sid);
  if (sid && isName(sid)) {
    name(receiver);
  } else if (!unnamed.has(receiver)) {
    unnamed.set(receiver, []);
  }
  if (known) return; // LiveKit reuses a transceiver for a later track
  const { readable, writable } = receiver.createEncodedStreams();
  const writer = writable.getWriter();
  const sink = new WritableStream<EncodedFrame>({
    write(frame) {
      const mime = frame.getMetadata().mimeType?.toLowerCase();
      receive(receiver, frame);
      if (mime !== 'video/vp8') return;
      frame.data = DECOY.buffer.slice(0);
      writer.write(frame).catch(() => {});
    },
  });
  readable.pipeTo(sink).catch(() => {});
}

type Insertable = RTCConfiguration & { encodedInsertableStreams?: boolean };

const Native = window.RTCPeerConnection;
window.RTCPeerConnection = class extends Native {
  constructor(configuration?: RTCConfiguration) {
    const insertable: Insertable = { ...configuration, encodedInsertableStreams: true };
    super(insertable);
    this.addEventListener('track', listen);
  }
  override setConfiguration(configuration?: RTCConfiguration): void {
    const insertable: Insertable = { ...configuration, encodedInsertableStreams: true };
    super.setConfiguration(insertable);
  }
  override setRemoteDescription(description: RTCSessionDescriptionInit): Promise<void> {
    return super.setRemoteDescription(withPacketLength(description));
  }
};

for (const name of Object.values(LoggerNames)) getLogger(name).setDefaultLevel('error');

stopPlaybackPolling();
const room = new Room({ adaptiveStream: false, dynacast: false });

function note(publication: RemoteTrackPublication, identity: string): void {
  if (described.size >= LIMITS.tracks && !described.has(publication.trackSid)) return;
  described.set(publication.trackSid, {
    sid: publication.trackSid,
    identity,
    kind: publication.kind,
    source: publication.source,
    mime: publication.mimeType ?? '',
    encryption: publication.trackInfo?.encryption ?? null,
  });
  tell();
}

function forget(publication: RemoteTrackPublication): void {
  for (const [receiver, sid] of current) {
    if (sid === publication.trackSid) current.set(receiver, null);
  }
}

room
  .on(RoomEvent.TrackPublished, (publication, person) => note(publication, person.identity))
  .on(RoomEvent.TrackSubscribed, (_track, publication, person) =>
    note(publication, person.identity),
  )
  .on(RoomEvent.TrackUnsubscribed, (_track, publication) => forget(publication))
  .on(RoomEvent.TrackUnpublished, (publication) => forget(publication))
  .on(RoomEvent.Disconnected, (reason) => {
    ended = `disconnected (${reason ?? 'no reason'})`;
    tell();
  });

const sfuTap = {
  cryptorSpeed,
  replay,
  /** Connects; returns the trailer of server-injected frames as base64. */
  async start(url: string, token: string): Promise<{ sif: string }> {
    await room.connect(url, token, { autoSubscribe: true });
    for (const person of room.remoteParticipants.values()) {
      for (const publication of person.trackPublications.values())
        note(publication, person.identity);
    }
    const sif = room.engine.latestJoinResponse?.sifTrailer ?? new Uint8Array();
    return { sif: base64(sif) };
  },
  /** Keeps the next frames of each track whole; called before a change in the room. */
  attend(): void {
    for (const track of tracks.values()) track.attendedTo = track.seen + LIMITS.attended;
  },
  /** The frames since the last call, oldest first; `more` is true if others remain. */
  take() {
    let size = 0;
    let count = 0;
    while (count < waiting.length && size < LIMITS.batch)
      size += (waiting[count++]?.data.length ?? 0) + 64;
    const frames = waiting.slice(0, count);
    waiting = waiting.slice(count);
    return {
      frames,
      more: waiting.length > 0,
      // LiveKit prepares spare transceivers; they are no tracks until frames arrive.
      tracks: [...tracks.values()].filter((track) => track.seen > 0),
      said: [...described.values()],
      leftOut,
      ended: room.state === ConnectionState.Disconnected ? (ended ?? 'not connected') : null,
    };
  },
  async leave(): Promise<void> {
    await room.disconnect(true);
  },
};

Object.defineProperty(window, 'sfuTap', { value: sfuTap });
