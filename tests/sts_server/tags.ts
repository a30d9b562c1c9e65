/**
 * Owns session tags: which of them clash, and which the next role of a chain inherits.
 * Must not know trust or how a session is issued.
 */
import { memberList, type Params, type Tag, tagList } from "./limits.ts";
import { type Caller, StsFailure } from "./model.ts";

/** Answers the tags that the next role inherits, or fails where the new ones clash. */
export function checkTags(caller: Caller, params: Params): ReadonlyMap<string, string> {
  const tags = tagList(params);
  const keys = new Set(tags.map((tag) => tag.key.toLowerCase()));
  const transitive = memberList(params, "TransitiveTagKeys");
  if (keys.size < tags.length) {
    throw invalid("Duplicate tag keys found. Please note that Tag keys are case insensitive.");
  }
  if (transitive.some((key) => !keys.has(key.toLowerCase()))) {
    throw invalid("The specified transitive tag key must be included in the requested tags.");
  }
  const inherited = caller.transitiveTags ?? new Map<string, string>();
  if ([...inherited.keys()].some((key) => keys.has(key.toLowerCase()))) {
    throw invalid(
      "One of the specified transitive tag keys can't be set because it conflicts with a transitive tag key from the calling session.",
    );
  }
  return new Map([...inherited, ...passedOn(tags, transitive)]);
}

function passedOn(
  tags: readonly Tag[],
  transitive: readonly string[],
): [string, string][] {
  const keys = new Set(transitive.map((key) => key.toLowerCase()));
  return tags.filter((tag) => keys.has(tag.key.toLowerCase()))
    .map((tag) => [tag.key, tag.value]);
}

function invalid(message: string): StsFailure {
  return new StsFailure("InvalidParameterValue", message, 400);
}
