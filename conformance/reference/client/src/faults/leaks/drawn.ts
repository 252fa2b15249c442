/** Values that a fault draws anew each time, so that no check can be tuned to one of them. */

/** A whole number from `least` to `most`. */
export function between(least: number, most: number): number {
  return least + Math.floor(Math.random() * (most - least + 1));
}

export function oneOf<Value>(values: readonly [Value, ...Value[]]): Value {
  return values[between(0, values.length - 1)] ?? values[0];
}
