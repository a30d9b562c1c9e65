/**
 * Session tags as typed: taken apart and checked against the limits of STS.
 * It must not know what a tag is good for.
 *
 * Limits: https://docs.aws.amazon.com/STS/latest/APIReference/API_Tag.html
 *
 * @module
 */

import { ArarError, quote } from "../errors.ts";
import type { Tag } from "./role_request.ts";

const MOST = 50;
const CHARACTERS = "letters, digits, spaces and _.:/=+-@";

/** Takes `KEY=VALUE` apart at the first `=`; throws an `ArarError` on what STS would refuse. */
export function parseTags(words: readonly string[]): readonly Tag[] {
  if (words.length > MOST) {
    throw new ArarError(`--tag is given ${words.length} times; a session has at most ${MOST} tags`);
  }
  const tags = words.map(parseTag);
  refuseTwice(tags.map(({ key }) => key), "--tag");
  return tags;
}

function parseTag(word: string): Tag {
  const equals = word.indexOf("=");
  if (equals <= 0) {
    throw new ArarError(`--tag is ${quote(word)}; it takes KEY=VALUE`);
  }
  const tag = { key: word.slice(0, equals), value: word.slice(equals + 1) };
  checkKey(tag.key, "--tag");
  // Written where it is used, for every start would pay for the classes of Unicode, and few runs have tags.
  if (/^[\p{L}\p{Z}\p{N}_.:/=+\-@]{0,256}$/u.test(tag.value)) return tag;
  throw new ArarError(`--tag ${quote(tag.key)} is ${quote(tag.value)}; a value takes at most 256 ${CHARACTERS}`);
}

function checkKey(key: string, option: string): void {
  if (!/^[\p{L}\p{Z}\p{N}_.:/=+\-@]{1,128}$/u.test(key)) {
    throw new ArarError(`${option} has the key ${quote(key)}; a key takes 1 to 128 ${CHARACTERS}`);
  }
  // https://docs.aws.amazon.com/IAM/latest/UserGuide/id_tags.html#id_tags_rules_creating
  if (/^aws:/i.test(key)) {
    throw new ArarError(`${option} has the key ${quote(key)}; AWS keeps "aws:" to itself`);
  }
}

/** The keys that a chain passes on, each that of a tag: STS has nothing to pass on otherwise. */
export function checkTransitiveTagKeys(
  keys: readonly string[],
  tags: readonly Tag[],
): readonly string[] {
  const option = "--transitive-tag-key";
  const known = new Set(tags.map(({ key }) => fold(key)));
  for (const key of keys) {
    checkKey(key, option);
    if (!known.has(fold(key))) {
      throw new ArarError(`${option} is ${quote(key)}, which is the key of no --tag`);
    }
  }
  refuseTwice(keys, option);
  return keys;
}

function refuseTwice(keys: readonly string[], option: string): void {
  const seen = new Map<string, string>();
  for (const key of keys) {
    const before = seen.get(fold(key));
    if (before !== undefined) {
      const both = before === key ? quote(key) : `${quote(before)} and ${quote(key)}`;
      throw new ArarError(`${option} has ${both} twice; keys are compared without case`);
    }
    seen.set(fold(key), key);
  }
}

function fold(key: string): string {
  return key.toLowerCase();
}
