/**
 * Checks session policies against the limits of STS.
 *
 * Limits: https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRole.html#API_AssumeRole_RequestParameters
 */

import { ArarError } from "../errors.ts";
import { type Origin, type Sourced, unexpected } from "../sourced.ts";

/** Of the inline policy and the ARNs of managed policies together. */
const MOST_CHARACTERS = 2048;
const MOST_ARNS = 10;
const POLICY_ARN = /^arn:aws[a-z-]*:iam::(?:\d{12}|aws):policy\/[\x21-\x7e]+$/;

/** The policy, unchanged; throws an `ArarError`, which never quotes it, if STS would reject it. */
export function checkPolicy({ value, from }: Sourced<string>): string {
  const foreign = /[^\t\n\r\u0020-\u00ff]/u.exec(value);
  if (foreign) {
    const code = foreign[0].codePointAt(0)?.toString(16).toUpperCase().padStart(4, "0");
    throw new ArarError(`${from} contains a character that STS rejects: U+${code}`);
  }
  checkJson(value, from);
  checkLength(value.length, from, value);
  return value;
}

function checkJson(text: string, from: Origin): void {
  let policy: unknown;
  try {
    policy = JSON.parse(text);
  } catch (error) {
    // V8's message quotes the policy, so only the position is taken from it.
    const place = /\(line \d+ column \d+\)/.exec(error instanceof Error ? error.message : "")?.[0] ?? "";
    // The most likely mistake is a file name without the @.
    const isPath = from.detail === undefined && !/^\s*[{[]/.test(text);
    const hints = isPath ? ["use @FILE for a policy in a file"] : [];
    throw new ArarError(`${from} is not JSON ${place}`.trim(), { hints });
  }
  if (typeof policy === "object" && policy !== null && !Array.isArray(policy)) return;
  throw new ArarError(`${from} is not a JSON object, as a policy must be`);
}

/** The ARNs of managed policies; throws an `ArarError` if STS would reject them together with this inline policy. */
export function checkPolicyArns(given: readonly Sourced<string>[], policy = ""): readonly string[] {
  const [first] = given;
  if (!first) return [];
  if (given.length > MOST_ARNS) {
    throw new ArarError(
      `${first.from} names ${given.length} policies; a session can have at most ${MOST_ARNS} managed policies`,
    );
  }
  for (const arn of given) {
    if (POLICY_ARN.test(arn.value) && arn.value.length <= 2048) continue;
    throw unexpected(arn, "the ARN of a managed policy, arn:aws:iam::aws:policy/NAME");
  }
  const arns = given.map(({ value }) => value);
  checkLength(policy.length + arns.join("").length, policy ? `--policy and ${first.from}` : first.from, policy);
  return arns;
}

function checkLength(length: number, what: Origin | string, policy: string): void {
  if (length <= MOST_CHARACTERS) return;
  const saved = policy ? policy.length - JSON.stringify(JSON.parse(policy)).length : 0;
  throw new ArarError(`${what} has ${length} characters; STS accepts at most ${MOST_CHARACTERS}`, {
    hints: saved > 0 ? [`${saved} of them are white space that can be removed`] : [],
  });
}
