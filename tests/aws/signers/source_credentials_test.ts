/** Which sources are asked, in which order, and what is said if none has credentials. */
import { assertEquals, assertRejects } from "@std/assert";
import type { Signer } from "../../../lib/aws/signer.ts";
import { sdkHandler } from "../../../lib/aws/http.ts";
import { sourceCredentials } from "../../../lib/aws/signers/source_credentials.ts";
import { ArarError } from "../../../lib/errors.ts";
import { startMetadata } from "../../metadata_server.ts";
import { ROLE_SESSION } from "../../sts_server.ts";

const DISABLED = { AWS_EC2_METADATA_DISABLED: "true" };

function get(signer: Exclude<Signer, { kind: "web-identity" }>, env: Readonly<Record<string, string>> = DISABLED) {
  return sourceCredentials(signer, {
    system: {
      captureShell: () => Promise.reject(new Error("no shell")),
      now: () => 0,
      sleep: () => new Promise(() => {}),
      withEnv: (_variables, action) => action(),
    },
    env,
    handler: sdkHandler({ fetch: () => Promise.reject(new Error("nobody is to be called")) }),
    region: "eu-west-1",
    signal: new AbortController().signal,
    mayPrompt: false,
  });
}

Deno.test("sourceCredentials()", async (t) => {
  await t.step("hands over keys as they are", async () => {
    const credentials = { accessKeyId: "AKIAEXAMPLE", secretAccessKey: "not-a-secret" };
    assertEquals(await get({ kind: "keys", credentials, from: "here" }), credentials);
  });

  await t.step("asks the container where it is named", async () => {
    const expiration = new Date("2030-01-02T03:04:05Z");
    await using server = await startMetadata({ expiration });
    const { accessKeyId, secretAccessKey, sessionToken = "" } = ROLE_SESSION;
    const expected = { accessKeyId, secretAccessKey, sessionToken, expiration };
    assertEquals(await get({ kind: "container" }, { ...server.containerEnv }), expected);
    assertEquals(await get({ kind: "chain", tried: [] }, { ...server.containerEnv, ...DISABLED }), expected);
  });

  const rows = [
    [
      { kind: "container" },
      "cannot use the container's credentials: neither AWS_CONTAINER_CREDENTIALS_RELATIVE_URI nor " +
      "AWS_CONTAINER_CREDENTIALS_FULL_URI is set",
    ],
    [{ kind: "instance" }, "cannot use the instance's credentials: AWS_EC2_METADATA_DISABLED is set"],
    [
      { kind: "chain", tried: ["first this", "then that"] },
      "no source credentials: first this; then that; container: neither AWS_CONTAINER_CREDENTIALS_RELATIVE_URI nor " +
      "AWS_CONTAINER_CREDENTIALS_FULL_URI is set; instance: AWS_EC2_METADATA_DISABLED is set",
    ],
  ] as const;
  for (const [signer, message] of rows) {
    await t.step(`says why ${signer.kind} does not serve`, async () => {
      assertEquals((await assertRejects(() => get(signer), ArarError)).message, message);
    });
  }

  await t.step("asks no instance where a container is named", async () => {
    const env = { AWS_CONTAINER_CREDENTIALS_FULL_URI: "http://example.com/" };
    const error = await assertRejects(() => get({ kind: "chain", tried: [] }, env), ArarError);
    assertEquals(
      error.message,
      "no source credentials: container: AWS_CONTAINER_CREDENTIALS_FULL_URI must be https, or http to this machine or to ECS or EKS",
    );
  });
});
