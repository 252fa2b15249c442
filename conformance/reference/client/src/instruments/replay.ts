/**
 * Publishes recorded frames unchanged, as the participant that the token names.
 *
 * The browser encodes a picture and a tone as usual. After the encoder, the bytes of each frame are
 * replaced by recorded ones (WebRTC Encoded Transform), before they become packets.
 */
import { Room, Track } from 'livekit-client';

export interface RecordedTrack {
  kind: 'audio' | 'camera';
  /** In the order in which the SFU forwarded them; `data` is base64. */
  frames: { data: string; key: boolean }[];
}

interface EncodedFrame {
  data: ArrayBuffer;
  readonly type?: 'key' | 'delta' | 'empty' | undefined;
}

interface EncodedSender extends RTCRtpSender {
  createEncodedStreams(): {
    readable: ReadableStream<EncodedFrame>;
    writable: WritableStream<EncodedFrame>;
  };
}

const FRAMES_PER_SECOND = 10;

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

/** Sends the recorded frames in order, in a loop. A key frame of the encoder restarts the loop. */
function replaceFrames(sender: EncodedSender, recorded: RecordedTrack): void {
  const first = Math.max(
    0,
    recorded.frames.findIndex(({ key }) => key),
  );
  let next = first;
  const { readable, writable } = sender.createEncodedStreams();
  const transform = new TransformStream<EncodedFrame, EncodedFrame>({
    transform(frame, controller) {
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

/** With `encrypted`, the tracks are announced as encrypted, so that receivers try to decrypt. */
export async function replay(
  url: string,
  token: string,
  tracks: RecordedTrack[],
  encrypted: boolean,
): Promise<void> {
  const room = new Room({ adaptiveStream: false, dynacast: false });
  await room.connect(url, token, { autoSubscribe: false });
  if (encrypted) await room.localParticipant.setE2EEEnabled(true);
  for (const recorded of tracks) {
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
