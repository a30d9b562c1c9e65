/**
 * The embedded STS: speaks the query protocol on 127.0.0.1 to any client, checks signatures, and fails on request.
 */
import { faultFailure, FaultPlan, type Faults } from "./sts_server/faults.ts";
import { type Listener, serve, type ServerTls } from "./sts_server/http.ts";
import type { Caller, RecordedRequest, Role } from "./sts_server/model.ts";
import { type OidcIssuer, oidcIssuer } from "./sts_server/oidc.ts";
import { ALICE, callerEnv, GITHUB_ISSUER, SAMPLE_CALLERS, SAMPLE_ROLES, TERRAFORM_ROLE } from "./sts_server/samples.ts";
import { answer, record } from "./sts_server/service.ts";
import { send } from "./sts_server/spoil.ts";
import { State } from "./sts_server/state.ts";

export * from "./sts_server/certificates.ts";
export { always, type Fault, type Faults, firstOfEachCaller, onAction } from "./sts_server/faults.ts";
export type { ServerTls } from "./sts_server/http.ts";
export * from "./sts_server/model.ts";
export * from "./sts_server/oidc.ts";
export * from "./sts_server/samples.ts";

/** Options of the server. */
export interface StsOptions {
  /** The callers it knows; the samples by default. */
  readonly users?: readonly Caller[];
  readonly roles?: readonly Role[];
  readonly faults?: Faults;
  /** An address of this machine; 127.0.0.1 by default. */
  readonly hostname?: string;
  /** Serves over https. */
  readonly tls?: ServerTls;
  /** How far the server's clock is ahead of the machine's. */
  readonly clockOffsetSeconds?: number;
  /** The lifetime of every session, regardless of the request. */
  readonly sessionSeconds?: number;
}

/** A running server. */
export interface StsServer extends Listener {
  /** Every request, in order of arrival. */
  readonly requests: readonly RecordedRequest[];
  /** Every secret key and token that the server knows, has issued or was sent. */
  secrets(): string[];
  /** Replaces the faults, from the next request on. */
  setFaults(faults: Faults): void;
}

/** Issues the tokens that `WEB_IDENTITY_ROLE` trusts. */
export const GITHUB: OidcIssuer = oidcIssuer(GITHUB_ISSUER);

/** Starts a server; `await using` stops it. */
export async function startSts(options: StsOptions = {}): Promise<StsServer> {
  const state = new State({
    callers: options.users ?? SAMPLE_CALLERS,
    roles: options.roles ?? SAMPLE_ROLES,
    issuer: GITHUB,
    clockOffsetSeconds: options.clockOffsetSeconds,
    sessionSeconds: options.sessionSeconds,
  });
  const plan = new FaultPlan(options.faults ?? []);
  const requests: RecordedRequest[] = [];
  const listener = await serve((request, response, body) => {
    const received = record(request, body);
    requests.push(received);
    const fault = plan.next(received);
    send(fault, answer(received, body, state, faultFailure(fault)), request, response);
  }, options);
  return {
    ...listener,
    requests,
    secrets: () => state.secrets(),
    setFaults: (faults) => plan.replace(faults),
  };
}

/** The environment of a job that signs as alice to run as `TERRAFORM_ROLE`. */
export function sampleEnv(sts: Pick<StsServer, "url">): Record<string, string> {
  return {
    ...callerEnv(ALICE),
    AWS_ROLE_ARN: TERRAFORM_ROLE.arn,
    AWS_DEFAULT_REGION: "us-east-1",
    AWS_ENDPOINT_URL_STS: sts.url,
  };
}
