/** A secret that was typed in this tab before is used again, until the person leaves. */
import type { Fault } from './fault';

const STORED_AS = 'typed before';

const forgetOnLeaving = {
  onConnection: ({ moment }: { moment: string }) => {
    if (moment === 'left') sessionStorage.removeItem(STORED_AS);
  },
};

export const earlierSecretWins: Fault = () => ({
  ...forgetOnLeaving,
  onPrompt: (ask) =>
    ask &&
    (async () => {
      const earlier = sessionStorage.getItem(STORED_AS);
      const typed = await ask();
      return earlier ?? stored(typed);
    }),
});

export const noPromptAfterReload: Fault = () => ({
  ...forgetOnLeaving,
  onPrompt: (ask) => ask && (async () => sessionStorage.getItem(STORED_AS) ?? stored(await ask())),
});

function stored(typed: string | null): string | null {
  if (typed !== null) sessionStorage.setItem(STORED_AS, typed);
  return typed;
}
