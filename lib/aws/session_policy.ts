/**
 * Session policies as typed: read, and checked against the limits of STS.
 * It must not know what a policy allows.
 *
 * Limits: https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRole.html#API_AssumeRole_RequestParameters
 *
 * @module
 */

import type { Sourced } from "../sourced.ts";
import { ArarError, quote } from "../errors.ts";

/** The text of a file, `undefined` where there is none. */
export type ReadTextFile = (path: string) => string | undefined;

/** Inline policy and managed policies' ARNs together. */
const MOST_CHARACTERS = 2048;
const MOST_ARNS = 10;
const POLICY_ARN = /^arn:aws[a-z-]*:iam::(?:\d{12}|aws):policy\/[\x21-\x7e]+$/;

/** The policy, from the file where it is `@FILE`; throws an `ArarError`, which never repeats it, on what STS would refuse. */
export function checkPolicy(given: Sourced<string>, readTextFile: ReadTextFile): string {
  const { value, from } = given;
  const text = value.startsWith("@") ? readPolicy(value.slice(1), from, readTextFile) : value;
  const what = value.startsWith("@") ? `${from} ${quote(value)}` : from;
  checkCharacters(text, what);
  checkJson(text, what);
  checkLength(text.length, what, text);
  return text;
}

function checkCharacters(text: string, what: string): void {
  const foreign = /[^\t\n\r\u0020-\u00ff]/u.exec(text);
  if (!foreign) return;
  const code = foreign[0].codePointAt(0)?.toString(16).toUpperCase().padStart(4, "0");
  throw new ArarError(`${what} has U+${code} at ${place(text, foreign.index)}, a character that STS does not take`);
}

function readPolicy(path: string, from: string, readTextFile: ReadTextFile): string {
  let text: string | undefined;
  try {
    text = readTextFile(path);
  } catch (error) {
    const reason = error instanceof Error ? error.name : "error";
    throw new ArarError(
      `${from} cannot read the file ${quote(path)} (${reason})`,
      { cause: error },
    );
  }
  if (text === undefined) {
    throw new ArarError(`${from} names ${quote(path)}, but there is no such file`);
  }
  // A byte order mark, which editors on Windows write, is no JSON.
  return text.replace(/^\ufeff/, "");
}

function checkJson(text: string, what: string): void {
  const message = jsonError(text);
  if (message !== undefined) {
    throw new ArarError(`${what} is not JSON: ${explainJson(text, message)}`);
  }
  const policy: unknown = JSON.parse(text);
  if (typeof policy === "object" && policy !== null && !Array.isArray(policy)) {
    return;
  }
  throw new ArarError(`${what} is not a policy, which is a JSON object`);
}

function jsonError(text: string): string | undefined {
  try {
    JSON.parse(text);
    return undefined;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

/** Where the error is. Nothing else is taken from V8's message, which quotes the policy. */
function explainJson(text: string, message: string): string {
  const position = /at position (\d+)/.exec(message)?.[1];
  if (position !== undefined) return `see ${place(text, Number(position))}`;
  return /^Unexpected token/.test(message) ? `see ${place(text, unexpectedToken(text))}` : "it ends too early";
}

/** V8 gives no position with an unexpected token: it is the end of the shortest beginning that has the same error. */
function unexpectedToken(text: string): number {
  let [good, bad] = [0, text.length];
  while (bad - good > 1) {
    const middle = Math.floor((good + bad) / 2);
    if (/^Unexpected token/.test(jsonError(text.slice(0, middle)) ?? "")) {
      bad = middle;
    } else good = middle;
  }
  return good;
}

function place(text: string, index: number): string {
  const lines = text.slice(0, index).split(/\r\n?|\n/);
  return `line ${lines.length}, column ${(lines.at(-1)?.length ?? 0) + 1}`;
}

/** The ARNs of managed policies; throws an `ArarError` on what STS would refuse beside this inline policy. */
export function checkPolicyArns(
  arns: readonly string[],
  policy = "",
): readonly string[] {
  if (arns.length > MOST_ARNS) {
    throw new ArarError(
      `--policy-arn is given ${arns.length} times; a session has at most ${MOST_ARNS} managed policies`,
    );
  }
  for (const arn of arns) {
    if (POLICY_ARN.test(arn) && arn.length <= 2048) continue;
    throw new ArarError(
      `--policy-arn is ${quote(arn)}; it takes the ARN of a managed policy, arn:aws:iam::aws:policy/NAME`,
    );
  }
  const length = policy.length + arns.join("").length;
  if (arns.length > 0) {
    checkLength(length, policy ? "--policy and --policy-arn" : "--policy-arn", policy);
  }
  return arns;
}

function checkLength(length: number, what: string, policy: string): void {
  if (length <= MOST_CHARACTERS) return;
  const saved = policy ? policy.length - JSON.stringify(JSON.parse(policy)).length : 0;
  throw new ArarError(
    `${what} has ${length} characters; STS takes at most ${MOST_CHARACTERS}`,
    {
      hints: saved > 0 ? [`${saved} of them are white space that can be left out`] : [],
    },
  );
}
