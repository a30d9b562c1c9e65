/**
 * From what was typed, exported and written in a profile to one complete, frozen plan of the run, and where each value of it
 * came from. It makes no call and reads no clock: everything it needs is handed in.
 *
 * @module
 */

import { checkKeepEnv, type ChildEnvChoice } from "./use/command_env.ts";
import { type Endpoint, type ProfileEndpoint, readEndpoint } from "./aws/endpoint.ts";
import type { RoleRequest } from "./aws/role_request.ts";
import type { Signer } from "./aws/signer.ts";
import type { ReadTextFile } from "./aws/parameters.ts";
import type { FollowedProfile } from "./profile/follow_profile.ts";
import { chooseRegion, type Region } from "./aws/region.ts";
import { parseRoleArn } from "./aws/role_arn.ts";
import { readFlag, readList, readValue, type Typed } from "./cli/values.ts";
import { parseSeconds } from "./sourced.ts";
import { ArarError, quote } from "./errors.ts";
import { type Action, readAction } from "./settings/action.ts";
import type { Decision } from "./settings/decision.ts";
import { refuseConflicts } from "./settings/conflicts.ts";
import { readRoles } from "./settings/roles.ts";
import { chooseSigner } from "./settings/signer.ts";

/** The complete plan of a run. */
export interface Settings {
  readonly verbose: boolean;
  /** Who signs the first request. */
  readonly signer: Signer;
  /** The roles, in the order they are assumed; the command gets the last. */
  readonly roles: readonly [RoleRequest, ...RoleRequest[]];
  readonly region: Region;
  readonly endpoint: Endpoint;
  /** How long to try for credentials, prompts excluded. */
  readonly timeoutSeconds: number;
  /** Accounts that the last role may be in; none: any. */
  readonly expectAccounts: readonly string[];
  readonly action: Action;
  readonly childEnv: ChildEnvChoice;
  /** Absent: sessions are not stored. */
  readonly cache?: { readonly minTtlSeconds?: number };
  /** Whether GitHub Actions is told to hide the secrets. */
  readonly mask: boolean;
  readonly decisions: readonly Decision[];
}

/** Everything a plan is made from. */
export interface SettingsInput extends Typed {
  readonly command: readonly string[];
  readonly os: string;
  /** Milliseconds since the epoch: the generated session name holds it. */
  readonly now: number;
  /** The profile that {@linkcode wantedProfile} asked for, followed to its end. */
  readonly profile?: FollowedProfile;
  /** Reads a file that a value names (`--policy @FILE`). */
  readonly readTextFile: ReadTextFile;
}

/** Makes the plan; throws an `ArarError` for whatever cannot work, before any call is made. */
export function resolveSettings(input: SettingsInput): Settings {
  refuseConflicts(input);
  const { options, env, profile } = input;
  const chosen = chooseSigner(input);
  const { roles, decisions } = readRoles(input, chosen);
  const { partition } = parseRoleArn({ value: roles[0].roleArn, from: "role" });
  const region = chooseRegion(readValue(input, "region"), profile?.settings.get("region"), partition);
  const endpoint = readEndpoint(env, profileEndpoint(profile));
  const cache = readCache(input);
  const action = readAction(input);
  const settings: Settings = {
    verbose: readFlag(input, "verbose") !== undefined,
    signer: chosen.signer,
    roles,
    region,
    endpoint,
    timeoutSeconds: timeoutSeconds(input),
    expectAccounts: readList(options, "expect-account").map(checkAccount),
    action,
    childEnv: {
      keep: checkKeepEnv(readList(options, "keep-env"), input.os),
      hide: chosen.usedNames ?? [],
    },
    ...(cache && { cache }),
    mask: readFlag(input, "mask") !== undefined ||
      (action.kind === "print" && action.format === "github"),
    decisions: [
      { field: "source", value: chosen.description, from: chosen.from },
      ...decisions,
      { field: "region", value: region.sts, from: region.from },
      ...(endpoint.url ? [{ field: "endpoint" as const, ...endpoint.url }] : []),
    ],
  };
  return Object.freeze(settings);
}

function readCache(typed: Typed): Settings["cache"] {
  const minTtl = readValue(typed, "min-ttl");
  if (!readFlag(typed, "cache")) {
    if (minTtl?.from === "--min-ttl") {
      throw new ArarError("--min-ttl is for --cache, which is not given");
    }
    return undefined;
  }
  return minTtl ? { minTtlSeconds: parseSeconds(minTtl, 0, 43_200) } : {};
}

function timeoutSeconds(typed: Typed): number {
  const given = readValue(typed, "timeout");
  return given ? parseSeconds(given, 1, 3600) : 30;
}

function checkAccount(id: string): string {
  if (/^\d{12}$/.test(id)) return id;
  throw new ArarError(`--expect-account is ${quote(id)}; it takes an account id of twelve digits`);
}

/** What the profile says of the endpoint. */
function profileEndpoint(profile: FollowedProfile | undefined): ProfileEndpoint {
  const given = Object.entries(PROFILE_KEYS).flatMap(([name, key]) => {
    const value = profile?.settings.get(key);
    return value ? [[name, value]] : [];
  });
  return Object.fromEntries(given);
}

const PROFILE_KEYS: Readonly<Record<keyof ProfileEndpoint, string>> = {
  endpointUrl: "endpoint_url",
  ignoreConfiguredEndpointUrls: "ignore_configured_endpoint_urls",
  stsRegionalEndpoints: "sts_regional_endpoints",
  useFipsEndpoint: "use_fips_endpoint",
  useDualstackEndpoint: "use_dualstack_endpoint",
  caBundle: "ca_bundle",
  maxAttempts: "max_attempts",
  retryMode: "retry_mode",
};
