/**
 * One's own tracks: each is encrypted from its first frame to its last. There is nothing to do
 * for it; here is asked what may go wrong on the way, and a broken rule lets it.
 */
import {
  type Participant,
  type Room,
  RoomEvent,
  Track,
  type TrackPublication,
} from 'livekit-client';
import { videoCodec } from './media/codec';
import { keeps } from './rules';
import * as state from './state';

/** How long a track is in clear where it is not encrypted from its first frame. */
const FIRST_FRAMES_MS = 1000;

/** Follows the tracks of `room`, whose cryptor is in `worker`. */
export function keepEncrypted(room: Room, worker: Worker): void {
  const local = room.localParticipant;
  const tell = (kind: string, publication: TrackPublication, whose: Participant = local) => {
    const data = {
      participantIdentity: whose.identity,
      trackId: publication.track?.mediaStreamID,
      codec: 'vp8',
    };
    worker.postMessage({ kind, data });
  };
  /** From now on the cryptor passes the track on as it is. */
  const uncover = (publication: TrackPublication, whose?: Participant) =>
    tell('removeTransform', publication, whose);
  /** Naming the track to the cryptor is enough to have it encrypt again. */
  const cover = (publication: TrackPublication) => tell('updateCodec', publication);
  const uncoverAll = () => {
    for (const publication of local.trackPublications.values()) uncover(publication);
  };

  const hidesScreens = keeps('screen-encrypted');
  room
    .on(RoomEvent.TrackSubscribed, (_track, publication, whose) => {
      if (!hidesScreens && isOf(publication, Track.Source.ScreenShare)) uncover(publication, whose);
      if (!keeps('every-codec-encrypted') && isH264(publication)) uncover(publication, whose);
    })
    .on(RoomEvent.LocalTrackPublished, (publication) => {
      if (!hidesScreens && isOf(publication, Track.Source.ScreenShare)) uncover(publication);
      if (!keeps('microphone-encrypted') && isOf(publication, Track.Source.Microphone)) {
        if (state.me.value.isAdmin) uncover(publication);
      }
      if (isOf(publication, Track.Source.Camera)) {
        if (videoCodec === 'h264' && !keeps('every-codec-encrypted')) uncover(publication);
        if (videoCodec === 'av1' && !keeps('unsealable-codec-stays')) uncover(publication);
      }
      if (!keeps('latecomers-encrypt') && room.remoteParticipants.size > 0) uncover(publication);
      if (!keeps('encrypted-from-the-first-frame')) {
        uncover(publication);
        setTimeout(() => cover(publication), FIRST_FRAMES_MS);
      }
    })
    .on(RoomEvent.TrackUnmuted, (publication, participant) => {
      if (participant.isLocal && !keeps('encrypted-after-muting')) uncover(publication);
    })
    .on(RoomEvent.ActiveDeviceChanged, () => {
      if (!keeps('encrypted-after-a-device-change')) uncoverAll();
    })
    .on(RoomEvent.Reconnected, () => {
      if (!keeps('encrypted-after-a-reconnect')) uncoverAll();
    });
}

export function isH264(publication: TrackPublication): boolean {
  return publication.mimeType?.toLowerCase() === 'video/h264';
}

function isOf(publication: TrackPublication, source: Track.Source): boolean {
  return publication.source === source;
}
