/**
 * Assume an IAM role the way arar does, from a script: the same sources of credentials, checks and messages as the program.
 *
 * Like the program it reads the environment: exported keys, `AWS_PROFILE`, `AWS_ROLE_ARN`, `ARAR_…`. Options of the call
 * come first, and are named like those of the program.
 *
 * ```ts
 * import { assumeRole } from "@ikedam/arar/lib";
 *
 * // As AWS_ROLE_ARN=… arar -u -- deno eval …
 * const { arn, environment } = await assumeRole({ usernameSession: true });
 * console.log(`running as ${arn}`);
 * const command = new Deno.Command(Deno.execPath(), {
 *   args: ["eval", "console.log(Deno.env.get('AWS_ACCESS_KEY_ID'))"],
 *   env: environment,
 *   clearEnv: true,
 * });
 * const { success } = await command.output();
 * if (!success) throw new Error("the command failed");
 * ```
 *
 * The credentials themselves are for an SDK's client, or whatever else takes some:
 *
 * ```ts
 * import { assumeRole } from "@ikedam/arar/lib";
 *
 * const { credentials, accountId } = await assumeRole({ durationSeconds: 900 });
 * const minutes = (credentials.expiration.getTime() - Date.now()) / 60_000;
 * console.log(`in account ${accountId} for ${Math.round(minutes)} minutes`);
 * ```
 *
 * A failure is an {@linkcode ArarError}: its message is one line that says what was tried and what to do, without a secret.
 *
 * @module
 */

import { environmentChange, keyVariables } from "./use/command_env.ts";
import { MARKER } from "./variables.ts";
import type { RoleSession, SessionCredentials } from "./aws/credentials.ts";
import type { TypedOptions } from "./cli/options.ts";
import { Secrets } from "./secrets.ts";
import { checkAccount, readEnv, readSettings, type Settings } from "./settings/settings.ts";
import type { Env } from "./sourced.ts";
import { system } from "./system.ts";

export { ArarError, type ArarErrorOptions } from "./errors.ts";
export type { Credentials, SessionCredentials } from "./aws/credentials.ts";

/** What {@linkcode assumeRole} can be told; everything has the program's default. */
export interface AssumeRoleOptions {
  /** The role's ARN; several are a chain, assumed one after the other. */
  readonly roleArn?: string | readonly string[];
  /** The session's name. */
  readonly roleSessionName?: string;
  /** Whether the session is named after the caller's IAM user. */
  readonly usernameSession?: boolean;
  /** How long the session lasts: seconds, or a text such as `1h30m`. */
  readonly durationSeconds?: number | string;
  /** The external id that the trust policy demands. */
  readonly externalId?: string;
  /** The source identity, which a chain keeps. */
  readonly sourceIdentity?: string;
  /** The region of STS and of commands. */
  readonly region?: string;
  /** The profile to start from, its own role included. */
  readonly profile?: string;
  /** The MFA device; without {@linkcode AssumeRoleOptions.tokenCode} its code is asked for on the terminal. */
  readonly serialNumber?: string;
  /** The six digits of the MFA device. */
  readonly tokenCode?: string;
  /** A session policy, as JSON. */
  readonly policy?: string;
  /** Managed session policies. */
  readonly policyArns?: readonly string[];
  /** Session tags. */
  readonly tags?: Readonly<Record<string, string>>;
  /** Keys of the session tags that a chain passes on. */
  readonly transitiveTagKeys?: readonly string[];
  /** Names that {@linkcode AssumedRole.environment} keeps though arar would remove them. */
  readonly keepEnv?: readonly string[];
  /** Read in place of the process's own environment. */
  readonly env?: Readonly<Record<string, string>>;
  /** Is told what should be known, such as a duration that AWS caps. */
  readonly warn?: (message: string) => void;
}

/** A role session. */
export interface AssumedRole {
  /** The temporary credentials. */
  readonly credentials: SessionCredentials;
  /** `arn:aws:sts::ACCOUNT:assumed-role/ROLE/SESSION` */
  readonly arn: string;
  /** The account's twelve digits. */
  readonly accountId: string;
  /**
   * The whole environment for a command that is to run as the role, to be used with `clearEnv: true`: what was read, less
   * what would shadow the credentials, plus the credentials and the region.
   */
  readonly environment: Readonly<Record<string, string>>;
}

/** Assumes a role; throws an {@linkcode ArarError} that says what failed and what to do. */
export async function assumeRole(options: AssumeRoleOptions = {}): Promise<AssumedRole> {
  const env = withoutProgramOptions(readEnv({ os: system.os, env: () => options.env ?? system.env() }));
  const secrets = new Secrets();
  secrets.addEnv(env);
  const settings = readSettings(system, { options: typedOptions(options), env }, []);
  const { assumeRoles } = await import("./aws/assume.ts");
  const report = { found: () => {}, warn: options.warn ?? (() => {}) };
  const session = await assumeRoles(system, settings, { report, secrets });
  checkAccount(session, settings);
  return { ...publicParts(session), environment: environmentFor(session, settings) };
}

/** What concerns the program alone: what it does with the session, and how it runs a command. */
const PROGRAM_OPTIONS = [
  "exec",
  "refresh",
  "cache",
  "min-ttl",
  "print",
  "dry-run",
  "mask",
  "completions",
  "clear-cache",
] as const;

function withoutProgramOptions(env: Env): Env {
  const names = PROGRAM_OPTIONS.map((name) => `ARAR_${name.toUpperCase().replaceAll("-", "_")}`);
  return Object.fromEntries(Object.entries(env).filter(([name]) => !names.includes(name)));
}

function typedOptions(given: AssumeRoleOptions): TypedOptions {
  const { roleArn, durationSeconds, tags } = given;
  const options: { readonly [Name in keyof TypedOptions]: TypedOptions[Name] | undefined } = {
    "role-arn": typeof roleArn === "string" ? [roleArn] : roleArn,
    "role-session-name": given.roleSessionName,
    "username-session": given.usernameSession || undefined,
    "duration-seconds": durationSeconds === undefined ? undefined : `${durationSeconds}`,
    "external-id": given.externalId,
    "source-identity": given.sourceIdentity,
    "region": given.region,
    "profile": given.profile,
    "serial-number": given.serialNumber,
    "token-code": given.tokenCode,
    "policy": given.policy,
    "policy-arn": given.policyArns,
    "tag": tags && Object.entries(tags).map(([key, value]) => `${key}=${value}`),
    "transitive-tag-key": given.transitiveTagKeys,
    "keep-env": given.keepEnv,
  };
  // What is not given must be absent. The type says all that the entries say, but for that.
  return Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined)) as TypedOptions;
}

function publicParts({ credentials, arn, accountId }: RoleSession): Omit<AssumedRole, "environment"> {
  return { credentials, arn, accountId };
}

function environmentFor(session: RoleSession, { env, region, commandEnv }: Settings) {
  const variables = { ...keyVariables(session), [MARKER]: session.arn };
  const { set, unset } = environmentChange(variables, region, env, commandEnv);
  const kept = Object.entries(env).filter(([name]) => !unset.includes(name));
  return { ...Object.fromEntries(kept), ...set };
}
