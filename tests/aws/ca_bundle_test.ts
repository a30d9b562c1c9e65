/** How a CA bundle is read, and what is said where it cannot be. */
import { assert, assertEquals, assertRejects } from "@std/assert";
import { readCaBundle } from "../../lib/aws/ca_bundle.ts";
import { ArarError } from "../../lib/errors.ts";
import { network } from "../../lib/system/network.ts";
import { skipUnless } from "../process/job.ts";
import { makeCertificates } from "../sts_server.ts";

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
    path === "/etc" ? Promise.reject(new RangeError("not with these words")) : Promise.resolve(FILES[path]),
};
const read = (value: string) => readCaBundle(world, { value, from: "AWS_CA_BUNDLE" });

Deno.test("readCaBundle()", async (t) => {
  await t.step("is empty where none is named", async () => assertEquals(await readCaBundle(world, undefined), []));

  const withoutOpenssl = skipUnless(certificates !== undefined, "no openssl on PATH to make certificates with");
  for (const path of ["/ca.pem", "/dos.pem", "/key.pem"]) {
    await t.step({
      name: `takes the certificate of ${path}, and nothing else`,
      ignore: withoutOpenssl,
      fn: async () => {
        const [pem = "", ...more] = await read(path);
        assertEquals([pem.replaceAll("\r", "").trim(), more], [CA.trim(), []]);
      },
    });
  }

  const rows = [
    ["a missing file", "/gone.pem", "and there is no such file"],
    ["a folder", "/etc", "which cannot be read (RangeError)"],
    ["another format", "/ca.der", "which holds no certificate in PEM format"],
    ["what is not base64", "/garbage.pem", "of which certificate 1 of 1 is broken"],
    ["what is no certificate", "/second.pem", `of which certificate ${CA ? "2 of 2" : "1 of 1"} is broken`],
  ] as const;
  for (const [what, path, message] of rows) {
    await t.step(`refuses ${what}`, async () => {
      const error = await assertRejects(() => read(path), ArarError);
      assertEquals(error.message, `AWS_CA_BUNDLE is "${path}", ${message}`);
    });
  }

  await t.step({
    name: "refuses a file that was cut",
    ignore: withoutOpenssl,
    fn: async () => {
      const { message } = await assertRejects(() => read("/cut.pem"), ArarError);
      assert(message.endsWith("of which certificate 1 of 1 is broken"), message);
    },
  });
});
