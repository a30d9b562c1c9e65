/**
 * Holds how a run's settings come about: which environment counts, and when a profile is read. Must not know what they decide.
 */
import { assertEquals, assertRejects } from "@std/assert";
import { ArarError } from "../lib/errors.ts";
import { readEnv, readSettings } from "../lib/plan.ts";
import { fakeSystem } from "./fake_system.ts";

const KEYS = { AWS_ACCESS_KEY_ID: "AKIAEXAMPLE", AWS_SECRET_ACCESS_KEY: "secret" };
const ROLE = "arn:aws:iam::123456789012:role/deploy";
const NOWHERE = { HOME: "/nonexistent", AWS_CONFIG_FILE: "/nonexistent/config" };

Deno.test("readEnv()", async (t) => {
  await t.step("takes names as they are, but on Windows in capitals", () => {
    const env = () => ({ Aws_Profile: "ci", PATH: "x" });
    assertEquals(readEnv({ env, os: "linux" }), { Aws_Profile: "ci", PATH: "x" });
    assertEquals(readEnv({ env, os: "windows" }), { AWS_PROFILE: "ci", PATH: "x" });
  });
});

Deno.test("readSettings()", async (t) => {
  const { system } = fakeSystem();

  await t.step("reads no profile where exported keys and a role do, whatever AWS_PROFILE says", async () => {
    const env = { ...KEYS, ...NOWHERE, AWS_ROLE_ARN: ROLE, AWS_PROFILE: "missing" };
    const { signer, roles } = await readSettings(system, { options: {}, env }, []);
    assertEquals([signer.kind, roles[0].roleArn], ["keys", ROLE]);
  });

  await t.step("reads the profile that is named, and says where there is none", async () => {
    const env = { ...KEYS, ...NOWHERE, AWS_PROFILE: "missing" };
    await assertRejects(() => readSettings(system, { options: {}, env }, []), ArarError, 'no profile "missing"');
  });

  await t.step("does without a default profile", async () => {
    const options = { "role-arn": [ROLE] };
    const { signer } = await readSettings(system, { options, env: NOWHERE }, []);
    assertEquals(signer.kind, "chain");
  });
});
