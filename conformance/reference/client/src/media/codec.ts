/** The codec of sent pictures, which the operator chooses in the page's configuration. */
import type { VideoCodec } from 'livekit-client';

const KNOWN: readonly VideoCodec[] = ['vp8', 'vp9', 'h264', 'av1'];

export const videoCodec: VideoCodec =
  KNOWN.find((one) => one === window.plugNmeetConfig?.videoCodec) ?? 'vp8';
