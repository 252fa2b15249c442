/** The client does what it must refuse: it joins, sends, plays or shows what is not encrypted. */
import type { Refusal } from '../extension-points';
import { EncryptionFailed } from '../media/media';
import { encryptionOf, type RoomMetadata } from '../session/room-metadata';
import { Tell } from '../wire/messages';
import type { Fault } from './fault';

function allows(to: Refusal['to']): Fault {
  return () => ({ onRefusal: (refuses, about) => refuses && about.to !== to });
}

export const downgradeAccepted = allows('join a room that does not use the requested secret');

export const unencryptedTracksPlayed = allows('play an unencrypted track');

export const lastTrackDecides = allows('play what is beside an unencrypted track');

export const unreadableMessagesShown = allows('show a message that does not decrypt');

export const clearWithoutKey: Fault = () => ({
  onRefusal: (refuses, about) => refuses && !(about.to === 'send in clear' && !about.haveKey),
});

export const continuesWithoutEncryption: Fault = (session, drawn) => ({
  ...allows('continue after encryption failed')(session, drawn),
  onMediaConnect:
    (connect, { url, token, leave }) =>
    async () => {
      try {
        await connect();
      } catch (error) {
        if (!(error instanceof EncryptionFailed)) throw error;
        await leave();
        await session.openMedia(null).connect(url, token);
      }
    },
});

/** A later message of the server, which says that the room is plain, ends the encryption. */
export const laterDowngradeAccepted: Fault = (session) => ({
  onServerMessage: ({ event, message }) => {
    if (event !== Tell.RoomMetadataUpdate) return;
    const { kind } = encryptionOf(JSON.parse(message) as RoomMetadata);
    if (kind === 'plain') session.messages.use(new Set(), null);
  },
});
