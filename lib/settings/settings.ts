/**
 * Turns command line, environment and profile into one complete, frozen plan of the run, with the origin of each value.
 * Nothing reads options, environment or profile after this.
 */

import { chooseRegion, type Endpoint, readEndpoint, type Region } from "../aws/endpoint.ts";
import type { Target } from "../aws/role_request.ts";
import { accountOf, partitionOf } from "../aws/role_rules.ts";
import type { Services, Signer } from "../aws/signer.ts";
import { namesOfOneRun, OPTIONS, type Values } from "../cli/options.ts";
import { ArarError, quote } from "../errors.ts";
import { type FollowedProfile, followProfile, settingsOf } from "../profile/follow_profile.ts";
import { readSharedFiles, type Section } from "../profile/shared_files.ts";
import { type Env, fromEnv, type Sourced } from "../sourced.ts";
import type { System } from "../system.ts";
import { SET } from "../variables.ts";
import {
  type Choice,
  chooseSigner,
  readServices,
  resolveSigner,
  settingsProfile,
  type SourceDescription,
} from "./choose_signer.ts";
import { readRoles, type RequestedRoles } from "./roles.ts";
import { conflict, type Given, profileValue, readValues, refuseConflicts, refuseUnknownNames } from "./values.ts";
import { readWithoutRole, type RequestedSession } from "./without_role.ts";

/** The complete plan of a run. */
export interface Settings {
  /** The environment, read once. */
  readonly env: Env;
  readonly verbose: boolean;
  /** Signs the first request. */
  readonly signer: Signer;
  /** The signer in words. */
  readonly source: SourceDescription;
  /** What is asked for, each field with its origin. */
  readonly requested: RequestedRoles | RequestedSession;
  /** The same for AWS. */
  readonly target: Target;
  readonly region: Region;
  readonly endpoint: Endpoint;
  /** Where the source credentials are requested. */
  readonly services: Services;
  /** How long to wait for credentials, not counting prompts. */
  readonly timeoutSeconds: number;
  /** Names the application in the user agent, which CloudTrail records. */
  readonly appId: string | undefined;
  /** Describes a narrowed session in CloudTrail: the command's base name. */
  readonly description: string | undefined;
  /** The accounts the session may be in; any if empty. */
  readonly expectAccounts: readonly Sourced<string>[];
  readonly action: Action;
  readonly commandEnv: CommandEnvChoice;
  /** Absent if sessions are not cached. */
  readonly cache?: { readonly minTtlSeconds?: number };
  /** Whether GitHub Actions is told to mask the secrets. */
  readonly mask: boolean;
}

/** The variables that the options keep for the command or hide from it. */
export interface CommandEnvChoice {
  /** Exceptions from the variables that arar removes and from {@linkcode CommandEnvChoice.hide}. */
  readonly keep: readonly string[];
  /** More names that the command must not see. */
  readonly hide: readonly string[];
}

/** The part of the system that reading the settings needs. */
export type SettingsSystem = Pick<System, "homeFolder" | "mayRead" | "now" | "os" | "readTextFileSync">;

/** Reads the settings; throws an `ArarError` for anything that cannot work, before any request. */
export function readSettings(system: SettingsSystem, asked: Given, command: readonly string[]): Settings {
  const { env } = asked;
  refuseUnknownNames(env);
  const values = readValues(asked, system);
  refuseConflicts(values);
  const action = readAction(values, env, { command, os: system.os });
  const choice = chooseSigner(values, env);
  const { profile, section } = readProfile(system, choice, values, env);
  const named = profile && choice.kind === "profile" ? { profile: { name: choice.name, from: profile.from } } : {};
  const chosen = { ...resolveSigner(choice, profile, values, env), ...named };
  const given = values.region ?? profileValue(OPTIONS.region, section, system);
  const endpoint = readEndpoint(env, section, { region: given });
  const services = readServices(chosen.signer, env, section, system);
  const { requested, target } = readRoles(values, chosen, { system, endpoint }) ??
    readWithoutRole(values, chosen, env);
  // The command reads the default profile itself. Its region in a variable would override that of any other profile.
  const isDefaultProfiles = given?.from.layer === "profile" && settingsProfile(choice, values) === "default";
  const region = chooseRegion(given, partitionIn(target), isDefaultProfiles);
  refuseOtherAccount(target, values.expectAccount);
  const minTtl = values.minTtl?.value;
  return Object.freeze({
    env,
    verbose: values.verbose !== undefined,
    signer: chosen.signer,
    source: chosen.described,
    requested,
    target,
    region,
    endpoint,
    services,
    timeoutSeconds: values.timeout?.value ?? 30,
    // https://docs.aws.amazon.com/sdkref/latest/guide/feature-appid.html
    description: action.kind === "run" ? action.command[0].replace(/^.*[/\\]/s, "").slice(0, 256) : undefined,
    appId: (fromEnv(env, "AWS_SDK_UA_APP_ID") ?? section.get("sdk_ua_app_id"))?.value,
    expectAccounts: values.expectAccount,
    action,
    commandEnv: { keep: checkKeepEnv(values.keepEnv), hide: [...namesOfOneRun(), ...chosen.usedNames] },
    ...(values.cache && { cache: { ...(minTtl !== undefined && { minTtlSeconds: minTtl }) } }),
    mask: values.mask !== undefined || (action.kind === "print" && action.format === "github"),
  });
}

/** The source profile, if any, and the profile settings that region and endpoint are read from. */
function readProfile(system: SettingsSystem, choice: Choice, values: Values, env: Env): {
  readonly profile?: FollowedProfile;
  readonly section: Section;
} {
  const files = readSharedFiles(system, env);
  const name = settingsProfile(choice, values);
  const found = files.profiles.get(name);
  if (choice.kind !== "profile" || !(choice.isRequired || found)) {
    return { section: found ? settingsOf(files, found) : new Map() };
  }
  const profile = followProfile(files, name, env);
  return { profile, section: profile.settings };
}

function partitionIn(target: Target): string {
  return target.kind === "roles" ? partitionOf(target.roles[0].roleArn) ?? "aws" : "aws";
}

/** Refuses a wrong account before any request, if it is known from the ARN of the last role. */
function refuseOtherAccount(target: Target, accounts: readonly Sourced<string>[]): void {
  const [expected] = accounts;
  const roleArn = target.kind === "roles" ? target.roles.at(-1)?.roleArn : undefined;
  const account = roleArn === undefined ? undefined : accountOf(roleArn);
  if (!expected || account === undefined || accounts.some(({ value }) => value === account)) return;
  throw new ArarError(
    `role ${roleArn} is in account ${account}, ${expected.from} expects ${
      accounts.map(({ value }) => value).join(" or ")
    }`,
  );
}

/** The names of `--keep-env`; throws an `ArarError` for one that arar sets. */
function checkKeepEnv(names: readonly Sourced<string>[]): readonly string[] {
  const refused = names.find(({ value }) => SET.some((set) => set === value));
  if (!refused) return names.map(({ value }) => value);
  throw new ArarError(
    `${refused.from} ${quote(refused.value)}: arar sets this variable for the command, so it cannot be kept`,
  );
}

/** How the command is run. */
export type RunBy = "spawn" | "exec" | "refresh";

/** A `--print` format that contains credentials. */
export type PrintFormat = Exclude<NonNullable<Values["print"]>["value"], "plan">;

/** What is done with the session, or instead of getting one. */
export type Action =
  /** No command: the role is only assumed. */
  | { readonly kind: "check" }
  | { readonly kind: "run"; readonly command: readonly [string, ...string[]]; readonly by: RunBy }
  | { readonly kind: "print"; readonly format: PrintFormat }
  | {
    readonly kind: "plan";
    readonly format: "text" | "json";
    readonly command: readonly string[];
    readonly by: RunBy;
  };

/** Reads the action; throws an `ArarError` if it is impossible. */
export function readAction(
  values: Values,
  env: Env,
  { command, os }: { readonly command: readonly string[]; readonly os: System["os"] },
): Action {
  const [program, ...words] = command;
  const format = values.print?.value;
  const isRun = program !== undefined && (format === undefined || format === "plan");
  if (!isRun) refuseIdle(values, format);
  const by = isRun ? runBy(values, os) : "spawn";
  if (format === "plan" || values.dryRun) {
    return { kind: "plan", format: format === "plan" ? "json" : "text", command, by };
  }
  if (format) {
    if (program !== undefined) {
      throw new ArarError(`--print ${format} cannot be combined with a command; drop one`);
    }
    if (format === "github") refuseOutsideGithub(env);
    return { kind: "print", format };
  }
  return program === undefined ? { kind: "check" } : { kind: "run", command: [program, ...words], by };
}

/** Refuses options that say how the command is run. In the environment they are for other runs. */
function refuseIdle({ refresh, exec }: Values, format: string | undefined): void {
  const idle = [refresh, exec].find((given) => given?.from.layer === "command-line");
  if (!idle) return;
  throw new ArarError(
    format === undefined || format === "plan"
      ? `${idle.from} requires a command`
      : `${idle.from} cannot be combined with --print ${format}, which runs no command; drop one`,
  );
}

function runBy({ refresh, exec }: Values, os: System["os"]): RunBy {
  if (exec && refresh && exec.from.layer === refresh.from.layer) {
    throw conflict(exec, refresh, "after --exec, arar is gone and cannot renew credentials");
  }
  // The command line overrides the environment.
  if (refresh && exec?.from.layer !== "command-line") return "refresh";
  if (exec && os === "windows") throw new ArarError(`${exec.from} is not available on Windows; drop it`);
  return exec ? "exec" : "spawn";
}

/** Outside of GitHub Actions nothing would mask the secrets or read the file. */
function refuseOutsideGithub(env: Env): void {
  if (env.GITHUB_ACTIONS === "true" && env.GITHUB_ENV) return;
  throw new ArarError("--print github is for GitHub Actions, but GITHUB_ACTIONS or GITHUB_ENV is not set");
}
