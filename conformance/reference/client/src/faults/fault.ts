/** A fault breaks one rule of `rules/client.toml`: it returns its handlers for the page's session. */
import type { Handlers } from '../extension-points';
import type { Session } from '../session/session';

/** What a rule leaves open (its `draws`), as this run breaks it. */
export class Drawn {
  private readonly values: ReadonlyMap<string, string>;

  /** `words` are written as `name=value,name=value`. */
  constructor(words: string) {
    const pairs = words.split(',').filter(Boolean);
    this.values = new Map(
      pairs.map((pair) => {
        const [name = '', ...rest] = pair.split('=');
        return [name, decodeURIComponent(rest.join('='))];
      }),
    );
  }

  text(name: string): string {
    const value = this.values.get(name);
    if (value === undefined) throw new Error(`The rule is broken without a value of ${name}.`);
    return value;
  }

  number(name: string): number {
    return Number(this.text(name));
  }
}

export type Fault = (session: Session, drawn: Drawn) => Handlers;
