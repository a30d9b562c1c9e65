/**
 * The STS of the benchmark in a process of its own, so that it does not wait for whoever measures: plain on this machine, or with
 * TLS at the far end of a link. Prints the environment of a job as one line of JSON, and serves until stdin ends.
 *
 * Usage: servers.ts [ADDRESS of the far end]
 */
import { makeCertificates, sampleEnv, startSts } from "../sts_server.ts";

const [hostname] = Deno.args;

if (import.meta.main) {
  await using certificates = hostname === undefined ? undefined : await makeCertificates();
  await using sts = await startSts(
    hostname === undefined || !certificates ? {} : { hostname, tls: certificates.valid },
  );
  const env: Record<string, string> = sampleEnv(sts);
  if (certificates) {
    // Each under the name that its runtime reads, Deno's and Go's: AWS_CA_BUNDLE would be more work for arar.
    for (const name of ["DENO_CERT", "SSL_CERT_FILE"]) env[name] = certificates.caFile;
  }
  await Deno.stdout.write(new TextEncoder().encode(`${JSON.stringify(env)}\n`));
  await Deno.stdin.readable.pipeTo(new WritableStream());
  Deno.exit(0);
}
