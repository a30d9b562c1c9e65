/**
 * Checks session policies and tags against the limits of STS.
 *
 * Limits: https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRole.html#API_AssumeRole_RequestParameters
 * https://docs.aws.amazon.com/STS/latest/APIReference/API_Tag.html
 */

import { ArarError, quote } from "../errors.ts";
import { Origin, type Sourced, unexpected } from "../sourced.ts";
import type { Tag } from "./role_request.ts";

/** Of the inline policy and the ARNs of managed policies together. */
const MOST_CHARACTERS = 2048;
const MOST_ARNS = 10;
const POLICY_ARN = /^arn:aws[a-z-]*:iam::(?:\d{12}|aws):policy\/[\x21-\x7e]+$/;

/**
 * The policy, unchanged unless it is too long by its white space alone; throws an `ArarError`, which never quotes it, if STS
 * would reject it. `others` is the number of characters in the ARNs of managed policies.
 */
export function checkPolicy({ value, from }: Sourced<string>, others = 0): Sourced<string> {
  const foreign = /[^\t\n\r\u0020-\u00ff]/u.exec(value);
  if (foreign) {
    const code = foreign[0].codePointAt(0)?.toString(16).toUpperCase().padStart(4, "0");
    throw new ArarError(`${from} contains a character that STS rejects: U+${code}`);
  }
  checkJson(value, from);
  if (value.length + others <= MOST_CHARACTERS) return { value, from };
  // Not by parsing, which would drop keys that stand twice.
  const short = value.replace(/"(?:[^"\\]|\\.)*"|\s+/g, (part) => part.startsWith('"') ? part : "");
  const saved = value.length - short.length;
  const how = saved > 0 ? `, without ${saved} characters of white space` : "";
  checkLength(short.length, `${from}${how}${how && ","}`);
  return { value: short, from: how ? from.with(`${from.detail ?? ""}${how}`) : from };
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
    throw unexpected(arn, "the ARN of a managed policy, or the name of one of AWS's, such as ReadOnlyAccess");
  }
  const arns = given.map(({ value }) => value);
  checkLength(policy.length + arns.join("").length, `${policy && "--policy and "}${first.from}`);
  return arns;
}

function checkLength(length: number, what: string): void {
  if (length <= MOST_CHARACTERS) return;
  throw new ArarError(`${what} has ${length} characters; STS accepts at most ${MOST_CHARACTERS}`);
}

const MOST = 50;
const CHARACTERS = "letters, digits, spaces and _.:/=+-@";

/** The tags, unchanged; throws an `ArarError` if STS would reject them. */
export function checkTags(given: readonly Sourced<Tag>[]): readonly Tag[] {
  const from = given[0]?.from ?? new Origin("command-line", "--tag");
  if (given.length > MOST) {
    throw new ArarError(`${from} names ${given.length} tags; a session can have at most ${MOST}`);
  }
  for (const { value: { key, value } } of given) {
    checkKey(key, from);
    // Compiled only here: the Unicode classes would slow down every start, and few runs have tags.
    if (/^[\p{L}\p{Z}\p{N}_.:/=+\-@]{0,256}$/u.test(value)) continue;
    throw new ArarError(`${from} ${quote(key)} is ${quote(value)}; expected at most 256 ${CHARACTERS}`);
  }
  const tags = given.map(({ value }) => value);
  refuseTwice(tags.map(({ key }) => key), from);
  return tags;
}

function checkKey(key: string, from: Origin): void {
  if (!/^[\p{L}\p{Z}\p{N}_.:/=+\-@]{1,128}$/u.test(key)) {
    throw new ArarError(`${from} has the key ${quote(key)}; expected 1 to 128 ${CHARACTERS}`);
  }
  // https://docs.aws.amazon.com/IAM/latest/UserGuide/id_tags.html#id_tags_rules_creating
  if (/^aws:/i.test(key)) {
    throw new ArarError(`${from} has the key ${quote(key)}; the prefix "aws:" is reserved for AWS`);
  }
}

/** The keys of the tags that a role chain passes on. */
export function checkTransitiveTagKeys(
  given: readonly Sourced<string>[],
  tags: readonly Tag[],
): readonly string[] {
  const from = given[0]?.from ?? new Origin("command-line", "--transitive-tag-key");
  const known = new Set(tags.map(({ key }) => fold(key)));
  const keys = given.map(({ value }) => value);
  for (const key of keys) {
    checkKey(key, from);
    if (!known.has(fold(key))) throw new ArarError(`${from} is ${quote(key)}, but no --tag has that key`);
  }
  refuseTwice(keys, from);
  return keys;
}

function refuseTwice(keys: readonly string[], from: Origin): void {
  const seen = new Map<string, string>();
  for (const key of keys) {
    const before = seen.get(fold(key));
    if (before !== undefined) {
      const both = before === key ? quote(key) : `${quote(before)} and ${quote(key)}`;
      throw new ArarError(`${from} has ${both} twice; tag keys are case-insensitive`);
    }
    seen.set(fold(key), key);
  }
}

function fold(key: string): string {
  return key.toLowerCase();
}
