/**
 * Publishes recorded frames unchanged, as the participant that the token names.
 *
 * The browser encodes a picture and a tone as usual. After the encoder, the bytes of each frame are
 * replaced by recorded ones (WebRTC Encoded Transform), before they become packets.
 */
import { Room, Track } from 'livekit-client';

export interface RecordedTrack {
  kind: 'audio' | 'camera';
  /** The length of a packet of sound, in ticks of 48 kHz. */
  ticks: number;
  /** Whether the track is announced as encrypted, so that receivers try to decrypt it. */
  encrypted: boolean;
  /** In the order in which the SFU forwarded them; `data` is base64. */
  frames: { data: string; key: boolean }[];
}

interface EncodedFrame {
  data: ArrayBuffer;
  readonly type?: 'key' | 'delta' | 'empty' | undefined;
  readonly timestamp?: number | undefined;
}

interface EncodedSender extends RTCRtpSender {
  createEncodedStreams(): {
    readable: ReadableStream<EncodedFrame>;
    writable: WritableStream<EncodedFrame>;
  };
}

const FRAMES_PER_SECOND = 10;
/** The length of the encoder's own packets of sound, in ticks of 48 kHz: 20 ms. */
const ENCODER_TICKS = 960;

/** In ms; undefined leaves the encoder's. */
let packetLength: number | undefined;

/** The SFU's description, with a request for packets that are short enough (RFC 8866, `ptime`). */
export function withPacketLength(
  description: RTCSessionDescriptionInit,
): RTCSessionDescriptionInit {
  if (packetLength === undefined || !description.sdp) return description;
  const line = `$1\r\na=ptime:${packetLength}`;
  const sdp = description.sdp.replace(/^(a=rtpmap:\d+ opus\/48000[^\r\n]*)/gim, line);
  return { type: description.type, sdp };
}

function picture(): MediaStreamTrack {
  const canvas = document.createElement('canvas');
  [canvas.width, canvas.height] = [320, 180];
  const context = canvas.getContext('2d');
  let count = 0;
  setInterval(() => {
    if (!context) return;
    context.fillStyle = count++ % 2 ? '#345' : '#354';
    context.fillRect(0, 0, canvas.width, canvas.height);
  }, 1000 / FRAMES_PER_SECOND);
  const [track] = canvas.captureStream(FRAMES_PER_SECOND).getVideoTracks();
  if (!track) throw new Error('the canvas has no video track');
  return track;
}

function tone(): MediaStreamTrack {
  const context = new AudioContext();
  const oscillator = context.createOscillator();
  const destination = context.createMediaStreamDestination();
  oscillator.connect(destination);
  oscillator.start();
  const [track] = destination.stream.getAudioTracks();
  if (!track) throw new Error('the audio context has no audio track');
  return track;
}

function bytes(data: string): ArrayBuffer {
  return Uint8Array.from(atob(data), (character) => character.charCodeAt(0)).buffer;
}

/**
 * Sends the recorded frames in order, in a loop. A key frame of the encoder restarts the loop. A
 * recorded packet of sound takes the place of as many of the encoder's as it is long.
 */
function replaceFrames(sender: EncodedSender, recorded: RecordedTrack): void {
  const first = Math.max(
    0,
    recorded.frames.findIndex(({ key }) => key),
  );
  let next = first;
  let due: number | undefined;
  /** Whether the recorded packet before this frame still lasts. */
  const isEarly = ({ timestamp: at }: EncodedFrame) => {
    if (!recorded.ticks || recorded.ticks === ENCODER_TICKS || at === undefined) return false;
    const late = due === undefined ? 0 : (at - due) | 0;
    if (late < 0 && late >= -recorded.ticks) return true;
    due = (late > recorded.ticks ? at : at - Math.max(late, 0)) + recorded.ticks;
    return false;
  };
  const { readable, writable } = sender.createEncodedStreams();
  const transform = new TransformStream<EncodedFrame, EncodedFrame>({
    transform(frame, controller) {
      if (isEarly(frame)) return;
      if (frame.type === 'key' || next >= recorded.frames.length) next = first;
      const one = recorded.frames[next++];
      if (!one) return;
      frame.data = bytes(one.data);
      controller.enqueue(frame);
    },
  });
  readable
    .pipeThrough(transform)
    .pipeTo(writable)
    .catch(() => {});
}

/** livekit.Encryption.Type (livekit_models.proto). */
const ENCRYPTION = { none: 0, gcm: 1 };

/** What publishTrack announces (livekit-client 2.21.0, LocalParticipant.ts, private). */
interface Announcing {
  encryptionType: number;
}

export async function replay(url: string, token: string, tracks: RecordedTrack[]): Promise<void> {
  const short = tracks.some(({ ticks }) => ticks > 0 && ticks < ENCODER_TICKS);
  packetLength = short ? 10 : undefined;
  const room = new Room({ adaptiveStream: false, dynacast: false });
  await room.connect(url, token, { autoSubscribe: false });
  const announcing = room.localParticipant as unknown as Announcing;
  for (const recorded of tracks) {
    announcing.encryptionType = recorded.encrypted ? ENCRYPTION.gcm : ENCRYPTION.none;
    const camera = recorded.kind === 'camera';
    const { track } = await room.localParticipant.publishTrack(camera ? picture() : tone(), {
      source: camera ? Track.Source.Camera : Track.Source.Microphone,
      simulcast: false,
      videoCodec: 'vp8',
      red: false,
      dtx: false,
    });
    if (!track?.sender) throw new Error(`the ${recorded.kind} track was not published`);
    replaceFrames(track.sender as EncodedSender, recorded);
  }
}
