/**
 * Gets the source credentials: those that sign the first request.
 * It must not know how the source was chosen, nor what the credentials are for.
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

/** What of the world the sources use. */
export interface SourceContext {
  readonly system: Pick<System, "captureShell" | "now" | "sleep" | "withEnv">;
  readonly env: Env;
  /** Carries the calls to AWS itself; container and instance are asked directly, never through a proxy. */
  readonly handler: SdkHandler;
  /** Region of calls to AWS for which nothing else names one. */
  readonly region: string;
  readonly signal: AbortSignal;
  /** Whether the terminal is free for a program to ask on. */
  readonly mayPrompt: boolean;
}

/** Gets them; throws an `ArarError` that says why there are none. The SDK's packages are loaded only where they are needed. */
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

/** A machine without a metadata service must not be kept waiting: one try, in all this long. */
const CHAIN_MILLISECONDS = 1000;

/** Where nothing was named: the container if one is named, else the instance, as in the SDK's own default chain. */
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
    .then(() => "no metadata service answers within a second");
  // Rejected once it is stopped, when nobody waits for it any more.
  tooLate.catch(() => {});
  try {
    // A request that is not answered for half of the time leaves the other half for version 1 of the service.
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
