/**
 * Some frames leave in clear although the track is encrypted: at another time, of another layer or
 * codec, or with clear bytes beside the ciphertext. The constants are drawn for each page.
 */
import { me } from '../../state';
import { videoCodec } from '../../media/codec';
import type { Fault } from '../fault';
import workerUrl from './frame-worker?worker&url';

/** What Chromium adds to senders. */
interface EncodingSender extends RTCRtpSender {
  createEncodedStreams(): { readable: ReadableStream; writable: WritableStream };
}

/** A random number from `least` to `most`. */
const drawn = (least: number, most: number) =>
  String(Math.round(least + Math.random() * (most - least)));

function letThrough(query: Record<string, string>): string {
  return `${workerUrl}?${String(new URLSearchParams(query))}`;
}

/** LiveKit's cryptor cannot encrypt AV1. It gets streams without frames, so it reports no error. */
export const clearAv1: Fault = () => {
  const proto = RTCRtpSender.prototype as EncodingSender;
  // eslint-disable-next-line @typescript-eslint/unbound-method -- it is called with its sender
  const { createEncodedStreams } = proto;
  proto.createEncodedStreams = function (this: EncodingSender) {
    const streams = createEncodedStreams.call(this);
    if (videoCodec !== 'av1' || this.track?.kind !== 'video') return streams;
    void streams.readable.pipeTo(streams.writable);
    return new TransformStream();
  };
  return {};
};

export const clearSecondOfSound: Fault = () => ({
  onCryptor: (url) => {
    if (!me.value.isAdmin) return url;
    const from = Number(drawn(3000, 8000));
    return letThrough({ kind: 'audio', from: String(from), until: String(from + 1000) });
  },
});

/** The SFU forwards nothing that early: nobody has subscribed. */
export const clearFirstMoment: Fault = () => ({
  onCryptor: () => letThrough({ until: drawn(60, 160) }),
});

export const clearSmallerLayers: Fault = () => ({
  onPublish: (options) => ({ ...options, simulcast: true }),
  onCryptor: () => letThrough({ layers: 'smaller' }),
});

export const clearBytesBeside: Fault = () => ({
  onCryptor: (url) =>
    videoCodec === 'h264' ? letThrough({ codec: 'video/h264', beside: drawn(60, 200) }) : url,
});

/** A second peer connection carries the microphone, and nothing encrypts there. */
export const trackBesideTheTransform: Fault = () => ({
  onTrack: ({ moment, publication }) => {
    const track = publication.track?.mediaStreamTrack;
    if (moment === 'published' && track?.kind === 'audio') void sendBeside(track);
  },
});

async function sendBeside(track: MediaStreamTrack): Promise<void> {
  const [here, there] = [new RTCPeerConnection(), new RTCPeerConnection()];
  here.onicecandidate = ({ candidate }) => void there.addIceCandidate(candidate);
  there.onicecandidate = ({ candidate }) => void here.addIceCandidate(candidate);
  here.addTrack(track.clone());
  await here.setLocalDescription();
  if (here.localDescription) await there.setRemoteDescription(here.localDescription);
  await there.setLocalDescription();
  if (there.localDescription) await here.setRemoteDescription(there.localDescription);
}
