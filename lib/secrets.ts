/**
 * What is secret in a run, and how text is kept free of it: the only owner of either.
 *
 * @module
 */

import type { Env } from "./sourced.ts";
import { BEARER_TOKEN, SECRET_NAMES } from "./variables.ts";

/** Shorter values are not secrets of AWS's, and would be found in ordinary words. */
const SHORTEST = 16;

/** A JSON Web Token begins with the base64 of `{"`, wherever it comes from: https://www.rfc-editor.org/rfc/rfc7519 */
const TOKEN = /\beyJ[\w-]{12,}(?:\.[\w-]*)*/g;

/** An MFA code has six digits. */
const CODE = /^\d{6}$/;

/** The secrets of one run. They become more as the run goes on: tokens are read, sessions issued. */
export class Secrets {
  readonly #secrets = new Set<string>();
  readonly #codes = new Set<string>();

  /** The secrets of an environment. */
  addEnv(env: Env): void {
    for (const name of [...SECRET_NAMES, ...Object.keys(env).filter((name) => BEARER_TOKEN.test(name))]) {
      this.add(env[name]);
    }
  }

  /** Another secret, or MFA code. What is too short to be one is passed over. */
  add(secret: string | undefined): void {
    if (secret === undefined) return;
    // Apps show a code with a gap, and STS gets it without.
    const code = secret.replaceAll(" ", "");
    if (CODE.test(code)) this.#codes.add(code).add(secret);
    if (secret.length >= SHORTEST) this.#secrets.add(secret);
  }

  /**
   * The text with every secret replaced by `***`, also one that was cut short or stands there as base64: a last line of defence,
   * since a value may be given where none belongs, and messages cut long values. Web identity tokens need not be known.
   */
  readonly hide = (text: string): string => {
    let hidden = text;
    for (const secret of this.#secrets) {
      hidden = hideSecret(hidden, secret);
      for (const encoded of base64Forms(secret)) hidden = hideSecret(hidden, encoded);
    }
    // Not as a part of a longer number: the digits of an account id may be the same.
    for (const code of this.#codes) hidden = hidden.replace(new RegExp(`(?<!\\d)${code}(?!\\d)`, "g"), "***");
    return hidden.replace(TOKEN, "***");
  };
}

function hideSecret(text: string, secret: string): string {
  const beginning = secret.slice(0, SHORTEST);
  if (beginning.length < SHORTEST) return text;
  const [before = "", ...rest] = text.split(beginning);
  return before +
    rest.map((after) => `***${after.slice(commonLength(after, secret.slice(beginning.length)))}`).join("");
}

/** What of the secret's base64 is the same whatever stands around it: one form for each of the three ways it can begin. */
function base64Forms(secret: string): readonly string[] {
  const bytes = new TextEncoder().encode(secret);
  return [0, 1, 2].flatMap((shift) => {
    const padded = new Uint8Array([...new Uint8Array(shift), ...bytes]);
    const text = padded.toBase64({ omitPadding: true });
    // The first character or two also hold bits of what stands before, the last one of what follows.
    const own = text.slice(shift === 0 ? 0 : shift + 1, padded.length % 3 === 0 ? undefined : -1);
    const url = own.replaceAll("+", "-").replaceAll("/", "_");
    return url === own ? [own] : [own, url];
  });
}

/** How many characters two texts have in common at their beginnings. */
function commonLength(one: string, other: string): number {
  let length = 0;
  while (length < one.length && one[length] === other[length]) length++;
  return length;
}
