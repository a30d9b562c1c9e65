/**
 * The credentials that a profile has of its own, or names by `credential_source`.
 * It must not follow one profile to another, nor make a call.
 *
 * @module
 */

import type { Env, Sourced } from "../sourced.ts";
import { ArarError, quote } from "../errors.ts";
import type { Credentials } from "../aws/credentials.ts";
import type { Signer } from "../aws/signer.ts";
import type { Profile, Section } from "./shared_files.ts";

/**
 * The profile's own credentials, the first kind that it has, in botocore's order:
 * https://github.com/boto/botocore/blob/develop/botocore/credentials.py (ProfileProviderBuilder)
 */
export function ownSigner(profile: Profile): Signer | undefined {
  const { values, name } = profile;
  const tokenFile = values.get("web_identity_token_file");
  if (tokenFile) {
    return {
      kind: "web-identity",
      token: { kind: "file", path: tokenFile.value },
    };
  }
  if (values.has("sso_account_id") || values.has("sso_role_name")) {
    return { kind: "profile", profile: name, via: "sso" };
  }
  const stored = keysOf(profile.credentials);
  if (stored) return stored;
  if (values.has("login_session")) {
    return { kind: "profile", profile: name, via: "login" };
  }
  if (values.has("credential_process")) {
    return { kind: "profile", profile: name, via: "process" };
  }
  return keysOf(profile.config);
}

/** Whether the profile has keys written in it, be they complete or not. */
export function hasKeys({ values }: Profile): boolean {
  return values.has("aws_access_key_id") || values.has("aws_secret_access_key");
}

/** The keys of one section: a pair is never made of two files. */
function keysOf(section: Section): Signer | undefined {
  const id = section.get("aws_access_key_id");
  const secret = section.get("aws_secret_access_key");
  if (id && secret) {
    const credentials = keys(
      id.value,
      secret.value,
      section.get("aws_session_token")?.value,
    );
    return { kind: "keys", credentials, from: id.from };
  }
  if (!id && !secret) return undefined;
  throw new ArarError(`${(id ?? secret)?.from} stands without ${id ? "aws_secret_access_key" : "aws_access_key_id"}`);
}

function keys(accessKeyId: string, secretAccessKey: string, sessionToken: string | undefined): Credentials {
  return {
    accessKeyId,
    secretAccessKey,
    ...(sessionToken && { sessionToken }),
  };
}

/** `credential_source`: https://docs.aws.amazon.com/sdkref/latest/guide/feature-assume-role-credentials.html */
export function namedSigner(given: Sourced<string>, env: Env): Signer {
  switch (given.value) {
    case "EcsContainer":
      return { kind: "container" };
    case "Ec2InstanceMetadata":
      return { kind: "instance" };
    case "Environment":
      return exportedKeys(given, env);
    default:
      throw new ArarError(
        `${given.from} is ${quote(given.value)}; it takes Environment, EcsContainer or Ec2InstanceMetadata`,
      );
  }
}

function exportedKeys(given: Sourced<string>, env: Env): Signer {
  const {
    AWS_ACCESS_KEY_ID: id,
    AWS_SECRET_ACCESS_KEY: secret,
    AWS_SESSION_TOKEN: token,
  } = env;
  if (!id || !secret) {
    const missing = id ? "AWS_SECRET_ACCESS_KEY" : "AWS_ACCESS_KEY_ID";
    throw new ArarError(`${given.from} is Environment, but ${missing} is not set`);
  }
  return {
    kind: "keys",
    credentials: keys(id, secret, token),
    from: `the environment, by ${given.from}`,
  };
}
