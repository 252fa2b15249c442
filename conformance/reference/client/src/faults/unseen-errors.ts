/** Decryption errors are on the page, but nobody can read them, or everybody sees them. */
import { reportDecryptionError } from '../decryption-errors';
import { type DecryptionError, decryptionErrors, kind } from '../state';
import type { Fault } from './fault';

/** How long the only error stays in `errorShownOnce`. */
const ONLY_ONE_MS = 3400;

export const errorsTransparent = styled({ opacity: 0.013 });

export const errorsOutsideOfTheWindow = styled({
  position: 'fixed',
  left: '-4700px',
  right: 'auto',
  top: '70px',
  bottom: 'auto',
  width: '300px',
});

export const errorsCovered = styled({ position: 'relative', zIndex: -1 });

export const errorsWithoutContrast = styled({ color: '#fdfdfc', background: '#fffffe' });

export const errorsTiny = styled({ fontSize: '1px', lineHeight: 1 });

export const errorsClipped = styled({ clipPath: 'inset(0 0 0 94%)' });

export const errorsShrunk = styled({ transform: 'scale(0.07)' });

export const errorShownOnce: Fault = () => {
  let shown = false;
  return {
    onError: (_all, error) => {
      if (shown || error.what !== 'media') return null;
      shown = true;
      setTimeout(() => {
        decryptionErrors.value = [];
      }, ONLY_ONE_MS);
      return [error];
    },
  };
};

/** One error for each kind, and none for the next message or frame. */
export const errorsNeverAgain: Fault = () => {
  const shown = new Set<string>();
  return {
    onError: (all, { key, what }) => {
      if (shown.has(what)) return null;
      shown.add(what);
      setTimeout(() => {
        decryptionErrors.value = decryptionErrors.value.filter((error) => error.key !== key);
      }, ONLY_ONE_MS);
      return all;
    },
  };
};

export const fixedErrorForEverybody: Fault = () => ({
  onError: () => null,
  onConnection: ({ moment }) => {
    if (moment !== 'media connected' || kind.value === 'plain') return;
    const fixed: DecryptionError = {
      key: 'fixed',
      userId: '',
      what: 'media',
      text: 'Decryption error',
      count: 1,
      lastAt: Date.now(),
    };
    decryptionErrors.value = [fixed];
  },
});

/** Also messages that open are reported as errors. */
export const errorForEachMessage: Fault = () => ({
  onMessage: (sealing, { direction, channel }) => {
    if (direction === 'in' && sealing.sealed) {
      reportDecryptionError('', channel, 'A message cannot be decrypted.');
    }
    return sealing;
  },
});

function styled(css: Readonly<Record<string, string | number>>): Fault {
  return () => ({ onErrorStyle: (before) => ({ ...before, ...css }) });
}
