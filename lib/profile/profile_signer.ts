/** The signer of a profile: its own credentials, or its `credential_source`. */

import { checkKeys, exportedKeys, flawOf } from "../aws/keys.ts";
import type { Signer, SsoSettings } from "../aws/signer.ts";
import { ArarError, quote } from "../errors.ts";
import { type Env, Origin, type Sourced } from "../sourced.ts";
import type { Profile, Section, SharedFiles } from "./shared_files.ts";

/**
 * The profile's own credentials, the first kind in botocore's order:
 * https://github.com/boto/botocore/blob/develop/botocore/credentials.py (ProfileProviderBuilder)
 */
export function ownSigner(files: SharedFiles, profile: Profile): Signer | undefined {
  const { values, name } = profile;
  const tokenFile = values.get("web_identity_token_file");
  if (tokenFile) return { kind: "web-identity", token: { kind: "file", path: tokenFile.value } };
  if (values.has("sso_account_id") || values.has("sso_role_name")) {
    return { kind: "profile", profile: name, via: "sso", sso: ssoSettings(files, profile) };
  }
  const stored = keysOf(profile.credentials);
  if (stored) return stored;
  const login = values.get("login_session");
  if (login) {
    return {
      kind: "profile",
      profile: name,
      via: "login",
      session: checked(login),
      region: values.get("region")?.value,
    };
  }
  const process = values.get("credential_process");
  if (process) return { kind: "profile", profile: name, via: "process", command: process.value };
  return keysOf(profile.config);
}

/** Whether the profile contains keys, complete or not. */
export function hasKeys({ values }: Profile): boolean {
  return values.has("aws_access_key_id") || values.has("aws_secret_access_key");
}

/** The keys of one section; a pair is never put together from two files. */
function keysOf(section: Section): Signer | undefined {
  const id = section.get("aws_access_key_id");
  const secret = section.get("aws_secret_access_key");
  if (id && secret) {
    // The older name is read last.
    const tokens = ["aws_session_token", "aws_security_token"].map((name) => section.get(name));
    const token = tokens.find((one) => one?.value) ?? tokens.find((one) => one);
    const credentials = checkKeys({ id, secret, token, tokenName: "aws_session_token" });
    return { kind: "keys", credentials, from: id.from };
  }
  if (!id && !secret) return undefined;
  throw new ArarError(`${(id ?? secret)?.from} is set without ${id ? "aws_secret_access_key" : "aws_access_key_id"}`);
}

/** The settings for IAM Identity Center, from the profile and the `sso-session` it names. */
function ssoSettings(files: SharedFiles, { values, from }: Profile): SsoSettings {
  const session = values.get("sso_session");
  const shared = session && files.ssoSessions.get(session.value);
  if (session && !shared) {
    throw new ArarError(
      `${session.from} is ${quote(session.value)}, but ${files.config.shown} has no [sso-session ${session.value}]`,
    );
  }
  const missing: string[] = [];
  const setting = (key: string): string => {
    const [one, own] = [shared?.get(key), values.get(key)];
    if (one && own && one.value !== own.value) {
      throw new ArarError(`${own.from} is ${quote(own.value)}, but ${one.from} is ${quote(one.value)}; keep one`);
    }
    const given = one ?? own;
    if (!given) missing.push(key);
    return given ? checked(given) : "";
  };
  const settings = {
    session: session?.value,
    startUrl: setting("sso_start_url"),
    region: setting("sso_region"),
    accountId: setting("sso_account_id"),
    roleName: setting("sso_role_name"),
  };
  if (missing.length === 0) return settings;
  throw new ArarError(`${from} uses IAM Identity Center (SSO), but lacks ${missing.join(", ")}`);
}

function checked(given: Sourced<string>): string {
  const flaw = flawOf(given.value);
  if (flaw) throw new ArarError(`${given.from} ${flaw}`);
  return given.value;
}

/** `credential_source`: https://docs.aws.amazon.com/sdkref/latest/guide/feature-assume-role-credentials.html */
export function namedSigner(given: Sourced<string>, env: Env): Signer {
  switch (given.value) {
    case "EcsContainer":
      return { kind: "container" };
    case "Ec2InstanceMetadata":
      return { kind: "instance" };
    case "Environment": {
      const credentials = exportedKeys(env);
      if (credentials) {
        return {
          kind: "keys",
          credentials,
          from: new Origin("exported", "environment", undefined, `, by ${given.from}`),
        };
      }
      const problem = env.AWS_ACCESS_KEY_ID === undefined ? "not set" : "empty";
      throw new ArarError(`${given.from} is Environment, but AWS_ACCESS_KEY_ID is ${problem}`);
    }
    default:
      throw new ArarError(
        `${given.from} is ${quote(given.value)}; expected Environment, EcsContainer or Ec2InstanceMetadata`,
      );
  }
}
