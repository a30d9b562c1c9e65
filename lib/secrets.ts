/** What is secret in a run, and how text is masked. */

import type { Env } from "./sourced.ts";
import { BEARER_TOKEN, SECRET_NAMES } from "./variables.ts";

/** No AWS secret is shorter, and a shorter value would match ordinary text. */
const SHORTEST = 16;

/** Every JSON Web Token starts with the base64 of `{"`: https://www.rfc-editor.org/rfc/rfc7519 */
const TOKEN = /\beyJ[\w-]{12,}(?:\.[\w-]*)*/g;

/** An MFA code is six digits. */
const CODE = /^\d{6}$/;

/** The secrets of one run. The set grows as tokens are read and sessions are issued. */
export class Secrets {
  readonly #secrets = new Set<string>();
  readonly #codes = new Set<string>();

  /** Adds the secrets of an environment. */
  addEnv(env: Env): void {
    for (const name of [...SECRET_NAMES, ...Object.keys(env).filter((name) => BEARER_TOKEN.test(name))]) {
      this.add(env[name]);
    }
  }

  /** Adds a secret or an MFA code; ignores a value that is too short to be one. */
  add(secret: string | undefined): void {
    if (secret === undefined) return;
    // Authenticator apps show a code as "123 456"; STS gets it without the space.
    const code = secret.replaceAll(" ", "");
    if (CODE.test(code)) this.#codes.add(code).add(secret);
    if (secret.length >= SHORTEST) this.#secrets.add(secret);
  }

  /**
   * Replaces every secret with `***`, even a truncated or base64-encoded one. The last line of defense: users put
   * secrets where they do not belong, and messages truncate long values. JSON Web Tokens are masked without having been
   * added.
   */
  readonly hide = (text: string): string => {
    let hidden = text;
    for (const secret of this.#secrets) {
      hidden = hideSecret(hidden, secret);
      for (const encoded of base64Forms(secret)) hidden = hideSecret(hidden, encoded);
    }
    // Not inside a longer number, such as an account ID.
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

/** The part of the secret's base64 that does not depend on the bytes around it, for each of the three alignments. */
function base64Forms(secret: string): readonly string[] {
  const bytes = new TextEncoder().encode(secret);
  return [0, 1, 2].flatMap((shift) => {
    const padded = new Uint8Array([...new Uint8Array(shift), ...bytes]);
    const text = padded.toBase64({ omitPadding: true });
    // The first one or two characters also hold bits of the preceding byte, the last one bits of the following byte.
    const own = text.slice(shift === 0 ? 0 : shift + 1, padded.length % 3 === 0 ? undefined : -1);
    const url = own.replaceAll("+", "-").replaceAll("/", "_");
    return url === own ? [own] : [own, url];
  });
}

/** The length of the common prefix. */
function commonLength(one: string, other: string): number {
  let length = 0;
  while (length < one.length && one[length] === other[length]) length++;
  return length;
}
