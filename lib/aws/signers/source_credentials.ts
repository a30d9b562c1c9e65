/** Gets the source credentials, which sign the first request, from a profile, container or instance. */

import { ArarError } from "../../errors.ts";
import type { Env } from "../../sourced.ts";
import type { System } from "../../system.ts";
import type { Credentials } from "../credentials.ts";
import { withinTime } from "../deadline.ts";
import type { RemoteSource } from "../signer.ts";
import type { SdkHandler } from "../http.ts";
import { containerCredentials, containerVariable, instanceCredentials } from "./metadata.ts";
import { processCredentials } from "./process.ts";
import { profileCredentials } from "./sso.ts";

/** What the sources use. */
export interface SourceContext {
  readonly system: Pick<System, "captureShell" | "now" | "sleep" | "withEnv">;
  readonly env: Env;
  /** For calls to AWS; containers and instances are called directly, never through a proxy. */
  readonly handler: SdkHandler;
  /** For calls to AWS that have no region of their own. */
  readonly region: string;
  readonly signal: AbortSignal;
  readonly mayPrompt: boolean;
}

/** Throws an `ArarError` that says why there are none. SDK packages are loaded only when needed. */
export async function sourceCredentials(signer: RemoteSource, context: SourceContext): Promise<Credentials> {
  switch (signer.kind) {
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

type Chain = Extract<RemoteSource, { kind: "chain" }>;

/** How long the metadata service is waited for: many machines have none. */
const CHAIN_MILLISECONDS = 1000;

/** The container if the environment names one, otherwise the instance, as in the SDK's default chain. */
async function anyCredentials({ tried, metadata }: Chain, context: SourceContext): Promise<Credentials> {
  const container = await containerCredentials(context);
  if (typeof container !== "string") return container;
  const reasons = [...tried, `container: ${container}`];
  if (!containerVariable(context.env)) {
    // Half of the time for each version of the service.
    const asking = () => instanceCredentials(context, metadata, CHAIN_MILLISECONDS * 0.45);
    const instance = await withinTime(context.system, CHAIN_MILLISECONDS, context.signal, asking) ??
      "no metadata service answered within a second";
    if (typeof instance !== "string") return instance;
    reasons.push(`instance: ${instance}`);
  }
  throw new ArarError(`no source credentials: ${reasons.join("; ")}`, {
    hints: [
      "export AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, name a profile with --profile, " +
      "or an OIDC token with --web-identity-token-file or --oidc",
    ],
  });
}
