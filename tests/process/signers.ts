/**
 * Shared by the tests of source credentials: runs of arar, who signed which call, keys in a profile.
 */
import { assertEquals, assertMatch } from "@std/assert";
import { arar, type ArarOptions, type ArarResult } from "../arar.ts";
import { ALICE, type Caller, ROLE_SESSION, type StsServer, USER_WITH_PATH } from "../sts_server.ts";
import type { Shown } from "./job.ts";

/** Names and values. */
export type Env = Readonly<Record<string, string>>;

/** Runs arar against this STS, in an otherwise empty environment. */
export async function run(
  sts: StsServer,
  args: readonly string[],
  env: Env,
  options: Omit<ArarOptions, "env"> = {},
): Promise<ArarResult> {
  const secrets = () => [...sts.secrets(), ...options.secrets?.() ?? []];
  return await arar(args, { ...options, env: { AWS_ENDPOINT_URL_STS: sts.url, ...env }, secrets });
}

/** One call: its action, who signed it, and for which role. */
export type Call = readonly [action: string, signer: string, role: string | undefined];

/** The calls in order; the signer is `nobody`, one of the sample callers, or a `session` that this STS has issued. */
export function calls(sts: Pick<StsServer, "requests">): readonly Call[] {
  const known = [ALICE, USER_WITH_PATH, ROLE_SESSION];
  return sts.requests.map(({ action, accessKeyId, params }) => {
    const caller = known.find((one) => one.accessKeyId === accessKeyId);
    const signer = accessKeyId === undefined ? "nobody" : caller?.arn.split("/").slice(1).join("/") ?? "session";
    return [action, signer, params.RoleArn];
  });
}

/** A section of the credentials file. */
export function stored(profile: string, { accessKeyId, secretAccessKey }: Caller): string {
  return `[${profile}]\naws_access_key_id = ${accessKeyId}\naws_secret_access_key = ${secretAccessKey}\n`;
}

/** The environment that the command received. */
export function shownEnv(stdout: string): Env {
  const shown: Shown = JSON.parse(stdout);
  return shown.env;
}

/** Asserts that arar without a command assumed its role and printed only that: no library wrote anything else. */
export function assertChecked({ code, stdout, stderr }: ArarResult): void {
  assertEquals({ code, stderr }, { code: 0, stderr: "" });
  assertMatch(stdout, /^arn:aws:sts::\d{12}:assumed-role\/[^\n]+ until [^\n]+\n$/);
}
