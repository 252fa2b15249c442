/**
 * Some tracks are sent in clear although the room is encrypted: the encryption worker is told to
 * pass their frames on unchanged.
 */
import { Track, type TrackPublication } from 'livekit-client';
import type { TrackEvent } from '../extension-points';
import { videoCodec } from '../media/codec';
import { me } from '../state';
import type { Fault } from './fault';

export const publishedInClear: Fault = () => ({
  onRefusal: (refuses, about) =>
    refuses && !(about.to === 'send in clear' && about.what === 'media' && about.haveKey),
});

export const clearScreen = clearIf(
  ({ moment, publication }) =>
    (moment === 'published' || moment === 'received') &&
    publication.source === Track.Source.ScreenShare,
);

export const screenSentInClear = clearIf(
  ({ moment, publication }) =>
    moment === 'published' && publication.source === Track.Source.ScreenShare,
);

export const clearScreenSound = clearIf(
  ({ moment, publication }) =>
    (moment === 'published' || moment === 'received') &&
    publication.source === Track.Source.ScreenShareAudio,
);

export const clearMicrophone = clearIf(
  ({ moment, publication }) =>
    moment === 'published' && publication.source === Track.Source.Microphone && me.value.isAdmin,
);

export const clearAfterMuting = clearIf(
  ({ moment, participant }) => moment === 'unmuted' && participant.isLocal,
);

export const clearAfterDeviceChange = clearIf(({ moment }) => moment === 'device changed');

export const clearAfterReconnect = clearIf(({ moment }) => moment === 'reconnected');

/** The tracks that are published again over new peer connections. */
export const clearAfterNewConnections: Fault = () => {
  let again = false;
  return {
    onConnection: ({ moment }) => {
      if (moment === 'media restarting') again = true;
    },
    onTrack: (event) => {
      if (again && event.moment === 'published') passUnchanged(event);
    },
  };
};

export const clearIfNotFirst = clearIf(
  ({ moment, room }) => moment === 'published' && room.remoteParticipants.size > 0,
);

export const clearH264 = clearIf(
  ({ moment, publication }) =>
    (moment === 'received' && isH264(publication)) ||
    (moment === 'published' && publication.source === Track.Source.Camera && videoCodec === 'h264'),
);

export const clearFirstFrames: Fault = (_session, drawn) => ({
  onTrack: (event) => {
    if (event.moment !== 'published') return;
    passUnchanged(event);
    setTimeout(() => encryptAgain(event), drawn.number('milliseconds'));
  },
});

/** From the second time on. */
function eachTimeAgain(moment: TrackEvent['moment']): Fault {
  return () => {
    const shared = new Set<string>();
    return {
      onTrack: (event) => {
        if (event.moment !== moment || event.publication.source !== Track.Source.ScreenShare)
          return;
        if (shared.has(event.participant.identity)) passUnchanged(event);
        shared.add(event.participant.identity);
      },
    };
  };
}

export const clearWhenSharedAgain = eachTimeAgain('published');

export const unseenWhenSharedAgain = eachTimeAgain('received');

export function isH264(publication: TrackPublication): boolean {
  return publication.mimeType?.toLowerCase() === 'video/h264';
}

function clearIf(applies: (event: TrackEvent) => boolean): Fault {
  return () => ({
    onTrack: (event) => {
      if (applies(event)) passUnchanged(event);
    },
  });
}

export function passUnchanged(event: TrackEvent): void {
  tell('removeTransform', event);
}

/** The worker encrypts a track again as soon as a message names its codec. */
function encryptAgain(event: TrackEvent): void {
  tell('updateCodec', event);
}

function tell(kind: string, { publication, participant, worker }: TrackEvent): void {
  const data = {
    participantIdentity: participant.identity,
    trackId: publication.track?.mediaStreamID,
    codec: 'vp8',
  };
  worker.postMessage({ kind, data });
}
