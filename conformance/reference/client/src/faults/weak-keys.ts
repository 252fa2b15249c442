/** The keys are derived with too few rounds, from wrong inputs, or not at all. */
import { pbkdf2 } from '../crypto/keys';
import { me } from '../state';
import type { Fault } from './fault';

const CONSTANT_SALT = 'plug-n-meet-e2ee-salt';
/** livekit-client's salt for the derivation of frame keys. */
const LIVEKIT_SALT = 'LKFrameEncryptionKey';

function saltOfTheRoom(wanted: 'media' | 'data'): Fault {
  return () => ({
    onDerivation: (inputs, { purpose, place }) =>
      purpose === wanted ? { ...inputs, salt: place.roomId } : inputs,
  });
}

export const mediaKeyOfTheRoom = saltOfTheRoom('media');

export const dataKeyOfTheRoom = saltOfTheRoom('data');

export const saltCut: Fault = (_session, drawn) => ({
  onDerivation: (inputs) => ({
    ...inputs,
    salt: inputs.salt.slice(0, drawn.number('characters')),
  }),
});

/** Must come after the other changes of the salt: the constant is used whole. */
export const dataKeyWithoutSession: Fault = () => ({
  onDerivation: (inputs, { purpose }) =>
    purpose === 'data' ? { ...inputs, salt: CONSTANT_SALT } : inputs,
});

/** Must come after the other changes of the salt: what they leave is still different for each. */
export const keyOfThePerson: Fault = () => ({
  onDerivation: (inputs) => ({ ...inputs, salt: `${inputs.salt} ${me.value.userId}` }),
});

export const fewRounds: Fault = (_session, drawn) => ({
  onDerivation: (inputs) => ({ ...inputs, rounds: drawn.number('rounds') }),
});

export const dataKeyFromMediaKey: Fault = () => ({
  onKeys: async (keys, { derivation: { rounds } }) => ({
    ...keys,
    data: await pbkdf2({ secret: keys.media, salt: LIVEKIT_SALT, rounds, bits: 128 }),
  }),
});

export const dataKeyIsHash: Fault = () => ({
  onKeys: async (keys, { derivation: { secret } }) => {
    const hash = await crypto.subtle.digest('SHA-256', new TextEncoder().encode(secret));
    return { ...keys, data: new Uint8Array(hash) };
  },
});

/** Must come after `dataKeyFromMediaKey`, which uses the derived media key. */
export const mediaKeyIsSecret: Fault = () => ({
  onKeys: (keys, { secret }) => ({ ...keys, media: secret }),
});
