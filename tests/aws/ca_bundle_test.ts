/**
 * Owns the proof of how a CA bundle is read, and what is said where it cannot be.
 * Must not know who is asked with it.
 */
import { assertEquals, assertRejects } from "@std/assert";
import { readCaBundle } from "../../lib/aws/ca_bundle.ts";
import { ArarError } from "../../lib/errors.ts";

const PEM = "# ours\n-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n";
const FILES: Readonly<Record<string, string>> = { "/ca.pem": PEM, "/ca.der": "0\u0082" };
const world = {
  readTextFile: (path: string) =>
    path === "/etc" ? Promise.reject(new RangeError("not with these words")) : Promise.resolve(FILES[path]),
};

Deno.test("readCaBundle()", async (t) => {
  await t.step("is empty where none is named", async () => assertEquals(await readCaBundle(world, undefined), []));

  await t.step("is what the file holds", async () => {
    assertEquals(await readCaBundle(world, { value: "/ca.pem", from: "AWS_CA_BUNDLE" }), [PEM]);
  });

  const rows = [
    ["a missing file", "/gone.pem", 'AWS_CA_BUNDLE is "/gone.pem", and there is no such file'],
    ["a folder", "/etc", 'AWS_CA_BUNDLE is "/etc", which cannot be read (RangeError)'],
    ["another format", "/ca.der", 'AWS_CA_BUNDLE is "/ca.der", which holds no certificate in PEM format'],
  ] as const;
  for (const [what, value, message] of rows) {
    await t.step(`refuses ${what}`, async () => {
      const reading = () => readCaBundle(world, { value, from: "AWS_CA_BUNDLE" });
      assertEquals((await assertRejects(reading, ArarError)).message, message);
    });
  }
});
