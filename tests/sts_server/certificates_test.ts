/**
 * Owns the proof that each certificate is good or bad in the one way its name says.
 * Must not know arar.
 */
import { assertEquals, assertMatch, assertRejects } from "@std/assert";
import { skip } from "./client.ts";
import { makeCertificates, type ServerTls, startSts } from "../sts_server.ts";

Deno.test("makeCertificates() makes one that is good and two that are not", async (t) => {
  await using certificates = await makeCertificates();
  if (certificates === undefined) return await skip(t, "no openssl on PATH");
  const ca = await Deno.readTextFile(certificates.caFile);
  assertEquals(await statusOf(certificates.valid, [ca]), 400);
  const refused: [ServerTls, string[], RegExp][] = [
    [certificates.valid, [], /UnknownIssuer/],
    [certificates.wrongHost, [ca], /NotValidForName|not valid for/i],
    [certificates.expired, [ca], /expired/i],
  ];
  for (const [tls, caCerts, reason] of refused) {
    const error = await assertRejects(() => statusOf(tls, caCerts), TypeError);
    assertMatch(`${error.message} ${error.cause}`, reason);
  }
});

async function statusOf(tls: ServerTls, caCerts: string[]): Promise<number> {
  await using sts = await startSts({ tls });
  using client = Deno.createHttpClient({ caCerts });
  const response = await fetch(sts.url, { method: "POST", client });
  await response.body?.cancel();
  return response.status;
}
