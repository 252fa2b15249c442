/** Habits of this client that no requirement asks for: a sound client may do otherwise. */
import type { ScalabilityMode } from 'livekit-client';
import { videoCodec } from '../media/codec';
import type { Fault } from './fault';

export const severalLayers: Fault = () => ({
  onPublish: (options) => ({ ...options, simulcast: true }),
});

export const spatialLayers: Fault = (_session, drawn) => ({
  onPublish: (options) =>
    videoCodec === 'vp9'
      ? { ...options, scalabilityMode: drawn.text('mode') as ScalabilityMode }
      : options,
});

export const pausesInStereo: Fault = () => ({
  onPublish: (options) => ({
    ...options,
    dtx: true,
    forceStereo: true,
    audioPreset: { maxBitrate: 96_000 },
  }),
});

/** Without the deprecated form that takes functions. */
interface Described {
  setRemoteDescription(description: RTCSessionDescriptionInit): Promise<void>;
}

/** The other side asks for the length of packets (RFC 7587, section 7): here, its description. */
export const packetsOfAnotherLength: Fault = (_session, drawn) => {
  const ms = drawn.text('ms');
  const proto = RTCPeerConnection.prototype as Described;
  // eslint-disable-next-line @typescript-eslint/unbound-method -- it is called with its connection
  const { setRemoteDescription } = proto;
  proto.setRemoteDescription = function (
    this: RTCPeerConnection,
    description: RTCSessionDescriptionInit,
  ) {
    const sdp = (description.sdp ?? '')
      .replace(/a=(max)?ptime:.*\r\n/g, '')
      .replace(/(m=audio.*\r\n(?:(?!m=).*\r\n)*)/g, `$1a=ptime:${ms}\r\n`);
    return setRemoteDescription.call(this, { type: description.type, sdp });
  };
  return {};
};
