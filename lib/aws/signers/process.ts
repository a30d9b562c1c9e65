/**
 * Gets credentials from a program: the `credential_process` of a profile, or that of `--credential-process`.
 *
 * The shell runs it, as in the SDKs for JavaScript, Go, Rust and Java, but not in botocore. Plain words, which are what the
 * documentation shows, work the same in all of them.
 * https://docs.aws.amazon.com/sdkref/latest/guide/feature-process-credentials.html
 */

import { ArarError, quote } from "../../errors.ts";
import type { Env } from "../../sourced.ts";
import type { System } from "../../system.ts";
import type { Captured } from "../../system/capture.ts";
import type { Credentials } from "../credentials.ts";
import { answeredKeys, readAnswer } from "../keys.ts";
import type { ProfileSigner, ProgramSigner } from "../signer.ts";

/** What running the program uses. */
export interface ProcessContext {
  readonly system: Pick<System, "captureShell" | "now">;
  readonly env: Env;
  /** Kills the program. */
  readonly signal: AbortSignal;
  readonly mayPrompt: boolean;
}

type ProcessSigner = Extract<ProfileSigner, { via: "process" }> | ProgramSigner;

/** In bytes, far more than any answer needs. */
const LIMIT = 64 * 1024;

/** Tells a nested arar which profiles are already waiting for their program. No profile has the name of the option. */
const ASKED = "ARAR_ASKED_PROFILES";
const OPTION = "--credential-process";

/** Runs the program; throws an `ArarError` that says what is wrong with its output, and shows none of it. */
export async function processCredentials(signer: ProcessSigner, context: ProcessContext): Promise<Credentials> {
  const asked = context.env[ASKED]?.split("\n") ?? [];
  const name = signer.kind === "program" ? OPTION : signer.profile;
  // It would start processes without end.
  if (asked.includes(name)) throw endless(signer);
  const what = nameOf(signer);
  const captured = await capture(signer, what, context, { [ASKED]: [...asked, name].join("\n") });
  const output = outputOf(captured, what);
  return orHint(() => keysIn(output, what, context.system.now()));
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
  { system, signal, mayPrompt }: ProcessContext,
  env: Env,
): Promise<Captured> {
  try {
    return await system.captureShell(onOneLine(command), { mayPrompt, env, limit: LIMIT, signal });
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

function orHint(read: () => Credentials): Credentials {
  try {
    return read();
  } catch (error) {
    if (!(error instanceof ArarError)) throw error;
    const hint = "run it yourself to see its output, which arar does not show since it may contain secrets";
    throw new ArarError(error.message, { hints: [hint] });
  }
}
