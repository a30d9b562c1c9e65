/**
 * Owns the limits that STS sets on each parameter, and the words in which it refuses.
 * Must not know callers, roles or time.
 *
 * Limits and patterns: the STS service model, https://github.com/boto/botocore/blob/develop/botocore/data/sts/2011-06-15/service-2.json
 */
import { StsFailure } from "./model.ts";

/** The form-encoded parameters of a request. */
export type Params = Readonly<Record<string, string>>;

/** A session tag. */
export interface Tag {
  readonly key: string;
  readonly value: string;
}

interface Rule {
  readonly required?: true;
  readonly length?: readonly [min: number, max: number];
  readonly pattern?: string;
}

const NAME = "[\\w+=,.@-]*";
const TAG_KEY: Rule = {
  length: [1, 128],
  pattern: "[\\p{L}\\p{Z}\\p{N}_.:/=+\\-@]+",
};
const TAG_VALUE: Rule = {
  length: [0, 256],
  pattern: "[\\p{L}\\p{Z}\\p{N}_.:/=+\\-@]*",
};

const SESSION_RULES: Readonly<Record<string, Rule>> = {
  RoleArn: { required: true, length: [20, 2048] },
  RoleSessionName: { required: true, length: [2, 64], pattern: NAME },
  Policy: {
    length: [1, 2048],
    pattern: "[\\u0009\\u000A\\u000D\\u0020-\\u00FF]+",
  },
};
const ASSUME_ROLE_RULES: Readonly<Record<string, Rule>> = {
  ...SESSION_RULES,
  ExternalId: { length: [2, 1224], pattern: "[\\w+=,.@:\\/-]*" },
  SerialNumber: { length: [9, 256], pattern: "[\\w+=/:,.@-]*" },
  TokenCode: { length: [6, 6], pattern: "[\\d]*" },
  SourceIdentity: { length: [2, 64], pattern: NAME },
};
const WEB_IDENTITY_RULES: Readonly<Record<string, Rule>> = {
  ...SESSION_RULES,
  WebIdentityToken: { required: true, length: [4, 20000] },
};

/** Fails with a `ValidationError` that lists every limit an AssumeRole request breaks. */
export function checkAssumeRole(params: Params): void {
  const tags = tagList(params);
  const transitive = memberList(params, "TransitiveTagKeys");
  refuse([
    ...memberViolations(params, ASSUME_ROLE_RULES),
    ...commonViolations(params),
    ...countViolations("tags", tags.length, 50),
    ...tags.flatMap((tag, index) => [
      ...violations(tag.key, `tags.${index + 1}.member.key`, TAG_KEY),
      ...violations(tag.value, `tags.${index + 1}.member.value`, TAG_VALUE),
    ]),
    ...countViolations("transitiveTagKeys", transitive.length, 50),
    ...transitive.flatMap((key, index) => violations(key, `transitiveTagKeys.${index + 1}.member`, TAG_KEY)),
  ]);
}

/** The same for AssumeRoleWithWebIdentity. */
export function checkWebIdentity(params: Params): void {
  refuse([
    ...memberViolations(params, WEB_IDENTITY_RULES),
    ...commonViolations(params),
  ]);
}

/** Reads `Tags.member.1.Key=…&Tags.member.1.Value=…`. */
export function tagList(params: Params): Tag[] {
  const tags: Tag[] = [];
  for (let n = 1;; n++) {
    const key = params[`Tags.member.${n}.Key`];
    if (key === undefined) return tags;
    tags.push({ key, value: params[`Tags.member.${n}.Value`] ?? "" });
  }
}

/** Reads `NAME.member.1SUFFIX=…`, a list of plain values. */
export function memberList(params: Params, name: string, suffix = ""): string[] {
  const values: string[] = [];
  for (let n = 1;; n++) {
    const value = params[`${name}.member.${n}${suffix}`];
    if (value === undefined) return values;
    values.push(value);
  }
}

function refuse(found: readonly string[]): void {
  if (found.length === 0) return;
  const noun = found.length === 1 ? "error" : "errors";
  throw new StsFailure(
    "ValidationError",
    `${found.length} validation ${noun} detected: ${found.join("; ")}`,
    400,
  );
}

function memberViolations(params: Params, rules: Readonly<Record<string, Rule>>): string[] {
  return Object.entries(rules).flatMap(([name, rule]) => {
    const at = name.charAt(0).toLowerCase() + name.slice(1);
    const value = params[name];
    if (value !== undefined) return violations(value, at, rule);
    return rule.required
      ? [
        `Value null at '${at}' failed to satisfy constraint: Member must not be null`,
      ]
      : [];
  });
}

function violations(value: string, at: string, rule: Rule): string[] {
  const found: string[] = [];
  const [min, max] = rule.length ?? [0, Infinity];
  if (value.length < min) {
    found.push(`Member must have length greater than or equal to ${min}`);
  }
  if (value.length > max) {
    found.push(`Member must have length less than or equal to ${max}`);
  }
  if (
    rule.pattern !== undefined &&
    !new RegExp(`^(?:${rule.pattern})$`, "u").test(value)
  ) {
    found.push(`Member must satisfy regular expression pattern: ${rule.pattern}`);
  }
  return found.map((words) => `Value '${value}' at '${at}' failed to satisfy constraint: ${words}`);
}

function commonViolations(params: Params): string[] {
  return [
    ...durationViolations(params["DurationSeconds"]),
    ...countViolations(
      "policyArns",
      memberList(params, "PolicyArns", ".arn").length,
      10,
    ),
  ];
}

function durationViolations(value: string | undefined): string[] {
  if (value === undefined) return [];
  const seconds = Number(value);
  const at = `Value '${value}' at 'durationSeconds' failed to satisfy constraint: `;
  if (!Number.isInteger(seconds)) return [`${at}Member must be an integer`];
  if (seconds < 900) {
    return [`${at}Member must have value greater than or equal to 900`];
  }
  if (seconds > 43200) {
    return [`${at}Member must have value less than or equal to 43200`];
  }
  return [];
}

function countViolations(at: string, count: number, max: number): string[] {
  return count <= max ? [] : [
    `Value at '${at}' failed to satisfy constraint: Member must have length less than or equal to ${max}`,
  ];
}
