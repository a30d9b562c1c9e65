/**
 * Gets the source credentials: those that sign the first request.
 *
 * @module
 */

import { ArarError } from "../../errors.ts";
import type { Env } from "../../sourced.ts";
import type { System } from "../../system.ts";
import type { Credentials } from "../credentials.ts";
import type { MetadataSettings, Signer } from "../signer.ts";
import type { SdkHandler } from "../http.ts";
import { containerCredentials, containerIsNamed, instanceCredentials } from "./metadata.ts";
import { processCredentials } from "./process.ts";
import { profileCredentials } from "./sso.ts";

/** What the sources use. */
export interface SourceContext {
  readonly system: Pick<System, "captureShell" | "now" | "sleep" | "withEnv">;
  readonly env: Env;
  /** For calls to AWS itself; containers and instances are asked directly, never through a proxy. */
  readonly handler: SdkHandler;
  /** The region for calls to AWS that have no other. */
  readonly region: string;
  readonly signal: AbortSignal;
  /** Whether the terminal is free for a program to ask on. */
  readonly mayPrompt: boolean;
}

/** Gets them; throws an `ArarError` that says why there are none. SDK packages are loaded only when needed. */
export async function sourceCredentials(
  signer: Exclude<Signer, { kind: "web-identity" }>,
  context: SourceContext,
): Promise<Credentials> {
  switch (signer.kind) {
    case "keys":
      return signer.credentials;
    case "profile":
      return signer.via === "process"
        ? await processCredentials(signer, context)
        : await profileCredentials(signer, context);
    case "container":
      return await orRefuse("cannot use the container's credentials", containerCredentials(context));
    case "instance":
      return await orRefuse("cannot use the instance's credentials", instanceCredentials(context, signer.metadata));
    case "chain":
      return await anyCredentials(signer, context);
    default:
      return signer satisfies never;
  }
}

async function orRefuse(what: string, found: Promise<Credentials | string>): Promise<Credentials> {
  const credentials = await found;
  if (typeof credentials === "string") throw new ArarError(`${what}: ${credentials}`);
  return credentials;
}

type Chain = Extract<Signer, { kind: "chain" }>;

/** How long one try at the metadata service may take in all: many machines have none. */
const CHAIN_MILLISECONDS = 1000;

/** Nothing was named: the container if the environment has one, else the instance, as in the SDK's default chain. */
async function anyCredentials({ tried, metadata }: Chain, context: SourceContext): Promise<Credentials> {
  const container = await containerCredentials(context);
  if (typeof container !== "string") return container;
  const reasons = [...tried, `container: ${container}`];
  if (containerIsNamed(context.env)) throw noCredentials(reasons);
  const instance = await instanceInTime(context, metadata);
  if (typeof instance !== "string") return instance;
  throw noCredentials([...reasons, `instance: ${instance}`]);
}

async function instanceInTime(context: SourceContext, metadata: MetadataSettings | undefined) {
  const { system, signal } = context;
  const stop = new AbortController();
  const tooLate = system.sleep(CHAIN_MILLISECONDS, { signal: AbortSignal.any([stop.signal, signal]) })
    .then(() => "no metadata service answered within a second");
  // Rejects when it is stopped, and nobody waits for it by then.
  tooLate.catch(() => {});
  try {
    // Half of the time for each version of the service.
    return await Promise.race([instanceCredentials(context, metadata, CHAIN_MILLISECONDS * 0.45), tooLate]);
  } finally {
    stop.abort();
  }
}

function noCredentials(reasons: readonly string[]): ArarError {
  return new ArarError(`no source credentials: ${reasons.join("; ")}`, {
    hints: [
      "export AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, name a profile with --profile, " +
      "or an OIDC token with --web-identity-token-file or --oidc",
    ],
  });
}
