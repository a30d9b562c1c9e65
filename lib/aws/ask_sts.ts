/**
 * What every call to STS needs: the client, the deadline, the explanation of a failure, and the secrets that it yields.
 */

import type { Report } from "../report.ts";
import type { Secrets } from "../secrets.ts";
import type { Env } from "../sourced.ts";
import type { System } from "../system.ts";
import { readCaBundle } from "./ca_bundle.ts";
import type { Credentials } from "./credentials.ts";
import { createDeadline, type Deadline } from "./deadline.ts";
import { createDialer, type Dial } from "./dialer.ts";
import type { Endpoint } from "./endpoint.ts";
import { type Attempt, explainFailure } from "./explain.ts";
import { type SdkHandler, sdkHandler } from "./http.ts";
import type { Region } from "./region.ts";
import type { Target } from "./role_request.ts";
import type { Signer } from "./signer.ts";
import type { Sts } from "./sts.ts";

/** The part of the system that getting a session uses. */
export type AssumeSystem =
  & Pick<System, "ask" | "canTrust" | "captureShell" | "connect" | "fetch" | "now" | "proxyOf" | "randomBytes">
  & Pick<System, "readStdinLine" | "readTextFile" | "sleep" | "startTimer" | "withEnv" | "writeStderr">;

/** Which session to get, and how. */
export interface AssumePlan {
  readonly env: Env;
  readonly signer: Signer;
  readonly target: Target;
  readonly region: Region;
  readonly endpoint: Endpoint;
  readonly timeoutSeconds: number;
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
  readonly handler: SdkHandler;
  readonly deadline: Deadline;
}

/** Sets up the client and the deadline, and stops the deadline after use. */
export async function withSts<Value>(
  system: AssumeSystem,
  plan: AssumePlan,
  listeners: Listeners,
  use: (context: StsContext) => Promise<Value>,
): Promise<Value> {
  const { endpoint, region, timeoutSeconds } = plan;
  const deadline = createDeadline(system, timeoutSeconds);
  const { signal } = deadline;
  using dialer = createDialer(system, {
    caCerts: await readCaBundle(system, endpoint.caBundle),
    // Half of the time, so that there is some left for a second attempt.
    milliseconds: timeoutSeconds * (endpoint.maxAttempts > 1 ? 500 : 1000),
    warn: listeners.report.warn,
  });
  const likely = likelyUrl(region, endpoint);
  if (likely) dialer.prepare(likely);
  const dial: Dial = (request, signal) => {
    const answer = dialer.dial(request, signal);
    deadline.begin();
    return answer;
  };
  // Imported only here: neither an error in the settings nor a cached session should wait for the SDK.
  const { createSts } = await import("./sts.ts");
  const handler = sdkHandler(dial);
  try {
    const sts = createSts({ region: region.sts, endpoint, handler, signal, now: system.now });
    return await use({ ...listeners, system, plan, sts, dial, handler, deadline });
  } finally {
    deadline.stop();
  }
}

/** Where STS most likely is, before the SDK's rules can be asked; a wrong guess is a connection that nothing uses. */
function likelyUrl({ sts }: Region, { url, fips, dualstack, legacyGlobal }: Endpoint): URL | undefined {
  if (url) return new URL(url.value);
  // https://docs.aws.amazon.com/general/latest/gr/sts.html
  const suffix = sts.startsWith("cn-") ? "amazonaws.com.cn" : "amazonaws.com";
  const isOther = fips || dualstack || legacyGlobal || /iso|^eusc-/.test(sts);
  return isOther ? undefined : new URL(`https://sts.${sts}.${suffix}`);
}

/** Does the work within the time limit; throws an `ArarError` that says what failed and what to do. */
export async function call<Value>(context: StsContext, attempt: Attempt, work: () => Promise<Value>): Promise<Value> {
  const { deadline, plan, secrets, sts, system } = context;
  try {
    return await deadline.race(work());
  } catch (error) {
    const { host } = await sts.url();
    throw explainFailure(error, attempt, { host, region: plan.region.sts, now: system.now(), hide: secrets.hide });
  }
}

/** Registers the credentials as secrets. */
export function addSecrets<Kind extends Credentials>({ secrets }: Listeners, credentials: Kind): Kind {
  secrets.add(credentials.secretAccessKey);
  secrets.add(credentials.sessionToken);
  return credentials;
}
