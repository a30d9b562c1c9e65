/** Where STS is most likely called, and whom it is trusted by. How calls go is in `assume_test.ts`. */
import { assert, assertEquals, assertRejects } from "@std/assert";
import { likelyUrl, readCaBundle, stsUrl } from "../../lib/aws/ask_sts.ts";
import { type Endpoint, readEndpoint } from "../../lib/aws/endpoint.ts";
import { ArarError } from "../../lib/errors.ts";
import { made } from "../../lib/sourced.ts";
import { network } from "../../lib/system/network.ts";
import { origin } from "../origin.ts";
import { skipUnless } from "../process/job.ts";
import { makeCertificates } from "../sts_server.ts";

const REGIONS = ["us-east-1", "eu-west-1", "ap-southeast-7", "mx-central-1", "us-gov-west-1", "cn-north-1"];
const NO_GUESS = ["us-iso-east-1", "us-isob-east-1", "eu-isoe-west-1", "eusc-de-east-1", "us-east-1-fips"];

Deno.test("likelyUrl()", async (t) => {
  const at = (region: string, change: Partial<Endpoint> = {}) => {
    return [{ sts: region, from: made("", "test").from }, { ...readEndpoint({}), ...change }] as const;
  };
  const certain = async (...[region, endpoint]: ReturnType<typeof at>) => {
    return (await stsUrl({ region, endpoint })).origin;
  };

  for (const region of REGIONS) {
    await t.step(`is where STS is called in ${region}`, async () => {
      assertEquals(likelyUrl(...at(region))?.origin, await certain(...at(region)));
    });
  }

  await t.step("is the given endpoint", async () => {
    const given = at("eu-west-1", { url: made("http://127.0.0.1:4566/path", "test") });
    assertEquals(likelyUrl(...given)?.origin, await certain(...given));
  });

  const variants = [{ fips: true }, { dualstack: true }, { legacyGlobal: true }];
  for (const guess of [...NO_GUESS.map((region) => at(region)), ...variants.map((one) => at("us-east-1", one))]) {
    await t.step(`is unknown for ${JSON.stringify(guess)}`, () => assertEquals(likelyUrl(...guess), undefined));
  }
});

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
