/** The page asks for the secret where it must not, or sends before the answer. */
import { kind } from '../state';
import type { Fault } from './fault';

/** How long after the connection `promptLater` asks. */
const LATER_MS = 11_300;

function whereNoSecretIsNeeded(ask: () => void): Fault {
  return () => ({
    onConnection: ({ moment }) => {
      if (moment === 'media connected' && kind.value !== 'zero-knowledge') ask();
    },
  });
}

export const promptAsBrowserDialog = whereNoSecretIsNeeded(() => {
  setTimeout(() => window.prompt('What is the word of today?'), 0);
});

export const promptLater = whereNoSecretIsNeeded(() => {
  setTimeout(() => {
    const dialog = document.createElement('dialog');
    dialog.innerHTML = '<label>Shared secret <input type="text" /></label>';
    document.body.append(dialog);
    dialog.show();
  }, LATER_MS);
});

/** A test of the connection, before the answer: the camera's picture goes out in clear. */
export const mediaBeforeTheAnswer: Fault = () => ({
  onPrompt: (ask) =>
    ask &&
    (() => {
      void tryConnection();
      return ask();
    }),
});

async function tryConnection(): Promise<void> {
  const camera = await navigator.mediaDevices.getUserMedia({ video: true });
  const [sender, receiver] = [new RTCPeerConnection(), new RTCPeerConnection()];
  sender.onicecandidate = ({ candidate }) =>
    void (candidate && receiver.addIceCandidate(candidate));
  receiver.onicecandidate = ({ candidate }) =>
    void (candidate && sender.addIceCandidate(candidate));
  for (const track of camera.getTracks()) sender.addTrack(track, camera);
  const offer = await sender.createOffer();
  await sender.setLocalDescription(offer);
  await receiver.setRemoteDescription(offer);
  const answer = await receiver.createAnswer();
  await receiver.setLocalDescription(answer);
  await sender.setRemoteDescription(answer);
}
