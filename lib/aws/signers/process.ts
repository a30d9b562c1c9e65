/**
 * Gets credentials from a program: the `credential_process` of a profile.
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
import type { ProfileSigner } from "../signer.ts";

/** What running the program uses. */
export interface ProcessContext {
  readonly system: Pick<System, "captureShell" | "now">;
  readonly env: Env;
  /** Kills the program. */
  readonly signal: AbortSignal;
  readonly mayPrompt: boolean;
}

type ProcessSigner = Extract<ProfileSigner, { via: "process" }>;

/** In bytes, far more than any answer needs. */
const LIMIT = 64 * 1024;

/** Tells a nested arar which profiles are already waiting for their program. */
const ASKED = "ARAR_ASKED_PROFILES";

/** Runs the program; throws an `ArarError` that says what is wrong with its output, and shows none of it. */
export async function processCredentials(signer: ProcessSigner, context: ProcessContext): Promise<Credentials> {
  const asked = context.env[ASKED]?.split("\n") ?? [];
  // It would start processes without end.
  if (asked.includes(signer.profile)) {
    throw new ArarError(`the credential_process of profile ${quote(signer.profile)} runs arar with the same profile`, {
      hints: ["let it name the profile that has the keys: arar --profile NAME"],
    });
  }
  const what = nameOf(signer);
  const captured = await capture(signer, what, context, { [ASKED]: [...asked, signer.profile].join("\n") });
  const output = outputOf(captured, what);
  return orHint(() => keysIn(output, what, context.system.now()));
}

/** Names the program without its arguments, which may contain secrets. */
function nameOf({ profile, command }: ProcessSigner): string {
  const [, ...names] = /^\s*(?:"([^"=]+)"|'([^'=]+)'|([^\s"'=;|&<>()$`]+))(?=\s|$)/.exec(command) ?? [];
  const program = names.find((name) => name !== undefined);
  return `credential_process${program ? ` ${quote(program)}` : ""} of profile ${quote(profile)}`;
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
