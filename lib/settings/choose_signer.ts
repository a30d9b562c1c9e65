/**
 * Chooses the source credentials from options, exported keys, profiles and token files. The profile to read follows from
 * the same decision.
 */

import { type Credentials, maskKeyId } from "../aws/credentials.ts";
import { emptyVariable, exportedKeys } from "../aws/keys.ts";
import { type Endpoint, readEndpoint, type SignInService } from "../aws/endpoint.ts";
import { partitionOf } from "../aws/role_rules.ts";
import { describeSource, type Services, type Signer, type WebIdentityToken } from "../aws/signer.ts";
import { findCiToken } from "../aws/signers/ci.ts";
import { readContainer, readInstance } from "../aws/signers/machine.ts";
import { ArarError } from "../errors.ts";
import type { FollowedProfile } from "../profile/follow_profile.ts";
import { type Section, sharedFilePaths } from "../profile/shared_files.ts";
import { type Env, fromEnv, Origin, type Sourced } from "../sourced.ts";
import type { Values } from "../cli/options.ts";
import type { System } from "../system.ts";

/** The source credentials, as far as options and environment determine them. */
export type Choice =
  | { readonly kind: "keys"; readonly credentials: Credentials }
  | { readonly kind: "web-identity"; readonly token: ChosenToken }
  | { readonly kind: "program"; readonly program: Sourced<string> }
  /** The profile decides. If there are `keys`, only its role is used, with the keys if it has none. */
  | { readonly kind: "profile"; readonly name: string; readonly isRequired: boolean; readonly keys?: Credentials };

/** A token, its origin, and the variables that hold it or are used to get it. */
export interface ChosenToken extends Sourced<WebIdentityToken> {
  readonly usedNames: readonly string[];
}

/** The signer in words, without secrets, and its origin. */
export interface SourceDescription extends Sourced<string> {
  /** What it takes precedence over. */
  readonly unused?: string;
}

/** The source credentials, and the roles that come with them. */
export interface ChosenSigner {
  readonly signer: Signer;
  readonly described: SourceDescription;
  /** The profile that was followed: its name, and `[profile NAME] of FILE`. */
  readonly profile?: { readonly name: string; readonly from: string };
  /** The settings of the profile's roles, which come first. */
  readonly profileRoles: readonly Section[];
  /** The roles of the command line or the environment, which follow. */
  readonly roleArns: readonly Sourced<string>[];
  /** The variables that hold the token or are used to get it; removed from the command, which could get another one. */
  readonly usedNames: readonly string[];
}

/**
 * Chooses the signer. `AWS_PROFILE` wins over `AWS_WEB_IDENTITY_TOKEN_FILE`, as in botocore and the SDKs for Rust and
 * JavaScript: every EKS pod has the file.
 */
export function chooseSigner(values: Values, env: Env): Choice {
  const named = values.profile;
  if (named?.from.layer === "command-line") return { kind: "profile", name: named.value, isRequired: true };
  const token = givenToken(values, env);
  const program = values.credentialProcess;
  if (program && (program.from.layer === "command-line" || token?.from.layer !== "command-line")) {
    return { kind: "program", program };
  }
  if (token) return { kind: "web-identity", token };
  const keys = exportedKeys(env);
  if (keys && values.roleArn.length > 0) return { kind: "keys", credentials: keys };
  if (named) return { kind: "profile", name: named.value, isRequired: true, ...(keys && { keys }) };
  const file = values.webIdentityTokenFile;
  if (!keys && file) return { kind: "web-identity", token: fileToken(file) };
  return { kind: "profile", name: "default", isRequired: false, ...(keys && { keys }) };
}

/** The profile whose settings apply: the source profile, else `AWS_PROFILE`, else the default profile. */
export function settingsProfile(choice: Choice, values: Values): string {
  return choice.kind === "profile" ? choice.name : values.profile?.value ?? "default";
}

/** Combines the choice with the resolved profile it asked for. */
export function resolveSigner(
  choice: Choice,
  profile: FollowedProfile | undefined,
  values: Values,
  env: Env,
): ChosenSigner {
  const roleArns = values.roleArn;
  switch (choice.kind) {
    case "keys":
      return fromKeys(choice.credentials, roleArns, env);
    case "web-identity":
      return {
        ...NOTHING_ELSE,
        signer: { kind: "web-identity", token: choice.token.value },
        described: { value: "web identity token", from: choice.token.from },
        roleArns: choice.token.value.kind === "file" ? pairedRoles(choice.token, roleArns, env) : roleArns,
        usedNames: choice.token.usedNames,
      };
    case "program": {
      const { value: command, from } = choice.program;
      const described = { value: "credential_process", from };
      return { ...NOTHING_ELSE, signer: { kind: "program", command, from }, described, roleArns };
    }
    case "profile":
      if (choice.keys && !profile?.roles.length) return fromKeys(choice.keys, roleArns, env);
      return profile ? fromProfile(profile, values, env) : fromMachine(roleArns);
    default:
      return choice satisfies never;
  }
}

/** For a source that brings neither roles nor variables. */
const NOTHING_ELSE = { profileRoles: [], usedNames: [] };

function fromKeys(credentials: Credentials, roleArns: readonly Sourced<string>[], env: Env): ChosenSigner {
  const from = new Origin("exported", "environment");
  const unused = env.AWS_PROFILE ? { unused: "the credentials of AWS_PROFILE are not used" } : {};
  const described = { value: `key ${maskKeyId(credentials.accessKeyId)}`, from, ...unused };
  return { ...NOTHING_ELSE, signer: { kind: "keys", credentials, from }, described, roleArns };
}

function fromProfile(profile: FollowedProfile, values: Values, env: Env): ChosenSigner {
  const { signer, roles } = profile;
  const given = values.roleArn;
  // The profile's role takes the place of AWS_ROLE_ARN; --role-arn continues the chain.
  const roleArns = roles.length > 0 ? given.filter(({ from }) => from.layer === "command-line") : given;
  const unused = roles.length > 0 && env.AWS_ROLE_ARN ? { unused: "AWS_ROLE_ARN is not used" } : {};
  return {
    ...NOTHING_ELSE,
    signer: signer.kind === "machine" && values.profile?.from.layer !== "command-line"
      ? { ...signer, tried: [...NOT_EXPORTED, ...signer.tried] }
      : signer,
    described: {
      value: describeSource(signer),
      from: signer.kind === "keys" ? signer.from : new Origin("profile", profile.from),
      ...unused,
    },
    profileRoles: roles,
    roleArns,
  };
}

/** Why the sources that take precedence over any profile were not used. */
const NOT_EXPORTED = ["AWS_ACCESS_KEY_ID is not set", "AWS_WEB_IDENTITY_TOKEN_FILE is not set"];

function fromMachine(roleArns: readonly Sourced<string>[]): ChosenSigner {
  return {
    ...NOTHING_ELSE,
    signer: { kind: "machine", tried: [...NOT_EXPORTED, "there is no default profile"] },
    described: { value: "container or instance role", from: new Origin("default", "no other source") },
    roleArns,
  };
}

/** The token selected by an arar option; the command line wins over the environment. */
function givenToken(values: Values, env: Env): ChosenToken | undefined {
  const file = values.webIdentityTokenFile;
  if (file?.from.layer === "command-line") return fileToken(file);
  const name = values.webIdentityTokenEnv;
  const { oidc } = values;
  if (name && (name.from.layer === "command-line" || oidc?.from.layer !== "command-line")) {
    return environmentToken(name, env);
  }
  return oidc && ciToken(values, env, oidc.from);
}

function fileToken({ value, from }: Sourced<string>): ChosenToken {
  return { from: from.with(` ${value}`), value: { kind: "file", path: value }, usedNames: [] };
}

/** The environment's token and role belong together, as in every SDK; the command line's roles follow. */
function pairedRoles(token: Sourced<WebIdentityToken>, given: readonly Sourced<string>[], env: Env) {
  const own = fromEnv(env, "AWS_ROLE_ARN");
  if (!own || token.from.layer !== "exported") return given;
  return [own, ...given.filter(({ from }) => from.layer === "command-line")];
}

function environmentToken({ value: name, from }: Sourced<string>, env: Env): ChosenToken {
  // A variable may be named like a property that every object has. Any other is read, which tells unreadable from unset.
  const token = Object.hasOwn(env, name) || !(name in env) ? env[name] : undefined;
  if (token) return { from: from.with(` ${name}`), value: { kind: "environment", name, token }, usedNames: [name] };
  throw token === undefined ? new ArarError(`${from} names ${name}, which is not set`) : emptyVariable(name, env);
}

function ciToken(values: Values, env: Env, from: Origin): ChosenToken {
  const partition = partitionOf(values.roleArn?.[0]?.value ?? "");
  const { ci, token, usedNames } = findCiToken(env, { audience: values.audience, partition });
  return { from: from.with(`: ${ci}`), value: token, usedNames };
}

/** Where the source credentials are requested, as for STS: from the environment, then the selected profile. */
export function readServices(
  signer: Signer,
  env: Env,
  section: Section,
  system: Pick<System, "homeFolder">,
): Services {
  const endpoint = (service: SignInService): Endpoint => readEndpoint(env, section, { service });
  const kind = signer.kind === "profile" ? signer.via : signer.kind;
  const { home } = sharedFilePaths(env, system);
  const folder = (usual: string, given?: string) =>
    given ? { tokenFolder: given } : home ? { tokenFolder: `${home}/.aws/${usual}/cache` } : {};
  const container = kind === "container" || kind === "machine" ? readContainer(env) : undefined;
  const asksInstance = kind === "instance" || (kind === "machine" && !container);
  return {
    ...kind === "sso" && { ...folder("sso"), sso: endpoint("sso"), sso_oidc: endpoint("sso_oidc") },
    ...kind === "login" && { ...folder("login", env.AWS_LOGIN_CACHE_DIRECTORY), signin: endpoint("signin") },
    ...container && { container },
    ...asksInstance && { instance: readInstance(env, section) },
  };
}
