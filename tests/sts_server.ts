/**
 * Owns the embedded STS: it speaks the query protocol on 127.0.0.1, checks signatures and fails on request.
 * Must not know arar: any client will do. Run by itself it prints one JSON line and serves until stdin ends.
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

/** How the server is set up; everything has a default. */
export interface StsOptions {
  /** Who can sign; the samples when absent. */
  readonly users?: readonly Caller[];
  readonly roles?: readonly Role[];
  /** OIDC providers; `GITHUB`, with a key of our own, when absent. */
  readonly issuers?: readonly OidcIssuer[];
  readonly faults?: Faults;
  /** https when given. */
  readonly tls?: ServerTls;
  /** How far the server's clock is ahead of the machine's. */
  readonly clockOffsetSeconds?: number;
  /** The lifetime of every session, whatever was asked for. */
  readonly sessionSeconds?: number;
  /** Any free port when absent. */
  readonly port?: number;
}

/** A running server. */
export interface StsServer extends Listener {
  /** Every request, in order of arrival. */
  readonly requests: readonly RecordedRequest[];
  /** Every secret key and token that the server knows, has issued or was shown. */
  secrets(): string[];
  /** Replaces the faults from the next request on. */
  setFaults(faults: Faults): void;
}

/** Mints the tokens that `WEB_IDENTITY_ROLE` takes. */
export const GITHUB: OidcIssuer = oidcIssuer(GITHUB_ISSUER);

/** How long the server lives when it runs by itself. */
const LIFE_MINUTES = 10;

/** Starts a server; `await using` stops it. */
export async function startSts(options: StsOptions = {}): Promise<StsServer> {
  const state = new State({
    callers: options.users ?? SAMPLE_CALLERS,
    roles: options.roles ?? SAMPLE_ROLES,
    issuers: options.issuers ?? [GITHUB],
    clockOffsetSeconds: options.clockOffsetSeconds ?? 0,
    sessionSeconds: options.sessionSeconds,
  });
  const plan = new FaultPlan(options.faults ?? []);
  const requests: RecordedRequest[] = [];
  const listener = await serve((request, response, body) => {
    const received = record(request, body);
    requests.push(received);
    const fault = plan.next(received);
    const whole = answer(received, body, state, faultFailure(fault));
    send(fault, whole, request, response);
  }, { port: options.port, tls: options.tls });
  return {
    ...listener,
    requests,
    secrets: () => state.secrets(),
    setFaults: (faults) => plan.replace(faults),
  };
}

/** The environment of a job that signs as alice and is to run as `TERRAFORM_ROLE`. */
export function sampleEnv(sts: Pick<StsServer, "url">): Record<string, string> {
  return {
    ...callerEnv(ALICE),
    AWS_ROLE_ARN: TERRAFORM_ROLE.arn,
    AWS_DEFAULT_REGION: "us-east-1",
    AWS_ENDPOINT_URL_STS: sts.url,
  };
}

async function main(): Promise<void> {
  await using sts = await startSts();
  const line = JSON.stringify({ url: sts.url, env: sampleEnv(sts) });
  await Deno.stdout.write(new TextEncoder().encode(`${line}\n`));
  const life = AbortSignal.timeout(LIFE_MINUTES * 60_000);
  await Deno.stdin.readable.pipeTo(new WritableStream(), { signal: life })
    .catch((error: unknown) => {
      if (!life.aborted) throw error;
    });
}

if (import.meta.main) {
  await main();
  // A read of a terminal that nobody answers would keep the process alive.
  Deno.exit(0);
}
