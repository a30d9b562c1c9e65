/** Gets the source credentials, which sign the first request, from a profile, container or instance. */

import { ArarError } from "../../errors.ts";
import type { Env } from "../../sourced.ts";
import type { System } from "../../system.ts";
import type { Credentials } from "../credentials.ts";
import type { Dial } from "../dialer.ts";
import type { RemoteSource, Services } from "../signer.ts";
import { containerCredentials, instanceCredentials } from "./machine.ts";
import { processCredentials } from "./process.ts";
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
  throw new ArarError(`no source credentials: ${reasons.join("; ")}`, {
    hints: [
      "export AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, name a profile with --profile, " +
      "or an OIDC token with --web-identity-token-file or --oidc",
    ],
  });
}
