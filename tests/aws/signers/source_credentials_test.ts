/** Which sources are used, in which order, and why there are no credentials. */
import { assertEquals, assertRejects } from "@std/assert";
import type { RemoteSource } from "../../../lib/aws/signer.ts";
import { readContainer, readInstance } from "../../../lib/aws/signers/machine.ts";
import { sourceCredentials } from "../../../lib/aws/signers/source_credentials.ts";
import { ArarError } from "../../../lib/errors.ts";
import type { Env } from "../../../lib/sourced.ts";
import { startMetadata } from "../../metadata_server.ts";
import { realDial } from "../real_dial.ts";
import { ROLE_SESSION } from "../../sts_server.ts";
import { tokenWorld } from "./token_server.ts";

const DISABLED = { AWS_EC2_METADATA_DISABLED: "true" };

function get(signer: RemoteSource, env: Env = DISABLED) {
  const container = readContainer(env);
  return sourceCredentials(signer, {
    system: {
      ...tokenWorld(),
      captureShell: () => Promise.reject(new Error("no shell")),
      now: () => 0,
      writePrivateFile: () => Promise.resolve(),
    },
    env,
    dial: realDial,
    services: { ...container && { container }, instance: readInstance(env, new Map()) },
    region: "eu-west-1",
    signal: new AbortController().signal,
    mayPrompt: false,
  });
}

Deno.test("sourceCredentials()", async (t) => {
  await t.step("uses the container if it is named", async () => {
    const expiration = new Date("2030-01-02T03:04:05Z");
    await using server = await startMetadata({ expiration });
    const { accessKeyId, secretAccessKey, sessionToken = "" } = ROLE_SESSION;
    const expected = { accessKeyId, secretAccessKey, sessionToken, expiration };
    assertEquals(await get({ kind: "container" }, { ...server.containerEnv }), expected);
    assertEquals(await get({ kind: "machine", tried: [] }, { ...server.containerEnv, ...DISABLED }), expected);
  });

  const unset = "neither AWS_CONTAINER_CREDENTIALS_RELATIVE_URI nor AWS_CONTAINER_CREDENTIALS_FULL_URI is set";
  const disabled = "AWS_EC2_METADATA_DISABLED is set";
  const rows = [
    [{ kind: "container" }, DISABLED, `cannot use the container's credentials: ${unset}`],
    [{ kind: "instance" }, DISABLED, `cannot use the instance's credentials: ${disabled}`],
    [
      { kind: "machine", tried: ["first this", "then that"] },
      DISABLED,
      `no source credentials: first this; then that; container: ${unset}; instance: ${disabled}`,
    ],
    // No instance: a container is named.
    [
      { kind: "machine", tried: [] },
      { AWS_CONTAINER_CREDENTIALS_FULL_URI: "http://localhost:9/", AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE: "/gone" },
      "no source credentials: container: the file in AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE cannot be read",
    ],
  ] as const;
  for (const [signer, env, message] of rows) {
    await t.step(message, async () => {
      assertEquals((await assertRejects(() => get(signer, { ...env }), ArarError)).message, message);
    });
  }
});
