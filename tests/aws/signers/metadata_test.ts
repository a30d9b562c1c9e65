/**
 * A container's endpoint is asked as its specification says, and each failure has its words. How an instance is asked is tested
 * in `tests/process/metadata_test.ts`: its provider reads the process's own environment.
 */
import { assertEquals } from "@std/assert";
import {
  containerCredentials,
  containerIsNamed,
  instanceCredentials,
  metadataEndpoint,
  pick,
} from "../../../lib/aws/signers/metadata.ts";
import { environment } from "../../../lib/system/environment.ts";
import { type MetadataAnswer, startMetadata } from "../../metadata_server.ts";
import { refusal } from "../../profile/profiles.ts";

const URI = "AWS_CONTAINER_CREDENTIALS_FULL_URI";

Deno.test("containerIsNamed()", async (t) => {
  await t.step("takes an empty name for none", () => {
    assertEquals(containerIsNamed({ [URI]: "" }), false);
    assertEquals(containerIsNamed({ [URI]: "http://localhost/" }), true);
    assertEquals(containerIsNamed({ AWS_CONTAINER_CREDENTIALS_RELATIVE_URI: "/v2" }), true);
  });
});

Deno.test("containerCredentials()", async (t) => {
  await t.step("sends the token of the file before that of the variable, as botocore", async () => {
    const server = await startMetadata();
    await using _ = server;
    const file = await Deno.makeTempFile({ prefix: "arar-token-" });
    try {
      const token = server.containerEnv.AWS_CONTAINER_AUTHORIZATION_TOKEN ?? "";
      await Deno.writeTextFile(file, token);
      const env = {
        ...server.containerEnv,
        AWS_CONTAINER_AUTHORIZATION_TOKEN: "stale",
        AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE: file,
      };
      assertEquals(typeof await containerCredentials({ env }), "object");
      assertEquals(server.requests[0]?.headers.authorization, token);
    } finally {
      await Deno.remove(file);
    }
  });

  await t.step("explains an address that is refused", async () => {
    assertEquals(
      await containerCredentials({ env: { [URI]: "http://example.com/" } }),
      `${URI} must be https, or http to this machine or to ECS or EKS`,
    );
    assertEquals(await containerCredentials({ env: { [URI]: "nonsense" } }), `${URI} is not a URL`);
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
  // Together: the provider tries each of them four times, a second apart.
  await t.step("explains whatever does not serve", async () => {
    const found = await Promise.all(rows.map(async ([given, env]) => {
      await using server = await startMetadata({ override: () => given });
      return await containerCredentials({ env: { ...server.containerEnv, ...env } });
    }));
    assertEquals(found, rows.map(([, , message]) => message));
  });

  await t.step("explains an endpoint that is not there", async () => {
    const server = await startMetadata();
    await server.stop();
    assertEquals(
      await containerCredentials({ env: server.containerEnv }),
      `the endpoint in ${URI} did not answer`,
    );
  });
});

Deno.test("instanceCredentials()", async (t) => {
  for (const value of ["true", "TRUE", "1"]) {
    await t.step(`asks nobody where AWS_EC2_METADATA_DISABLED is ${value}`, async () => {
      const found = await instanceCredentials({ env: { AWS_EC2_METADATA_DISABLED: value }, system: environment });
      assertEquals(found, "AWS_EC2_METADATA_DISABLED is set");
    });
  }
});

Deno.test("metadataEndpoint()", async (t) => {
  const NAME = "AWS_EC2_METADATA_SERVICE_ENDPOINT";
  const here = (value: string) => ({ value, from: "the profile" });
  const IPV6 = "http://[fd00:ec2::254]";
  const rows = [
    ["nothing", {}, {}, undefined],
    [
      "the environment's",
      { [NAME]: "http://localhost:1" },
      { endpoint: here("http://localhost:2") },
      "http://localhost:1",
    ],
    ["the profile's", {}, { endpoint: here("http://localhost:2"), mode: here("IPv6") }, "http://localhost:2"],
    ["that of a mode in any case", { [`${NAME}_MODE`]: "ipV6" }, {}, IPV6],
    ["that of the profile's mode", {}, { mode: here("IPV6") }, IPV6],
    ["an empty name as none", { [NAME]: "", [`${NAME}_MODE`]: "" }, { mode: here("ipv6") }, IPV6],
  ] as const;
  for (const [what, env, settings, endpoint] of rows) {
    await t.step(`takes ${what}`, () => assertEquals(metadataEndpoint({ ...env }, settings), endpoint));
  }

  await t.step("refuses what is neither a URL nor a mode", () => {
    assertEquals(
      refusal(() => metadataEndpoint({}, { endpoint: here("localhost") })),
      'the profile is "localhost"; expected a URL',
    );
    assertEquals(
      refusal(() => metadataEndpoint({}, { mode: here("IPv5") })),
      'the profile is "IPv5"; expected IPv4 or IPv6',
    );
    assertEquals(
      refusal(() => metadataEndpoint({}, { mode: here("constructor") })),
      'the profile is "constructor"; expected IPv4 or IPv6',
    );
  });
});

Deno.test("pick()", async (t) => {
  await t.step("takes only what credentials are made of", () => {
    const found = { accessKeyId: "a", secretAccessKey: "b", sessionToken: undefined, $signer: {}, accountId: "1" };
    assertEquals(pick(found), { accessKeyId: "a", secretAccessKey: "b" });
  });
});
