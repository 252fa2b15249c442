/** Decryption errors, or the reasons of disabled buttons, are hidden; or an error ends the meeting. */
import { decryptionErrors, kind, tiles } from '../state';
import type { Fault } from './fault';

/** Errors are shown only for participants that come later. */
export const newcomersSeeNoErrors: Fault = () => {
  let earlier: ReadonlySet<string> = new Set();
  return {
    onConnection: (event) => {
      if (event.moment === 'media connected') earlier = new Set(event.others);
    },
    onError: (all, { userId }) => (!userId || earlier.has(userId) ? null : all),
  };
};

export const errorsInConsole: Fault = () => ({
  onError: (all, { text }) => {
    if (all) console.error(text);
    return null;
  },
});

export const errorsShownBriefly: Fault = (_session, drawn) => {
  const shown = new Set<string>();
  return {
    onError: (all, { key }) => {
      if (!all || shown.has(key)) return null;
      shown.add(key);
      setTimeout(() => {
        decryptionErrors.value = decryptionErrors.value.filter((error) => error.key !== key);
      }, drawn.number('milliseconds'));
      return all;
    },
  };
};

/** The page leaves when it cannot decrypt the media of most others. */
export const leavesWithWrongKey: Fault = (session) => ({
  onError: (all) => {
    const others = tiles.value.filter((tile) => !tile.isMe).length;
    const undecryptable = all?.filter(({ what }) => what === 'media').length ?? 0;
    if (all && undecryptable * 2 > others) session.end('Disconnected', 'Your secret does not fit.');
    return all;
  },
});

/** Must come after `leavesWithWrongKey`, which needs the errors. */
export const errorsNotShown: Fault = () => ({ onError: () => null });

export const reasonsNotShown: Fault = () => ({
  onShown: (shown, what) => {
    const hides =
      what === 'reason: encrypted room' ||
      what === 'reason: room settings' ||
      what === 'server answer';
    return shown && !(hides && kind.value !== 'plain');
  },
});
