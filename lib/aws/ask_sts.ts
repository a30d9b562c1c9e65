/**
 * What every call to STS needs: the client, the time limit, the explanation of a failure, and the source credentials.
 */

import { ArarError, quote, reasonOf } from "../errors.ts";
import type { Report } from "../report.ts";
import type { Secrets } from "../secrets.ts";
import type { Env, Sourced } from "../sourced.ts";
import type { System } from "../system.ts";
import type { Credentials } from "./credentials.ts";
import { addSecrets } from "./session.ts";
import { createDialer, type Dial, limited } from "./dialer.ts";
import type { Endpoint, Region } from "./endpoint.ts";
import { DeadlineError, explainFailure, type Step } from "./explain.ts";
import type { Target } from "./role_request.ts";
import type { Services, Signer, SigningSource } from "./signer.ts";
import type { Sts } from "./sts.ts";

/** The part of the system that getting a session uses. */
export type AssumeSystem =
  & Pick<System, "ask" | "canTrust" | "captureShell" | "connect" | "fetch" | "now" | "proxyOf" | "randomBytes">
  & Pick<System, "readStdinLine" | "readTextFile" | "sleep" | "startTimer" | "writePrivateFile" | "writeStderr">;

/** Which session to get, and how. */
export interface AssumePlan {
  readonly env: Env;
  readonly signer: Signer;
  readonly target: Target;
  readonly region: Region;
  readonly endpoint: Endpoint;
  readonly services: Services;
  /** How long each step may take: getting the source credentials, and each call to STS with all its attempts. */
  readonly timeoutSeconds: number;
  /** Names the application in the user agent. */
  readonly appId?: string | undefined;
  /** Describes a narrowed session in CloudTrail, in at most 256 characters. */
  readonly description?: string | undefined;
  /** Whether a command is already using the terminal, so that no program may prompt on it. */
  readonly terminalIsTaken?: boolean;
}

/** Where findings and secrets are reported. */
export interface Listeners {
  readonly report: Report;
  readonly secrets: Secrets;
}

/** Everything that a call to STS uses. */
export interface StsContext extends Listeners {
  readonly system: AssumeSystem;
  readonly plan: AssumePlan;
  readonly sts: Sts;
  readonly dial: Dial;
}

/** Sets up the client, and closes its connections after use. */
export async function withSts<Value>(
  system: AssumeSystem,
  plan: AssumePlan,
  listeners: Listeners,
  use: (context: StsContext) => Promise<Value>,
): Promise<Value> {
  const { endpoint, region, timeoutSeconds, appId } = plan;
  using dialer = createDialer(system, {
    caCerts: await readCaBundle(system, endpoint.caBundle),
    // Half of the time, so that there is some left for a second attempt.
    milliseconds: timeoutSeconds * (endpoint.maxAttempts > 1 ? 500 : 1000),
    warn: listeners.report.warn,
  });
  const likely = likelyUrl(region, endpoint);
  if (likely) dialer.prepare(likely);
  const { dial } = dialer;
  const { createSts } = await loadSdk();
  const sts = createSts({ region: region.sts, endpoint, dial, now: system.now, appId });
  return await use({ ...listeners, system, plan, sts, dial });
}

/**
 * Imported on demand: neither an error in the settings nor a cached session should wait for the SDK. The program contains it;
 * for a script that uses the library, Deno loads it from npm.
 */
async function loadSdk(): Promise<typeof import("./sts.ts")> {
  try {
    return await import("./sts.ts");
  } catch (cause) {
    throw new ArarError("cannot load the AWS SDK, npm:@aws-sdk/client-sts", {
      hints: ["Deno downloads it once; check that it can reach the npm registry (NPM_CONFIG_REGISTRY, HTTPS_PROXY)"],
      cause,
    });
  }
}

/** The URL that STS would be called at. */
export async function stsUrl({ region, endpoint }: Pick<AssumePlan, "region" | "endpoint">): Promise<URL> {
  const { findEndpoint } = await loadSdk();
  return findEndpoint(region.sts, endpoint).url;
}

/** Where STS most likely is, before the SDK's rules can be asked; a wrong guess is a connection that nothing uses. */
export function likelyUrl({ sts }: Region, { url, fips, dualstack, legacyGlobal }: Endpoint): URL | undefined {
  if (url) return new URL(url.value);
  // https://docs.aws.amazon.com/general/latest/gr/sts.html
  const suffix = sts.startsWith("cn-") ? "amazonaws.com.cn" : "amazonaws.com";
  const isOther = fips || dualstack || legacyGlobal || /iso|^eusc-|fips/.test(sts);
  return isOther ? undefined : new URL(`https://sts.${sts}.${suffix}`);
}

/** Does the work within the time limit; throws an `ArarError` that says what failed and what to do. */
export async function call<Value>(
  { plan, secrets, sts, system }: StsContext,
  step: Step,
  work: (signal: AbortSignal) => Promise<Value>,
): Promise<Value> {
  const { region, timeoutSeconds } = plan;
  const limit = { milliseconds: timeoutSeconds * 1000, tooLate: () => new DeadlineError(timeoutSeconds) };
  try {
    return await limited(system, limit, work);
  } catch (error) {
    throw explainFailure(error, step, {
      host: sts.url.host,
      region: region.sts,
      now: system.now(),
      hide: secrets.hide,
    });
  }
}

/** The certificates of the PEM file without its other contents; throws an `ArarError` if there is none or one is invalid. */
export async function readCaBundle(
  system: Pick<System, "canTrust" | "readTextFile">,
  path: Sourced<string> | undefined,
): Promise<readonly string[]> {
  if (!path) return [];
  const named = `${path.from} is ${quote(path.value)}`;
  const pem = await readPem(system, path.value, named);
  const certificates = pem.match(/(?<=^\ufeff?)-----BEGIN CERTIFICATE-----[^-]*(?:-----END CERTIFICATE-----)?/gm) ?? [];
  if (certificates.length === 0) throw new ArarError(`${named}, which contains no certificate in PEM format`);
  const bundle = [certificates.join("\n")];
  if (system.canTrust(bundle)) return bundle;
  const invalid = certificates.findIndex((certificate) => !system.canTrust([certificate])) + 1;
  throw new ArarError(`${named}, in which certificate ${invalid} of ${certificates.length} is invalid`);
}

async function readPem(system: Pick<System, "readTextFile">, path: string, named: string): Promise<string> {
  let pem: string | undefined;
  try {
    pem = await system.readTextFile(path);
  } catch (cause) {
    throw new ArarError(`${named}, which cannot be read (${reasonOf(cause)})`, { cause });
  }
  if (pem === undefined) throw new ArarError(`${named}, which does not exist`);
  return pem;
}

/** The source credentials. */
export async function getSourceCredentials(context: StsContext, signer: SigningSource): Promise<Credentials> {
  if (signer.kind === "keys") return signer.credentials;
  const { system, dial, plan, secrets } = context;
  // Loaded only now: exported keys need none of them.
  const { sourceCredentials } = await import("./signers/source_credentials.ts");
  const credentials = await call(context, { kind: "source", signer }, (signal) =>
    sourceCredentials(signer, {
      system,
      env: plan.env,
      dial,
      services: plan.services,
      region: plan.region.sts,
      signal,
      mayPrompt: !plan.terminalIsTaken,
    }));
  addSecrets(secrets, credentials);
  return credentials;
}

/** The ARN of the identity that the credentials belong to. */
export async function getCallerArn(context: StsContext, credentials: Credentials): Promise<string> {
  const arn = await call(
    context,
    { kind: "caller", credentials },
    (signal) => context.sts.getCallerIdentity(credentials, signal),
  );
  context.report.found("caller", arn);
  return arn;
}
