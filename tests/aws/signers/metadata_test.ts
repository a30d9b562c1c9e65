/**
 * Calls to a container's endpoint, and the reason of each failure. Calls to an instance are in
 * `tests/process/metadata_test.ts`: its provider reads the environment of the process.
 */
import { assertEquals } from "@std/assert";
import {
  containerCredentials,
  containerVariable,
  instanceCredentials,
  metadataEndpoint,
  pick,
} from "../../../lib/aws/signers/metadata.ts";
import { environment } from "../../../lib/system/environment.ts";
import { type MetadataAnswer, startMetadata } from "../../metadata_server.ts";
import { refusal } from "../../profile/profiles.ts";
import { origin } from "../../origin.ts";

const URI = "AWS_CONTAINER_CREDENTIALS_FULL_URI";

Deno.test("containerVariable() ignores an empty variable", () => {
  const relative = "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI";
  const rows = [
    [{ [URI]: "" }, undefined],
    [{ [relative]: "/v2" }, relative],
    [{ [relative]: "", [URI]: "http://x/" }, URI],
  ] as const;
  for (const [env, name] of rows) assertEquals(containerVariable({ ...env }), name);
});

Deno.test("containerCredentials()", async (t) => {
  await t.step("prefers the token file to the token, like botocore", async () => {
    await using server = await startMetadata();
    const file = await Deno.makeTempFile({ prefix: "arar-token-" });
    try {
      const token = server.containerEnv.AWS_CONTAINER_AUTHORIZATION_TOKEN ?? "";
      await Deno.writeTextFile(file, token);
      const tokens = {
        AWS_CONTAINER_AUTHORIZATION_TOKEN: "stale",
        AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE: file,
      };
      assertEquals(typeof await containerCredentials({ env: { ...server.containerEnv, ...tokens } }), "object");
      assertEquals(server.requests[0]?.headers.authorization, token);
    } finally {
      await Deno.remove(file);
    }
  });

  await t.step("explains an invalid address", async () => {
    const reasonFor = (value: string) => containerCredentials({ env: { [URI]: value } });
    const expected = `${URI} must be https, or http to this machine or to ECS or EKS`;
    assertEquals(await reasonFor("http://example.com/"), expected);
    assertEquals(await reasonFor("nonsense"), `${URI} is not a URL`);
  });

  const answer = (status: number, body: string): MetadataAnswer => ({ kind: "answer", status, body });
  const unsendable = "the token in AWS_CONTAINER_AUTHORIZATION_TOKEN or its _FILE contains a line break or another " +
    "character that cannot be sent";
  const rows: readonly (readonly [MetadataAnswer | undefined, Readonly<Record<string, string>>, string])[] = [
    [answer(403, "{}"), {}, `the endpoint in ${URI} answered HTTP 403`],
    [answer(500, ""), {}, `the endpoint in ${URI} answered HTTP 500`],
    [answer(200, "<html>"), {}, `the endpoint in ${URI} returned no credentials`],
    [answer(200, '{"AccessKeyId":"AKIAEXAMPLE"}'), {}, `the endpoint in ${URI} returned no credentials`],
    [undefined, { AWS_CONTAINER_AUTHORIZATION_TOKEN: "a\r\nb" }, unsendable],
    [undefined, { AWS_CONTAINER_AUTHORIZATION_TOKEN: "a\n" }, unsendable],
    [
      undefined,
      { AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE: "/nowhere" },
      "the file in AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE cannot be read",
    ],
  ];
  // Side by side: the provider tries each of them four times, a second apart.
  await t.step("explains every other failure", async () => {
    const found = await Promise.all(rows.map(async ([given, env]) => {
      await using server = await startMetadata({ override: () => given });
      return await containerCredentials({ env: { ...server.containerEnv, ...env } });
    }));
    assertEquals(found, rows.map(([, , message]) => message));
  });

  await t.step("explains an endpoint that does not exist", async () => {
    const server = await startMetadata();
    await server.stop();
    assertEquals(await containerCredentials({ env: server.containerEnv }), `the endpoint in ${URI} did not answer`);
  });
});

Deno.test("instanceCredentials() makes no call if AWS_EC2_METADATA_DISABLED is set", async () => {
  for (const value of ["true", "TRUE", "1"]) {
    const found = await instanceCredentials({ env: { AWS_EC2_METADATA_DISABLED: value }, system: environment });
    assertEquals(found, "AWS_EC2_METADATA_DISABLED is set");
  }
});

Deno.test("metadataEndpoint()", async (t) => {
  const NAME = "AWS_EC2_METADATA_SERVICE_ENDPOINT";
  const IPV6 = "http://[fd00:ec2::254]";
  const [ONE, TWO] = ["http://localhost:1", "http://localhost:2"];
  const own = (value: string) => ({ value, from: origin("the profile") });
  const rows = [
    ["nothing", {}, {}, undefined],
    ["the environment's endpoint", { [NAME]: ONE }, { endpoint: own(TWO) }, ONE],
    ["the profile's endpoint", {}, { endpoint: own(TWO), mode: own("IPv6") }, TWO],
    ["the endpoint of a mode in any case", { [`${NAME}_MODE`]: "ipV6" }, {}, IPV6],
    ["the endpoint of the profile's mode", {}, { mode: own("IPV6") }, IPV6],
    ["nothing from an empty variable", { [NAME]: "", [`${NAME}_MODE`]: "" }, { mode: own("ipv6") }, IPV6],
  ] as const;
  for (const [what, env, settings, endpoint] of rows) {
    await t.step(`reads ${what}`, () => assertEquals(metadataEndpoint({ ...env }, settings), endpoint));
  }

  const refused = [
    [{ endpoint: own("localhost") }, 'the profile is "localhost"; expected a URL'],
    [{ mode: own("IPv5") }, 'the profile is "IPv5"; expected IPv4 or IPv6'],
    [{ mode: own("constructor") }, 'the profile is "constructor"; expected IPv4 or IPv6'],
  ] as const;
  for (const [settings, message] of refused) {
    await t.step(message, () => assertEquals(refusal(() => metadataEndpoint({}, settings)), message));
  }
});

Deno.test("pick() returns only what credentials consist of", () => {
  const found = { accessKeyId: "a", secretAccessKey: "b", sessionToken: undefined, $signer: {}, accountId: "1" };
  assertEquals(pick(found), { accessKeyId: "a", secretAccessKey: "b" });
});
