/**
 * Resolves a profile as botocore does: to its source credentials, the roles that are assumed in turn, and its other settings,
 * not yet parsed.
 *
 * Rules: https://docs.aws.amazon.com/sdkref/latest/guide/feature-assume-role-credentials.html
 */

import { ArarError, closest, nearestFirst, quote } from "../errors.ts";
import type { Env } from "../sourced.ts";
import type { Signer } from "../aws/signer.ts";
import { hasKeys, namedSigner, ownSigner } from "./profile_signer.ts";
import type { Profile, Section, SharedFiles } from "./shared_files.ts";

/** A resolved profile. */
export interface FollowedProfile {
  /** `[profile NAME] of FILE` */
  readonly from: string;
  /** Kind `machine` if the profile names no credentials: the container or instance may have some. */
  readonly signer: Signer;
  /**
   * The settings of each profile whose role is assumed, `role_arn` among them, in order. With a web identity, the first
   * role is the one that the token is for.
   */
  readonly roles: readonly Section[];
  /** The profile's own settings, not those of its source profiles. */
  readonly settings: Section;
}

/** Resolves the profile `name`; throws an `ArarError` that names the section and file of what is wrong. */
export function followProfile(files: SharedFiles, name: string, env: Env): FollowedProfile {
  const profile = files.profiles.get(name);
  if (!profile) throw missing(files, name, `no profile ${quote(name)}`);
  return { from: profile.from, settings: settingsOf(files, profile), ...follow(files, env, profile) };
}

/** The settings that determine the source. If one is empty, the run must not fall back to other credentials. */
const SOURCE_SETTINGS = [
  ...["credential_process", "credential_source", "login_session", "role_arn", "source_profile"],
  ...["sso_account_id", "sso_role_name", "sso_session", "web_identity_token_file"],
];

/** From profile to profile: a loop, since a chain of thousands would overflow the stack. */
function follow(files: SharedFiles, env: Env, first: Profile): Pick<FollowedProfile, "signer" | "roles"> {
  const roles: Section[] = [];
  const visited = new Set<string>();
  let via: string | undefined;
  for (let profile = first;;) {
    const { values } = profile;
    const empty = SOURCE_SETTINGS.map((key) => values.get(key)).find((given) => given?.value === "");
    if (empty) throw new ArarError(`${empty.from} is empty`);
    const token = values.get("web_identity_token_file");
    // If a source profile has keys, they are used and its role is not even read.
    const hasRole = values.has("role_arn") && !(via !== undefined && hasKeys(profile) && !token);
    if (token && !hasRole) throw new ArarError(`${token.from} is set without role_arn`);
    if (hasRole) roles.push(token ? withoutUnsupported(ownSettings(profile)) : ownSettings(profile));
    const source = hasRole && !token ? sourceOf(files, env, profile) : ownSource(files, env, profile, via);
    if ("kind" in source) return { signer: source, roles: roles.reverse() };
    visited.add(via = profile.name);
    if (visited.has(source.name)) {
      const path = [...visited, source.name].join(" -> ");
      throw new ArarError(`${values.get("source_profile")?.from} is circular: ${path}`);
    }
    profile = source;
  }
}

/** The credentials of a profile whose role is not assumed with those of another; else its source. */
function ownSource(files: SharedFiles, env: Env, profile: Profile, via: string | undefined): Signer | Profile {
  const signer = ownSigner(files, profile);
  if (signer) return signer;
  const { values } = profile;
  if (values.has("source_profile") || values.has("credential_source")) return sourceOf(files, env, profile);
  const problem = `${profile.from} names no credentials${halfSso(profile)}`;
  if (via === undefined) return { kind: "machine", tried: [problem] };
  throw new ArarError(`${problem}, but it is the source_profile of ${via}`);
}

/** `sso_session` alone is for services that accept its token directly; botocore finds no credentials there either. */
function halfSso({ values }: Profile): string {
  return values.has("sso_session") ? " (its sso_session needs sso_account_id and sso_role_name)" : "";
}

/** Without the settings that AssumeRoleWithWebIdentity has no parameters for; the SDKs ignore them too. */
function withoutUnsupported(settings: Section): Section {
  return new Map([...settings].filter(([key]) => key !== "external_id" && key !== "mfa_serial"));
}

/** The source of a role: `credential_source` or `source_profile`. A profile that names itself uses its own keys. */
function sourceOf(files: SharedFiles, env: Env, profile: Profile): Signer | Profile {
  const next = profile.values.get("source_profile");
  const named = profile.values.get("credential_source");
  if (next && named) throw new ArarError(`${profile.from} has both source_profile and credential_source; keep one`);
  if (named) return namedSigner(named, env);
  if (next) {
    const own = next.value === profile.name && hasKeys(profile) ? ownSigner(files, profile) : undefined;
    const found = own ?? files.profiles.get(next.value);
    if (found) return found;
    throw missing(files, next.value, `${next.from} is ${quote(next.value)}, which does not exist`);
  }
  throw new ArarError(`${profile.from} has role_arn but neither source_profile nor credential_source`, {
    hints: [
      hasKeys(profile)
        ? `to sign with the profile's own keys, add source_profile = ${profile.name}`
        : "to sign with the exported keys, add credential_source = Environment",
    ],
  });
}

/** Keys are read only as source credentials. */
const KEY = /^aws_(?:access_key_id|secret_access_key|session_token|security_token)$/;

/** A profile's own settings, and those of its `services` section, if any, as `SERVICE.NAME`. */
export function settingsOf(files: SharedFiles, profile: Profile): Section {
  // Settings of a service in the profile itself, such as `s3 =`, are none of an endpoint.
  const own = [...ownSettings(profile)].filter(([key]) => !key.includes("."));
  const services = [...servicesOf(files, profile)].filter(([key, { value }]) => key.includes(".") && value !== "");
  return new Map([...own, ...services]);
}

/** The settings in the profile itself; an empty one counts as unset. */
export function ownSettings({ values }: Profile): Section {
  return new Map([...values].filter(([key, { value }]) => value !== "" && !KEY.test(key)));
}

// https://docs.aws.amazon.com/sdkref/latest/guide/feature-ss-endpoints.html
function servicesOf(files: SharedFiles, { values }: Profile): Section {
  const services = values.get("services");
  if (!services) return new Map();
  const section = files.services.get(services.value);
  if (section) return section;
  throw new ArarError(
    `${services.from} is ${quote(services.value)}, but ${files.config.shown} has no [services ${services.value}]`,
  );
}

/** How many names of profiles a message lists at most, and how many characters, so that the line does not wrap. */
const SHOWN = { names: 12, characters: 110 };

function missing({ profiles, config, credentials }: SharedFiles, name: string, what: string): ArarError {
  const wrongHeadings: string[] = [];
  if (config.headings.includes(name) && !/\s/.test(name)) {
    wrongHeadings.push(`[${name}] in ${config.shown} must be [profile ${name}]`);
  }
  if (credentials.headings.includes(`profile ${name}`)) {
    wrongHeadings.push(`[profile ${name}] in ${credentials.shown} must be [${name}]`);
  }
  const meant = wrongHeadings.length > 0 ? undefined : closest(name, [...profiles.keys()]);
  const names = new Set([...meant === undefined ? [] : [meant], ...nearestFirst(name, [...profiles.keys()])]);
  const shown = [...names].slice(0, SHOWN.names);
  while (shown.length > 1 && shown.join(", ").length > SHOWN.characters) shown.pop();
  const more = names.size > shown.length ? ` and ${names.size - shown.length} more` : "";
  const existing = `existing profiles: ${shown.join(", ")}${more}`;
  const question = meant === undefined ? "" : `; did you mean ${meant}?`;
  return new ArarError(`${what} in ${config.shown} or ${credentials.shown}${question}`, {
    hints: [...wrongHeadings, names.size > 0 ? existing : "neither file has a profile"],
  });
}
