/** Repeatable randomness: a seed gives the same choices on every machine. */

/** Choices made from a seed. */
export class Random {
  #state: number;

  constructor(seed: number) {
    this.#state = seed >>> 0;
  }

  /** 0 to below 1. Mulberry32, by Tommy Ettinger, in the public domain. */
  next(): number {
    this.#state = (this.#state + 0x6d2b79f5) >>> 0;
    let t = this.#state;
    t = Math.imul(t ^ (t >>> 15), t | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  }

  /** 0 to below `limit`. */
  below(limit: number): number {
    return Math.floor(this.next() * limit);
  }

  chance(probability: number): boolean {
    return this.next() < probability;
  }

  pick<Value>(values: readonly [Value, ...(readonly Value[])]): Value {
    return values[this.below(values.length)] ?? values[0];
  }

  /** Up to `most` of what `make` makes. */
  some<Value>(most: number, make: () => Value): Value[] {
    return Array.from({ length: this.below(most + 1) }, make);
  }

  /** Any text without NUL, which no argument and no variable can hold. */
  text(most = 12): string {
    const letter = () => this.pick(LETTERS[this.below(LETTERS.length)] ?? ["x"]);
    return this.some(most, letter).join("");
  }
}

const LETTERS: readonly (readonly [string, ...string[]])[] = [
  ["a", "b", "Z", "0", "9", "_", "-", ".", ",", "@", "+", "="],
  ["/", ":", "\\", "'", '"', "`", "$", "{", "}", "[", "]", "(", "%", "*", "?", "#", "!", "&", "|", ";", "<", "~"],
  [" ", "\n", "\r", "\t", "\x01", "\x07", "\x1b", "\x1b[2J", "\x7f", "\u0085", "\u009b"],
  ["\u202e", "\u2028", "\u200f", "\u2066", "\ufeff", "\ufffd", "é", "日", "🚀", "e\u0301", "İ", "ß"],
];
