/** What is secret in a run, and how text is masked. */

import type { Env } from "./sourced.ts";
import { BEARER_TOKEN, SECRET_NAMES } from "./variables.ts";

/** A secret of this length is masked wherever it stands, even truncated to it. No secret of AWS is shorter. */
const LONG = 16;

/**
 * A shorter one is masked only where it stands alone, and none below this: "test" is a secret key of LocalStack, but also
 * a word. MinIO accepts no secret key that is shorter: https://docs.min.io/
 */
const SHORT = 8;

/** An MFA code is six digits. */
const CODE = /^\d{6}$/;

/** Finds the places of one secret in a text. */
type Find = (text: string) => readonly Range[];

/** Every JSON Web Token starts with the base64 of `{"`: https://www.rfc-editor.org/rfc/rfc7519 */
const JSON_WEB_TOKENS: Find = (text) => matches(text, /\beyJ[\w-]{12,}(?:\.[\w-]*)*/g);

/** From the first character to before the last one. */
type Range = readonly [start: number, end: number];

/** The secrets of one run. The set grows as tokens are read and sessions are issued. */
export class Secrets {
  readonly #finders = new Map<string, Find>();

  /** Adds the secrets of an environment. */
  addEnv(env: Env): void {
    for (const name of [...SECRET_NAMES, ...Object.keys(env).filter((name) => BEARER_TOKEN.test(name))]) {
      this.add(env[name]);
    }
  }

  /** Adds a secret or an MFA code; ignores a value that is too short to be one. */
  add(secret: string | undefined): void {
    if (secret === undefined || this.#finders.has(secret)) return;
    // Authenticator apps show a code as "123 456"; STS gets it without the space.
    const code = secret.replaceAll(" ", "");
    if (CODE.test(code)) {
      for (const form of [code, secret]) this.#finders.set(form, alone(form, "\\d"));
    } else if (secret.length >= SHORT) {
      const isLong = secret.length >= LONG;
      const plain = isLong ? anywhere(secret, LONG) : alone(secret, "[\\p{L}\\p{N}]");
      const encoded = base64Forms(secret).map((form) => anywhere(form, isLong ? LONG : form.length));
      this.#finders.set(secret, (text) => [plain, ...encoded].flatMap((find) => find(text)));
    }
  }

  /**
   * Replaces every secret with `***`, even a truncated one, in base64, percent-encoded, or with the escapes of JSON and of
   * arar's own messages. The last line of defense: users put secrets where they do not belong, messages truncate and
   * services repeat what they were sent. JSON Web Tokens are masked without having been added.
   */
  readonly hide = (text: string): string => {
    const ranges = [...this.#find(text)].sort(([one], [other]) => one - other);
    let [hidden, at] = ["", 0];
    for (const [start, end] of ranges) {
      if (start >= at) hidden += `${text.slice(at, start)}***`;
      at = Math.max(at, end);
    }
    return hidden + text.slice(at);
  };

  /** `depth`: how often a text may be encoded again. */
  #find(text: string, depth = 3): readonly Range[] {
    const found = [...this.#finders.values(), JSON_WEB_TOKENS].flatMap((find) => find(text));
    const parts = depth > 0 && /[%\\]/.test(text) ? [...text.matchAll(ENCODED)].flatMap(decode) : [];
    if (parts.length === 0) return found;
    const start = (index: number) => parts[index]?.start ?? text.length;
    const decoded = this.#find(parts.map(({ character }) => character).join(""), depth - 1);
    return [...found, ...decoded.map(([from, to]): Range => [start(from), start(to)])];
  }
}

/** A run of percent-encoded bytes, an escape, or one character. */
const ENCODED = /(?:%[\da-f]{2})+|\\u[\da-f]{4}|\\x[\da-f]{2}|\\[bfnrt"\\/]|[^]/gi;

/** A character of a decoded text, and where it starts in the text as it is. */
interface Part {
  readonly character: string;
  readonly start: number;
}

function decode({ 0: text, index: start }: RegExpExecArray): readonly Part[] {
  const code = /^\\[ux](.+)$/i.exec(text)?.[1];
  if (code !== undefined) return [{ character: String.fromCharCode(parseInt(code, 16)), start }];
  if (/^\\./.test(text)) return [{ character: ESCAPES[text.charAt(1)] ?? text.charAt(1), start }];
  // Secrets are ASCII, so a byte is a character.
  return (text.match(/%../g) ?? [text]).map((one, index) => ({
    character: one.length === 3 ? String.fromCharCode(parseInt(one.slice(1), 16)) : one,
    start: start + 3 * index,
  }));
}

const ESCAPES: Readonly<Record<string, string>> = { b: "\b", f: "\f", n: "\n", r: "\r", t: "\t" };

/** Finds a secret or its beginning, if that is long enough. */
function anywhere(secret: string, least: number): Find {
  const beginning = secret.slice(0, least);
  return (text) => {
    const ranges: Range[] = [];
    for (let start = text.indexOf(beginning); start !== -1;) {
      let end = start + least;
      while (end - start < secret.length && text[end] === secret[end - start]) end++;
      ranges.push([start, end]);
      start = text.indexOf(beginning, end);
    }
    return ranges;
  };
}

/** Finds a secret that does not stand next to such a character: not a code in an account ID, nor a word in another. */
function alone(secret: string, neighbour: string): Find {
  const pattern = new RegExp(`(?<!${neighbour})${RegExp.escape(secret)}(?!${neighbour})`, "gu");
  return (text) => matches(text, pattern);
}

function matches(text: string, pattern: RegExp): readonly Range[] {
  return [...text.matchAll(pattern)].map(({ 0: found, index }) => [index, index + found.length]);
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
