/** The page asks for the secret in the wrong rooms, or offers no way on without one. */
import type { Fault } from './fault';

export const neverAsksByItself: Fault = () => ({
  onPrompt: (ask, { needed }) => (needed ? null : ask),
});

export const asksInEveryRoom: Fault = () => ({
  onPrompt: (honest, { needed, ask }) => (needed ? honest : ask),
});

export const noWayOnWithoutSecret: Fault = () => ({
  onShown: (shown, what) => shown && what !== 'button to continue without a secret',
});
