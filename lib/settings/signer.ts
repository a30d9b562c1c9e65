/**
 * Who signs: the order in which flags, exported keys, profiles and token files count.
 * It reads no file and makes no call.
 *
 * @module
 */

import { maskKeyId } from "../aws/credentials.ts";
import { exportedKeys } from "../aws/exported_keys.ts";
import type { Credentials } from "../aws/credentials.ts";
import type { Signer, WebIdentityToken } from "../aws/signer.ts";
import { findCiToken } from "../aws/signers/ci_token.ts";
import type { FollowedProfile, ProfileRole } from "../profile/follow_profile.ts";
import { partitionOf } from "../aws/role_arn.ts";
import { readFlag, readList, readValue, type Typed, typedValue } from "../cli/values.ts";
import { type Env, fromEnv, type Sourced } from "../sourced.ts";
import { ArarError } from "../errors.ts";

/** Who signs, and the roles that come with it. */
export interface ChosenSigner {
  readonly signer: Signer;
  /** For `--verbose`: what it is, with no secret. */
  readonly description: string;
  readonly from: string;
  /** Roles that the profile names; its roles come first. */
  readonly profileRoles: readonly ProfileRole[];
  /** Roles from the command line or the environment, after those. */
  readonly roleArns: readonly Sourced<string>[];
  /** Variables that are a token, or that got one: the command must not have another. */
  readonly usedNames?: readonly string[];
}

/** A token, where it came from, and which variables it took. */
interface ChosenToken extends Sourced<WebIdentityToken> {
  readonly usedNames: readonly string[];
}

/** A profile to read before the plan can be made; an optional one may be missing. */
export interface WantedProfile {
  readonly name: string;
  readonly required: boolean;
}

/** The profile that counts in this run, if one does. With exported keys and a role none is even read. */
export function wantedProfile(typed: Typed): WantedProfile | undefined {
  const flag = typedValue(typed.options, "profile");
  if (flag) return { name: flag.value, required: true };
  if (tokenFlag(typed)) return undefined;
  const keys = exportedKeys(typed.env);
  if (keys && roleArns(typed).length > 0) return undefined;
  if (!keys && typed.env.AWS_WEB_IDENTITY_TOKEN_FILE) return undefined;
  const named = readValue(typed, "profile");
  return { name: named?.value ?? "default", required: named !== undefined };
}

/** Chooses the source; throws an `ArarError` where the choice has no role to go on with. */
export function chooseSigner(input: Typed & { readonly profile?: FollowedProfile }): ChosenSigner {
  const { env, profile } = input;
  if (typedValue(input.options, "profile") && profile) return fromProfile(input, profile);
  const token = tokenFlag(input);
  if (token) return webIdentity(token, roleArns(input));
  const keys = exportedKeys(env);
  if (keys && !profile) return fromKeys(input, keys);
  const file = fromEnv(env, "AWS_WEB_IDENTITY_TOKEN_FILE");
  if (!keys && file) {
    // The environment's pair belongs together, as every SDK reads it; roles on the command line follow.
    const own = fromEnv(env, "AWS_ROLE_ARN");
    const typed = typedRoles(input);
    return webIdentity(fileToken(file), own ? [own, ...typed] : typed);
  }
  if (profile) return fromProfile(input, profile);
  const tried = [...NOT_EXPORTED, "there is no default profile"];
  return {
    signer: { kind: "chain", tried },
    description: "container or instance role",
    from: "nothing else named",
    profileRoles: [],
    roleArns: someRole(roleArns(input)),
  };
}

/** What was looked at before any profile, and why it did not serve. */
const NOT_EXPORTED = ["AWS_ACCESS_KEY_ID is not set", "AWS_WEB_IDENTITY_TOKEN_FILE is not set"];

function fromKeys(typed: Typed, credentials: Credentials): ChosenSigner {
  const ignored = typed.env.AWS_PROFILE ? "environment; AWS_PROFILE is not consulted" : "environment";
  return {
    signer: { kind: "keys", credentials, from: "environment" },
    description: `key ${maskKeyId(credentials.accessKeyId)}`,
    from: ignored,
    profileRoles: [],
    roleArns: someRole(roleArns(typed)),
  };
}

function fromProfile(typed: Typed, profile: FollowedProfile): ChosenSigner {
  const { roles } = profile;
  const signer = profileSigner(typed, profile);
  // A profile's own role stands for AWS_ROLE_ARN; --role-arn goes on from there.
  const arns = roles.length > 0 ? typedRoles(typed) : roleArns(typed);
  if (roles.length === 0) someRole(arns, `${profile.from} has no role_arn`);
  const ignored = roles.length > 0 && typed.env.AWS_ROLE_ARN ? "; AWS_ROLE_ARN is not consulted" : "";
  return {
    signer,
    description: signer.kind === "keys" ? `key ${maskKeyId(signer.credentials.accessKeyId)}` : signer.kind,
    from: `${signer.kind === "keys" ? signer.from : profile.from}${ignored}`,
    profileRoles: roles,
    roleArns: arns,
  };
}

/** A profile may name no credentials, as many that hold no more than a region: then the list of what was tried grows. */
function profileSigner(typed: Typed, { signer }: FollowedProfile): Signer {
  if (signer.kind !== "chain" || typed.options.profile !== undefined) return signer;
  return { ...signer, tried: [...NOT_EXPORTED, ...signer.tried] };
}

function webIdentity(
  token: ChosenToken,
  arns: readonly Sourced<string>[],
): ChosenSigner {
  return {
    signer: { kind: "web-identity", token: token.value },
    description: "web identity token",
    from: token.from,
    profileRoles: [],
    roleArns: someRole(arns),
    usedNames: token.usedNames,
  };
}

/** The token that arar's own options name; a typed one counts before an exported one. */
function tokenFlag(typed: Typed): ChosenToken | undefined {
  const file = typedValue(typed.options, "web-identity-token-file");
  if (file) return fileToken(file);
  const name = readValue(typed, "web-identity-token-env");
  const github = readFlag(typed, "github-oidc");
  const nameYields = typed.options["github-oidc"] && !typed.options["web-identity-token-env"];
  if (name && !nameYields) return environmentToken(name, typed.env);
  return github && ciToken(typed, github.from);
}

function fileToken(file: Sourced<string>): ChosenToken {
  return {
    usedNames: [],
    from: `${file.from} ${file.value}`,
    value: { kind: "file", path: file.value },
  };
}

function environmentToken(name: Sourced<string>, env: Env): ChosenToken {
  const token = env[name.value];
  if (!token) {
    throw new ArarError(`${name.from} names ${name.value}, which is not set`);
  }
  return {
    usedNames: [name.value],
    from: `${name.from} ${name.value}`,
    value: { kind: "environment", name: name.value, token },
  };
}

function ciToken(typed: Typed, from: string): ChosenToken {
  const partition = partitionOf(roleArns(typed)[0]?.value ?? "");
  const { ci, token, usedNames } = findCiToken(typed.env, { audience: readValue(typed, "audience")?.value, partition });
  return { from: `${from}: ${ci}`, value: token, usedNames };
}

function typedRoles(typed: Typed): readonly Sourced<string>[] {
  return readList(typed.options, "role-arn").map((value) => ({
    value,
    from: "--role-arn",
  }));
}

/** The roles of the command line, else that of the environment. */
function roleArns(typed: Typed): readonly Sourced<string>[] {
  const flags = typedRoles(typed);
  const own = fromEnv(typed.env, "AWS_ROLE_ARN");
  return flags.length > 0 || !own ? flags : [own];
}

function someRole(
  arns: readonly Sourced<string>[],
  why = "no role is named",
): readonly Sourced<string>[] {
  if (arns.length > 0) return arns;
  throw new ArarError(`${why}; name one with --role-arn, AWS_ROLE_ARN, or role_arn in a profile (see arar --help)`);
}
