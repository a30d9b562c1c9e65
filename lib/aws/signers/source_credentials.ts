/** Gets the source credentials, which sign the first request, from a profile, program, container or instance. */

import { ArarError, quote } from "../../errors.ts";
import type { Env } from "../../sourced.ts";
import type { System } from "../../system.ts";
import type { Captured } from "../../system/capture.ts";
import type { Credentials } from "../credentials.ts";
import type { Dial } from "../dialer.ts";
import { answeredKeys, readAnswer } from "../keys.ts";
import type { ProfileSigner, ProgramSigner, RemoteSource, Services } from "../signer.ts";
import { containerCredentials, instanceCredentials } from "./machine.ts";
import { loginCredentials, ssoCredentials } from "./sign_in.ts";

/** The part of the system that the sources use. */
export type SourceSystem = Pick<
  System,
  "captureShell" | "now" | "randomBytes" | "readTextFile" | "sleep" | "writePrivateFile"
>;

/** What the sources use. */
export interface SourceContext {
  readonly system: SourceSystem;
  readonly env: Env;
  readonly dial: Dial;
  readonly services: Services;
  /** For calls to AWS that have no region of their own. */
  readonly region: string;
  readonly signal: AbortSignal;
  readonly mayPrompt: boolean;
}

/** Throws an `ArarError` that says why there are none. */
export async function sourceCredentials(signer: RemoteSource, given: SourceContext): Promise<Credentials> {
  const context = { ...given.system, ...given };
  switch (signer.kind) {
    case "profile":
      return await profileCredentials(signer, context);
    case "program":
      return await processCredentials(signer, context);
    case "container":
      return orRefuse("container", await containerCredentials(context, given.services.container));
    case "instance":
      return orRefuse("instance", await askInstance(context));
    case "machine":
      return await machineCredentials(signer.tried, context);
    default:
      return signer satisfies never;
  }
}

type Context = SourceContext & SourceSystem;

async function profileCredentials(signer: Extract<RemoteSource, { kind: "profile" }>, context: Context) {
  switch (signer.via) {
    case "process":
      return await processCredentials(signer, context);
    case "sso":
      return await ssoCredentials(signer, context);
    case "login":
      return await loginCredentials(signer, context);
    default:
      return signer satisfies never;
  }
}

function orRefuse(what: string, found: Credentials | string): Credentials {
  if (typeof found !== "string") return found;
  throw new ArarError(`cannot use the ${what}'s credentials: ${found}`);
}

async function askInstance(context: Context, mayBeAbsent = false): Promise<Credentials | string> {
  const { instance } = context.services;
  return instance ? await instanceCredentials(context, instance, mayBeAbsent) : "no metadata service is known";
}

/** The container if the environment names one, otherwise the instance, as in the SDK's default chain. */
async function machineCredentials(tried: readonly string[], context: Context): Promise<Credentials> {
  const { container } = context.services;
  const found = await containerCredentials(context, container);
  if (typeof found !== "string") return found;
  const instance = container ? undefined : await askInstance(context, true);
  if (instance !== undefined && typeof instance !== "string") return instance;
  const reasons = [...tried, `container: ${found}`, ...instance === undefined ? [] : [`instance: ${instance}`]];
  throw new ArarError("no source credentials were found", {
    detail: reasons.join("\n"),
    hints: [
      "export AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, name a profile with --profile, or use --oidc in a CI job",
    ],
  });
}

/** What running the program uses; the signal kills it. */
export type ProcessContext = Pick<Context, "captureShell" | "env" | "mayPrompt" | "now" | "signal">;

type ProcessSigner = Extract<ProfileSigner, { via: "process" }> | ProgramSigner;

/** In bytes, far more than any answer needs. */
const LIMIT = 64 * 1024;

/** Tells a nested arar which profiles are already waiting for their program. No profile has the name of the option. */
const ASKED = "ARAR_ASKED_PROFILES";
const OPTION = "--credential-process";

/**
 * Gets credentials from a program: the `credential_process` of a profile, or that of `--credential-process`. Throws an
 * `ArarError` that says what is wrong with its output, and shows none of it.
 *
 * The shell runs it, as in the SDKs for JavaScript, Go, Rust and Java, but not in botocore. Plain words, which are what
 * the documentation shows, work the same in all of them.
 * https://docs.aws.amazon.com/sdkref/latest/guide/feature-process-credentials.html
 */
export async function processCredentials(signer: ProcessSigner, context: ProcessContext): Promise<Credentials> {
  const asked = context.env[ASKED]?.split("\n") ?? [];
  const name = signer.kind === "program" ? OPTION : signer.profile;
  // It would start processes without end.
  if (asked.includes(name)) throw endless(signer);
  const what = nameOf(signer);
  const captured = await capture(signer, what, context, { [ASKED]: [...asked, name].join("\n") });
  const output = outputOf(captured, what);
  try {
    return keysIn(output, what, context.now());
  } catch (error) {
    if (!(error instanceof ArarError)) throw error;
    const hint = "run it yourself to see its output, which arar does not show since it may contain secrets";
    throw new ArarError(error.message, { hints: [hint] });
  }
}

function endless(signer: ProcessSigner): ArarError {
  const hints = ["let it name the profile that has the keys: arar --profile NAME"];
  if (signer.kind === "program") {
    return new ArarError(`the program of ${signer.from} runs arar with it again`, { hints });
  }
  const what = `the credential_process of profile ${quote(signer.profile)}`;
  return new ArarError(`${what} runs arar with the same profile`, { hints });
}

/** Names the program without its arguments, which may contain secrets. */
function nameOf(signer: ProcessSigner): string {
  const { command } = signer;
  const [, ...names] = /^\s*(?:"([^"=]+)"|'([^'=]+)'|([^\s"'=;|&<>()$`]+))(?=\s|$)/.exec(command) ?? [];
  const program = names.find((name) => name !== undefined);
  const named = program ? ` ${quote(program)}` : "";
  return signer.kind === "program"
    ? `the program${named} of ${signer.from}`
    : `credential_process${named} of profile ${quote(signer.profile)}`;
}

async function capture(
  { command }: ProcessSigner,
  what: string,
  { captureShell, signal, mayPrompt }: ProcessContext,
  env: Env,
): Promise<Captured> {
  try {
    return await captureShell(onOneLine(command), { mayPrompt, env, limit: LIMIT, signal });
  } catch (error) {
    signal.throwIfAborted();
    if (error instanceof Error && error.name === "NotCapable") {
      throw new ArarError(`cannot run ${what}: Deno denied permission`, {
        hints: ["run arar with -A, or with --allow-run"],
        cause: error,
      });
    }
    throw new ArarError(`cannot run ${what}: the shell cannot be started`, { cause: error });
  }
}

/** A command may span several lines of the file, which are one to the shell; within quotes a line break is kept. */
function onOneLine(command: string): string {
  return command.replace(
    /"(?:[^"\\]|\\[^])*"|'[^']*'|\\?\n/g,
    (part) => part === "\n" ? " " : part === "\\\n" ? "" : part,
  );
}

/** What the program printed; throws an `ArarError` that shows none of it. */
function outputOf({ stdout, code, signal }: Captured, what: string): string {
  if (stdout === undefined) throw new ArarError(`${what} wrote more than ${LIMIT / 1024} KiB`);
  if (signal) throw new ArarError(`${what} was terminated by ${signal}`);
  if (code === 0) return stdout;
  const hints = code === 127 ? ["the shell found no such program"] : [];
  throw new ArarError(`${what} failed with exit code ${code}`, { hints });
}

function keysIn(output: string, what: string, now: number): Credentials {
  const answer = readAnswer(output, what);
  if (answer.Version !== 1) throw new ArarError(`${what} did not return Version 1`);
  const credentials = answeredKeys(answer, what, "SessionToken");
  const { expiration } = credentials;
  if (expiration && expiration.getTime() <= now) throw new ArarError(`${what} returned expired credentials`);
  return credentials;
}
