/**
 * What it takes to ask STS: the client, the deadline, how a failure is explained, and whose secrets come up on the way.
 *
 * @module
 */

import type { Report } from "../report.ts";
import type { Secrets } from "../secrets.ts";
import type { Env } from "../sourced.ts";
import type { System } from "../system.ts";
import { VERSION } from "../version.ts";
import { readCaBundle } from "./ca_bundle.ts";
import { trustingFetch } from "./connection.ts";
import type { Credentials } from "./credentials.ts";
import { createDeadline, type Deadline } from "./deadline.ts";
import { type Endpoint, isCleartext } from "./endpoint.ts";
import { type Attempt, explainFailure } from "./explain.ts";
import { type SdkHandler, sdkHandler } from "./http.ts";
import type { Region } from "./region.ts";
import type { Target } from "./role_request.ts";
import type { Signer } from "./signer.ts";
import type { Sts } from "./sts.ts";

/** What of the world asking takes. */
export type AssumeSystem =
  & Pick<System, "ask" | "canTrust" | "captureShell" | "withEnv" | "fetch" | "now" | "proxyOf" | "randomBytes">
  & Pick<System, "readStdinLine" | "readTextFile" | "sleep" | "writeStderr">;

/** What is asked for, and how. */
export interface AssumePlan {
  readonly env: Env;
  readonly signer: Signer;
  readonly target: Target;
  readonly region: Region;
  readonly endpoint: Endpoint;
  readonly timeoutSeconds: number;
  /** Whether a command has the terminal already, so that nothing else may ask on it. */
  readonly terminalIsTaken?: boolean;
}

/** Who is told what on the way: the user what was found out, the owner of secrets what must not be shown. */
export interface Listeners {
  readonly report: Report;
  readonly secrets: Secrets;
}

/** What there is at hand while STS is asked. */
export interface Asking extends Listeners {
  readonly system: AssumeSystem;
  readonly plan: AssumePlan;
  readonly sts: Sts;
  readonly handler: SdkHandler;
  readonly deadline: Deadline;
}

/** Opens what it takes, and closes it after use. */
export async function withSts<Value>(
  system: AssumeSystem,
  plan: AssumePlan,
  listeners: Listeners,
  use: (w: Asking) => Promise<Value>,
): Promise<Value> {
  const { endpoint, region, timeoutSeconds } = plan;
  if (endpoint.url && isCleartext(endpoint.url.value)) {
    listeners.report.warn(`requests to ${endpoint.url.value} are not encrypted: anyone on the way can read them`);
  }
  const caCerts = await readCaBundle(system, endpoint.caBundle);
  const { createSts } = await import("./sts.ts");
  const deadline = createDeadline(system, timeoutSeconds);
  const { signal } = deadline;
  const fetch = trustingFetch(system, caCerts, deadline.begin);
  const handler = sdkHandler({ fetch });
  try {
    const sts = createSts({
      region: region.sts,
      endpoint,
      handler,
      signal,
      now: system.now,
      userAgent: ["arar", VERSION],
    });
    return await use({ ...listeners, system: { ...system, fetch }, plan, sts, handler, deadline });
  } finally {
    deadline.stop();
  }
}

/** Asks, within the time limit; throws an `ArarError` that says what failed and what to do. */
export async function call<Value>(w: Asking, attempt: Attempt, work: () => Promise<Value>): Promise<Value> {
  try {
    return await w.deadline.race(work());
  } catch (error) {
    const { host } = await w.sts.url();
    const place = { host, region: w.plan.region.sts, now: w.system.now(), hide: w.secrets.hide };
    throw explainFailure(error, attempt, place);
  }
}

/** Credentials that are secret from now on. */
export function known<Kind extends Credentials>({ secrets }: Listeners, credentials: Kind): Kind {
  secrets.add(credentials.secretAccessKey);
  secrets.add(credentials.sessionToken);
  return credentials;
}
