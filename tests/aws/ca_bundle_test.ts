/** How a CA bundle is read, and what is wrong with one that cannot be used. */
import { assert, assertEquals, assertRejects } from "@std/assert";
import { readCaBundle } from "../../lib/aws/ca_bundle.ts";
import { ArarError } from "../../lib/errors.ts";
import { network } from "../../lib/system/network.ts";
import { skipUnless } from "../process/job.ts";
import { makeCertificates } from "../sts_server.ts";
import { origin } from "../origin.ts";

const certificates = await makeCertificates();
const CA = certificates ? await Deno.readTextFile(certificates.caFile) : "";
await certificates?.[Symbol.asyncDispose]();

const BROKEN = "-----BEGIN CERTIFICATE-----\naGVsbG8gd29ybGQ=\n-----END CERTIFICATE-----\n";
const FILES: Readonly<Record<string, string>> = {
  "/ca.pem": `\ufeff${CA}`,
  "/dos.pem": CA.replaceAll("\n", "\r\n"),
  "/key.pem": `-----BEGIN PRIVATE KEY-----\nMIIB\n-----END PRIVATE KEY-----\n${CA}`,
  "/second.pem": `${CA}${BROKEN}`,
  "/garbage.pem": "-----BEGIN CERTIFICATE-----\n!!!\n-----END CERTIFICATE-----\n",
  "/cut.pem": CA.slice(0, CA.indexOf("-----END")),
  "/ca.der": "0\u0082",
};
const world = {
  canTrust: network.canTrust,
  readTextFile: (path: string) =>
    path === "/etc"
      ? Promise.reject(Object.assign(new Error("Permission denied (os error 13): open"), { code: "EACCES" }))
      : Promise.resolve(FILES[path]),
};
const read = (value: string) => readCaBundle(world, { value, from: origin("AWS_CA_BUNDLE") });

Deno.test("readCaBundle()", async (t) => {
  await t.step("is empty if none is named", async () => assertEquals(await readCaBundle(world, undefined), []));

  const withoutOpenssl = skipUnless(certificates !== undefined, "no openssl on PATH to make certificates with");
  for (const path of ["/ca.pem", "/dos.pem", "/key.pem"]) {
    await t.step({
      name: `reads the certificate of ${path}, and nothing else`,
      ignore: withoutOpenssl,
      fn: async () => {
        const [pem = "", ...more] = await read(path);
        assertEquals([pem.replaceAll("\r", "").trim(), more], [CA.trim(), []]);
      },
    });
  }

  const rows = [
    ["a missing file", "/gone.pem", "which does not exist"],
    ["a folder", "/etc", "which cannot be read (permission denied)"],
    ["another format", "/ca.der", "which contains no certificate in PEM format"],
    ["text that is not base64", "/garbage.pem", "in which certificate 1 of 1 is invalid"],
    ["base64 that is no certificate", "/second.pem", `in which certificate ${CA ? "2 of 2" : "1 of 1"} is invalid`],
  ] as const;
  for (const [what, path, message] of rows) {
    await t.step(`refuses ${what}`, async () => {
      const error = await assertRejects(() => read(path), ArarError);
      assertEquals(error.message, `AWS_CA_BUNDLE is "${path}", ${message}`);
    });
  }

  await t.step({
    name: "refuses a truncated file",
    ignore: withoutOpenssl,
    fn: async () => {
      const { message } = await assertRejects(() => read("/cut.pem"), ArarError);
      assert(message.endsWith("in which certificate 1 of 1 is invalid"), message);
    },
  });
});
