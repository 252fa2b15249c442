import { createLocalTracks, type LocalTrack } from 'livekit-client';
import * as state from '../state';

/** Opens the devices; a notice names a device that is missing or refused. */
export async function openDevices(microphone: boolean, camera: boolean): Promise<LocalTrack[]> {
  if (!microphone && !camera) return [];
  try {
    return await createLocalTracks({
      audio: microphone,
      // Small, because a test machine with two cores draws, encodes and decodes several pictures.
      video: camera && { resolution: { width: 320, height: 180, frameRate: 20 } },
    });
  } catch (error) {
    if (microphone && camera) {
      const each = [openDevices(true, false), openDevices(false, true)];
      return (await Promise.all(each)).flat();
    }
    const which = microphone ? 'microphone' : 'camera';
    const why = error instanceof Error ? error.message : String(error);
    state.notice.value = `Your ${which} cannot be used: ${why}`;
    return [];
  }
}
