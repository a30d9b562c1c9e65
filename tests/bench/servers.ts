/**
 * The servers of the benchmark in one process of their own, so that they do not wait for whoever measures: STS plain, and STS
 * with TLS at the far end of a long way. Prints one JSON line and serves until stdin ends.
 */
import { makeCertificates, sampleEnv, startSts } from "../sts_server.ts";
import { startDelayProxy } from "./delay_proxy.ts";

/** What is printed. */
export interface Servers {
  /** The environment of a job whose STS is near and plain. */
  readonly plain: Readonly<Record<string, string>>;
  /** The same behind TLS and the delay; absent without `openssl`. */
  readonly far?: Readonly<Record<string, string>>;
}

const ROUND_TRIP_MS = Number(Deno.args[0]);

if (import.meta.main) {
  await using plain = await startSts();
  await using certificates = await makeCertificates();
  await using tls = certificates && await startSts({ tls: certificates.valid });
  const far = tls && { url: `https://127.0.0.1:${startDelayProxy(tls.port, { roundTripMs: ROUND_TRIP_MS }).port}` };
  const servers: Servers = {
    plain: sampleEnv(plain),
    // Each under the name that its runtime reads: Deno's, Go's, the AWS CLI's. To arar AWS_CA_BUNDLE would be an order.
    ...(far && certificates &&
      { far: { ...sampleEnv(far), DENO_CERT: certificates.caFile, SSL_CERT_FILE: certificates.caFile } }),
  };
  await Deno.stdout.write(new TextEncoder().encode(`${JSON.stringify(servers)}\n`));
  await Deno.stdin.readable.pipeTo(new WritableStream());
  Deno.exit(0);
}
