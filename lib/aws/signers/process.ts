/**
 * Gets credentials from a program: the `credential_process` of a profile.
 *
 * The shell runs it, as in the SDKs for JavaScript, Go, Rust and Java, but not in botocore. Plain words, which are what the
 * documentation shows, work the same in all of them.
 * https://docs.aws.amazon.com/sdkref/latest/guide/feature-process-credentials.html
 */

import { ArarError, quote } from "../../errors.ts";
import { type Env, Origin } from "../../sourced.ts";
import type { System } from "../../system.ts";
import type { Captured } from "../../system/capture.ts";
import type { Credentials } from "../credentials.ts";
import { checkKeys } from "../keys.ts";
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
  return readAnswer(answerOf(captured, what), what, context.system.now());
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
    // A command may span several lines of the file, which are one to the shell.
    return await system.captureShell(command.replaceAll("\n", " "), { mayPrompt, env, limit: LIMIT, signal });
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

function answerOf({ stdout, code, signal }: Captured, what: string): unknown {
  if (stdout === undefined) throw new ArarError(`${what} wrote more than ${LIMIT / 1024} KiB`);
  if (signal) throw new ArarError(`${what} was terminated by ${signal}`);
  if (code !== 0) {
    const hints = code === 127 ? ["the shell found no such program"] : [];
    throw new ArarError(`${what} failed with exit code ${code}`, { hints });
  }
  try {
    return JSON.parse(stdout);
  } catch {
    throw wrong(what, "returned no JSON");
  }
}

function readAnswer(answer: unknown, what: string, now: number): Credentials {
  if (typeof answer !== "object" || answer === null) throw wrong(what, "returned no JSON object");
  const { Version: version, Expiration: expiration, ...keys }: Readonly<Record<string, unknown>> = { ...answer };
  if (version !== 1) throw wrong(what, "did not return Version 1");
  const given = (name: string) => {
    const value = keys[name];
    if (value === undefined || value === null) return undefined;
    if (typeof value !== "string") {
      throw wrong(what, `returned ${/^A/.test(name) ? "an" : "a"} ${name} that is not a string`);
    }
    return { value, from: new Origin("answer", `${name} of ${what}`) };
  };
  const [id, secret, token] = [given("AccessKeyId"), given("SecretAccessKey"), given("SessionToken")];
  if (!id || !secret) throw wrong(what, `returned no ${id ? "SecretAccessKey" : "AccessKeyId"}`);
  const credentials = checkKeys({ id, secret, token: token?.value ? token : undefined });
  return expiration ? { ...credentials, expiration: readExpiration(expiration, what, now) } : credentials;
}

function readExpiration(expiration: unknown, what: string, now: number): Date {
  const date = new Date(typeof expiration === "string" ? expiration : Number.NaN);
  if (Number.isNaN(date.getTime())) throw wrong(what, "returned an Expiration that is not a date");
  if (date.getTime() <= now) throw new ArarError(`${what} returned expired credentials`);
  return date;
}

function wrong(what: string, complaint: string): ArarError {
  return new ArarError(`${what} ${complaint}`, {
    hints: ["run it yourself to see its output, which arar does not show since it may contain secrets"],
  });
}
