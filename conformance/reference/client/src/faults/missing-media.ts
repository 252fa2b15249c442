/** Media that the room's other participants send is not shown. */
import { isH264, passUnchanged } from './clear-tracks';
import type { Fault } from './fault';

export const h264NotRequested: Fault = () => ({
  onSubscribe: (subscribes, { publication }) => subscribes && !isH264(publication),
});

export const earlierTracksNotRequested: Fault = () => ({
  onSubscribe: (subscribes, { before, encrypts }) => subscribes && !(before && encrypts),
});

export const randomKeyAfterReconnect: Fault = () => ({
  onConnection: (event) => {
    if (event.moment === 'media reconnected') void event.keyProvider?.setKey(crypto.randomUUID());
  },
});

/** The worker no longer decrypts the track, and the decoder gets ciphertext. */
export const blindAfterUnmuting: Fault = () => ({
  onTrack: (event) => {
    if (event.moment === 'unmuted' && !event.participant.isLocal) passUnchanged(event);
  },
});
