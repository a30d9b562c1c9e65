/**
 * Checks session tags against the limits of STS.
 *
 * Limits: https://docs.aws.amazon.com/STS/latest/APIReference/API_Tag.html
 */

import { ArarError, quote } from "../errors.ts";
import { Origin, type Sourced } from "../sourced.ts";
import type { Tag } from "./role_request.ts";

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
