/** A fault breaks one rule of `rules/client.toml`: it returns its handlers for the page's session. */
import type { Handlers } from '../extension-points';
import type { Session } from '../session/session';

export type Fault = (session: Session) => Handlers;
