import { kind } from '../state';
import { LockIcon } from './icons';

const MEANING = {
  plain: ['Plain', 'Not end-to-end encrypted. The server can see and hear this meeting.'],
  simple: ['Simple', 'End-to-end encrypted. The server gave everyone the secret.'],
  'zero-knowledge': [
    'Zero-knowledge',
    'End-to-end encrypted. Only people with your shared secret can take part.',
  ],
} as const;

/** The room's encryption and its meaning. */
export function Badge() {
  const [name, meaning] = MEANING[kind.value];
  return (
    <p class={`badge ${kind.value}`}>
      <LockIcon open={kind.value === 'plain'} />
      <strong>{name}</strong>
      <span class="meaning">{meaning}</span>
    </p>
  );
}
