/** Decryption stays on for everybody, whatever a track says about itself. */
import { onRefusal } from '../extension-points';

/** What livekit-client 2.21.0 tells its worker (e2ee/types.ts). */
interface Told {
  readonly kind?: string;
  readonly data?: { readonly enabled?: boolean };
}

/**
 * LiveKit's manager switches decryption for a participant, not for a track: the last publication
 * decides (E2eeManager.ts of 2.21.0). A track that is announced as unencrypted would let the frames
 * of the participant's other tracks pass as they are.
 */
export function decryptEverybody(worker: Worker): void {
  const post = worker.postMessage.bind(worker) as (message: unknown, ...rest: unknown[]) => void;
  worker.postMessage = (message: unknown, ...rest: unknown[]) => {
    const { kind, data } = message as Told;
    const stops = kind === 'enable' && data?.enabled === false;
    if (stops && onRefusal(true, { to: 'stop decrypting somebody' })) return;
    post(message, ...rest);
  };
}
