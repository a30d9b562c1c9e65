/**
 * The limits that STS sets on each parameter, and its errors beyond them.
 *
 * From the service model, https://github.com/boto/botocore/blob/develop/botocore/data/sts/2011-06-15/service-2.json, and for
 * GetScopedCredentials, which that one lacks, from the types of `@aws-sdk/client-sts`.
 */
import { StsFailure } from "./model.ts";

/** The form-encoded parameters of a request. */
export type Params = Readonly<Record<string, string>>;

/** How long a string or a list may be, or how large an integer. */
export interface Limit {
  readonly type: "string" | "integer" | "list";
  readonly min?: number;
  readonly max?: number;
  readonly pattern?: string;
}

/** The parameters of one action by name, without the numbers in lists: `Tags.member.Key`. */
export interface Limits {
  readonly required: readonly string[];
  readonly members: Readonly<Record<string, Limit>>;
}

const NAME = "[\\w+=,.@-]*";
const TAG = "[\\p{L}\\p{Z}\\p{N}_.:/=+\\-@]";
const TAG_KEY: Limit = { type: "string", min: 1, max: 128, pattern: `${TAG}+` };
const POLICY: Limit = { type: "string", min: 1, max: 2048, pattern: "[\\u0009\\u000A\\u000D\\u0020-\\u00FF]+" };

const MFA: Limits["members"] = {
  SerialNumber: { type: "string", min: 9, max: 256, pattern: "[\\w+=/:,.@-]*" },
  TokenCode: { type: "string", min: 6, max: 6, pattern: "[\\d]*" },
};

const SESSION: Limits["members"] = {
  RoleArn: { type: "string", min: 20, max: 2048 },
  RoleSessionName: { type: "string", min: 2, max: 64, pattern: NAME },
  PolicyArns: { type: "list", max: 10 },
  Policy: POLICY,
  DurationSeconds: { type: "integer", min: 900, max: 43200 },
};

export const ASSUME_ROLE: Limits = {
  required: ["RoleArn", "RoleSessionName"],
  members: {
    ...SESSION,
    Tags: { type: "list", max: 50 },
    "Tags.member.Key": TAG_KEY,
    "Tags.member.Value": { type: "string", min: 0, max: 256, pattern: `${TAG}*` },
    TransitiveTagKeys: { type: "list", max: 50 },
    "TransitiveTagKeys.member": TAG_KEY,
    ExternalId: { type: "string", min: 2, max: 1224, pattern: "[\\w+=,.@:\\/-]*" },
    ...MFA,
    SourceIdentity: { type: "string", min: 2, max: 64, pattern: NAME },
  },
};

export const ASSUME_ROLE_WITH_WEB_IDENTITY: Limits = {
  required: ["RoleArn", "RoleSessionName", "WebIdentityToken"],
  members: { ...SESSION, WebIdentityToken: { type: "string", min: 4, max: 20000 } },
};

export const GET_SESSION_TOKEN: Limits = {
  required: [],
  members: {
    DurationSeconds: { type: "integer", min: 900, max: 129600 },
    ...MFA,
  },
};

export const GET_SCOPED_CREDENTIALS: Limits = {
  required: [],
  members: { Policy: POLICY, DurationSeconds: { type: "integer", min: 1, max: 129600 } },
};

/** Fails with a `ValidationError` that lists every limit the request exceeds. */
export function checkLimits(params: Params, { required, members }: Limits): void {
  const found = [
    ...required.filter((name) => params[name] === undefined)
      .map((name) => `Value null at '${place(name)}' failed to satisfy constraint: Member must not be null`),
    ...Object.entries(params).flatMap(([name, value]) =>
      violations(`Value '${value}' at '${place(name)}'`, value, members[name.replace(/\.\d+/, "")])
    ),
    ...Object.entries(members).filter(([, { type }]) => type === "list")
      .flatMap(([name, limit]) => violations(`Value at '${place(name)}'`, items(params, name), limit)),
  ];
  if (found.length === 0) return;
  const errors = `${found.length} validation ${found.length === 1 ? "error" : "errors"} detected: ${found.join("; ")}`;
  throw new StsFailure("ValidationError", errors, 400);
}

function violations(what: string, value: string | ReadonlySet<string>, limit: Limit | undefined): string[] {
  if (limit === undefined) return [];
  const { type, min = 0, max = Infinity, pattern } = limit;
  const size = typeof value !== "string" ? value.size : type === "integer" ? Number(value) : value.length;
  const kind = type === "integer" ? "value" : "length";
  const broken = [
    !(size >= min) && `have ${kind} greater than or equal to ${min}`,
    !(size <= max) && `have ${kind} less than or equal to ${max}`,
    typeof value === "string" && pattern !== undefined && !new RegExp(`^(?:${pattern})$`, "u").test(value) &&
    `satisfy regular expression pattern: ${pattern}`,
  ].filter((words) => typeof words === "string");
  return broken.map((words) => `${what} failed to satisfy constraint: Member must ${words}`);
}

/** The numbers under which a list has items: `Tags.member.1.Key`, `Tags.member.1.Value`, … */
function items(params: Params, list: string): ReadonlySet<string> {
  return new Set(
    Object.keys(params).filter((name) => name.startsWith(`${list}.member.`)).map((name) => name.split(".")[2] ?? ""),
  );
}

/** `Tags.member.1.Key` is `tags.1.member.key` to STS. */
function place(name: string): string {
  return name.replace(/\.member\.(\d+)/, ".$1.member").replace(/(^|\.)[A-Z]/g, (letter) => letter.toLowerCase());
}
