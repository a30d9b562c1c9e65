/** The fake servers require the same headers and return the same responses as the real ones. */
import { assert, assertEquals } from "@std/assert";
import { type MetadataServer, startMetadata } from "./metadata_server.ts";
import { assumeWithToken, awsIdentity, skip } from "./sts_server/client.ts";
import { until } from "./patience.ts";
import { ROLE_SESSION, startSts } from "./sts_server.ts";

type Headers = Record<string, string>;

async function get(url: string, headers: Headers = {}, method = "GET") {
  const response = await fetch(url, { method, headers });
  return { status: response.status, text: await response.text() };
}

/** Requests a token as a job does: with the audience as one more parameter of the URL. */
function requestToken({ githubEnv }: MetadataServer, audience: string) {
  const url = githubEnv["ACTIONS_ID_TOKEN_REQUEST_URL"];
  const bearer = githubEnv["ACTIONS_ID_TOKEN_REQUEST_TOKEN"];
  return get(`${url}&audience=${encodeURIComponent(audience)}`, { authorization: `Bearer ${bearer}` });
}

Deno.test("startMetadata() for GitHub", async (t) => {
  await t.step("issues a token that the embedded STS accepts", async () => {
    await using metadata = await startMetadata();
    await using sts = await startSts();
    const { status, text } = await requestToken(metadata, "sts.amazonaws.com");
    assertEquals(status, 200);
    const token = JSON.parse(text).value;
    await assumeWithToken(sts, token);
    assert(metadata.secrets().includes(token));
    const [request] = metadata.requests;
    assertEquals([request?.method, request?.path], ["GET", "/oidc?api-version=2.0&audience=sts.amazonaws.com"]);
  });

  await t.step("requires the bearer token", async () => {
    await using metadata = await startMetadata();
    const url = metadata.githubEnv["ACTIONS_ID_TOKEN_REQUEST_URL"] ?? "";
    assertEquals((await get(url)).status, 401);
    assertEquals((await get(url, { authorization: "Bearer x" })).status, 401);
  });
});

Deno.test("startMetadata() for a container", async (t) => {
  await t.step("returns credentials to a client with the authorization token", async () => {
    const expiration = new Date("2030-01-01T00:00:00Z");
    await using metadata = await startMetadata({ expiration });
    const env = metadata.containerEnv;
    const url = env["AWS_CONTAINER_CREDENTIALS_FULL_URI"] ?? "";
    const authorization = env["AWS_CONTAINER_AUTHORIZATION_TOKEN"] ?? "";
    const { status, text } = await get(url, { authorization });
    assertEquals(status, 200);
    assertEquals(JSON.parse(text), {
      AccessKeyId: ROLE_SESSION.accessKeyId,
      SecretAccessKey: ROLE_SESSION.secretAccessKey,
      Token: ROLE_SESSION.sessionToken,
      Expiration: "2030-01-01T00:00:00Z",
    });
    assertEquals((await get(url)).status, 401);
  });
});

Deno.test("startMetadata() for an instance", async (t) => {
  await t.step("returns credentials to a client with a session token", async () => {
    await using metadata = await startMetadata();
    const url = metadata.instanceEnv["AWS_EC2_METADATA_SERVICE_ENDPOINT"];
    const ttl = { "x-aws-ec2-metadata-token-ttl-seconds": "60" };
    const { text } = await get(`${url}/latest/api/token`, ttl, "PUT");
    const token = { "x-aws-ec2-metadata-token": text };
    const roles = `${url}/latest/meta-data/iam/security-credentials/`;
    const role = (await get(roles, token)).text;
    assertEquals(role, "runner-role");
    const { AccessKeyId } = JSON.parse((await get(roles + role, token)).text);
    assertEquals(AccessKeyId, ROLE_SESSION.accessKeyId);
    assertEquals((await get(roles)).status, 401);
    assertEquals((await get(`${url}/latest/api/token`, {}, "PUT")).status, 400);
  });

  await t.step("works with the AWS CLI", async (t) => {
    await using metadata = await startMetadata();
    await using sts = await startSts();
    for (const source of [metadata.instanceEnv, metadata.containerEnv]) {
      const env = { AWS_ENDPOINT_URL_STS: sts.url, ...source };
      const said = await awsIdentity(env);
      if (said === undefined) return await skip(t, "no aws on PATH");
      assertEquals(said, { arn: ROLE_SESSION.arn, stderr: "" });
    }
  });
});

Deno.test("startMetadata() with an override", async (t) => {
  await t.step("returns that response, or hangs until it is stopped", async () => {
    const metadata = await startMetadata({
      override: ({ path }) => path === "/hang" ? { kind: "hang" } : { kind: "answer", status: 503, body: "busy" },
    });
    assertEquals(await get(`${metadata.url}/container`), { status: 503, text: "busy" });
    const hanging = get(`${metadata.url}/hang`).catch(() => "ended");
    await until(() => Promise.resolve(metadata.requests[1]));
    await metadata.stop();
    assertEquals(await hanging, "ended");
  });
});
