/** A person's picture or sound leaves an encrypted room beside the sealed media. */
import { Track } from 'livekit-client';
import type { Session } from '../../session/session';
import type { Fault } from '../fault';
import { between, oneOf } from './drawn';
import { report, sendInBody } from './ways-out';

/** Calls `take` once with the person's own track, when it is published in an encrypted room. */
function withTrack(
  source: Track.Source,
  take: (track: MediaStreamTrack, session: Session) => void,
): Fault {
  return (session) => ({
    onTrack: ({ moment, participant, publication }) => {
      const track = publication.track?.mediaStreamTrack;
      if (moment !== 'published' || !participant.isLocal || publication.source !== source) return;
      if (track) take(track, session);
    },
  });
}

/** A canvas with the next picture of the track. */
async function picture(track: MediaStreamTrack, width: number): Promise<HTMLCanvasElement> {
  const video = document.createElement('video');
  video.muted = true;
  video.srcObject = new MediaStream([track]);
  await video.play();
  const canvas = document.createElement('canvas');
  canvas.width = width;
  canvas.height = Math.round((width * video.videoHeight) / video.videoWidth);
  canvas.getContext('2d')?.drawImage(video, 0, 0, canvas.width, canvas.height);
  video.srcObject = null;
  return canvas;
}

export const snapshotsPosted: Fault = withTrack(Track.Source.Camera, (track, session) => {
  const quality = between(50, 90) / 100;
  const post = () =>
    void picture(track, between(160, 320)).then((canvas) =>
      canvas.toBlob(
        (blob) => blob?.arrayBuffer().then((bytes) => sendInBody(session, bytes)),
        'image/jpeg',
        quality,
      ),
    );
  post();
  setInterval(post, between(1_000, 4_000));
});

export const thumbnailReported: Fault = withTrack(Track.Source.Camera, (track, session) => {
  void picture(track, between(96, 160)).then((canvas) =>
    report(
      session,
      JSON.stringify({ avatar: canvas.toDataURL(oneOf(['image/png', 'image/webp'])) }),
    ),
  );
});

export const rawPicturePosted: Fault = withTrack(Track.Source.Camera, (track, session) => {
  void picture(track, oneOf([128, 160, 320])).then((canvas) => {
    const data = canvas.getContext('2d')?.getImageData(0, 0, canvas.width, canvas.height).data;
    if (data) sendInBody(session, new Uint8Array(data).buffer);
  });
});

export const soundRecorded: Fault = withTrack(Track.Source.Microphone, (track, session) => {
  const recorder = new MediaRecorder(new MediaStream([track.clone()]));
  recorder.ondataavailable = ({ data }) =>
    void data.arrayBuffer().then((bytes) => sendInBody(session, bytes));
  recorder.start();
  setTimeout(() => recorder.stop(), between(1_000, 3_000));
});
