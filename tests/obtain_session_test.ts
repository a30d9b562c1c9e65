/** `--cache` on the real program: which calls to STS later runs save. */
import { assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import type { TypedOptions } from "../lib/cli/options.ts";
import { ArarError } from "../lib/errors.ts";
import { renewSession } from "../lib/obtain_session.ts";
import { Secrets } from "../lib/secrets.ts";
import { readSettings } from "../lib/settings/settings.ts";
import { ararCommand } from "./arar.ts";
import { fakeSts } from "./fake_sts.ts";
import { fakeSystem } from "./fake_system.ts";
import { actions, type EnvChange, job, jobEnv } from "./process/job.ts";
import {
  ALICE,
  ALICE_MFA,
  callerEnv,
  MFA_ROLE,
  ROLE_SESSION,
  startSts,
  type StsServer,
  TERRAFORM_ROLE,
} from "./sts_server.ts";

const both = ["GetCallerIdentity", "AssumeRole"];

/** Runs with a cache folder that is removed at the end. */
async function withCache(sts: StsServer, use: (run: Run, home: string) => Promise<void>): Promise<void> {
  const home = await Deno.makeTempDir();
  try {
    await use((args, change = {}) => job(sts, args, { XDG_CACHE_HOME: home, LOCALAPPDATA: home, ...change }), home);
  } finally {
    await Deno.remove(home, { recursive: true });
  }
}

type Run = (args: readonly string[], change?: EnvChange) => ReturnType<typeof job>;

Deno.test("--cache", async (t) => {
  await t.step("calls STS in the first run only", async () => {
    await using sts = await startSts();
    await withCache(sts, async (run) => {
      const first = await run(["-u", "--cache"]);
      assertEquals([first.code, actions(sts)], [0, both]);
      assertEquals((await run(["-u"], { ARAR_CACHE: "1" })).stdout, first.stdout);
      assertEquals(actions(sts), both);
    });
  });

  await t.step("needs an MFA code in the first run only", async () => {
    await using sts = await startSts();
    await withCache(sts, async (run) => {
      const args = ["--cache", `--role-arn=${MFA_ROLE.arn}`, `--serial-number=${ALICE_MFA.serial}`];
      const first = await run([...args, `--token-code=${ALICE_MFA.codes[0]}`]);
      assertEquals(first.code, 0, first.stderr);
      assertEquals((await run(args)).stderr, first.stderr);
      assertEquals(actions(sts), ["AssumeRole"]);
    });
  });

  await t.step("is not blocked by a run that was killed during its request", async () => {
    const { promise: asked, resolve } = Promise.withResolvers<void>();
    await using sts = await startSts({
      faults: () => {
        resolve();
        return { kind: "hang" };
      },
    });
    await withCache(sts, async (run, home) => {
      const env = jobEnv(sts, { XDG_CACHE_HOME: home, LOCALAPPDATA: home });
      const killed = ararCommand(["--cache"], { env }, { stdin: "null", stdout: "null", stderr: "null" }).spawn();
      await asked;
      killed.kill("SIGKILL");
      await killed.status;
      sts.setFaults([]);
      const next = await run(["--cache"]);
      assertEquals(next.code, 0, next.stderr);
    });
  });

  await t.step("is not used without long-lived keys, as -v reports", async () => {
    await using sts = await startSts();
    await withCache(sts, async (run, home) => {
      for (const _ of [1, 2]) {
        const { code, stderr } = await run(["-v", "--cache"], callerEnv(ROLE_SESSION));
        assertEquals(code, 0, stderr);
        assertStringIncludes(stderr, "arar: cache: not used: no long-lived secret key to encrypt it with\n");
      }
      assertEquals(actions(sts), ["AssumeRole", "AssumeRole"]);
      assertEquals(await Array.fromAsync(Deno.readDir(home)), []);
    });
  });

  await t.step("does not reuse a session with less time left than --min-ttl", async () => {
    await using sts = await startSts();
    await withCache(sts, async (run) => {
      await run(["--cache"]);
      await run(["--cache", "--min-ttl=1h"]);
      assertEquals(actions(sts), ["AssumeRole", "AssumeRole"]);
    });
  });
});

Deno.test("--clear-cache", async (t) => {
  await t.step("makes the next run call STS again", async () => {
    await using sts = await startSts();
    await withCache(sts, async (run, home) => {
      await run(["--cache"]);
      const cleared = await run(["--clear-cache"]);
      assertEquals([cleared.code, cleared.stdout], [0, ""]);
      assertStringIncludes(cleared.stderr, "arar: removed 1 from the cache ");
      assertEquals(await Array.fromAsync(Deno.readDir(`${home}/arar`)), []);
      await run(["--cache"]);
      assertEquals(actions(sts), ["AssumeRole", "AssumeRole"]);
    });
  });
});

Deno.test("renewSession()", async (t) => {
  const role = "arn:aws:sts::123456789012:assumed-role/terraform-role/alice";
  const evil = "arn:aws:sts::666666666666:assumed-role/evil/alice";
  const renew = async (options: TypedOptions, spoil: (text: string) => string, firstArn: string, more = {}) => {
    const { connect } = fakeSts(spoil);
    const env = { ...callerEnv(ALICE), AWS_ROLE_ARN: TERRAFORM_ROLE.arn, AWS_DEFAULT_REGION: "us-east-1", ...more };
    const { system } = fakeSystem({ env, connect, now: Date.now() });
    const settings = readSettings(system, { options, env }, ["make"]);
    const listeners = { report: { found: () => {}, warn: () => {} }, secrets: new Secrets() };
    const credentials = { accessKeyId: "ASIA", secretAccessKey: "old", sessionToken: "old", expiration: new Date() };
    const first = { arn: firstArn, accountId: "", credentials };
    return await renewSession(system, settings, listeners, first);
  };
  const byUser: TypedOptions = { usernameSession: true };

  await t.step("returns a session of the same role, whatever its name", async () => {
    const session = await renew(byUser, (text) => text, role.replace("alice", "before"));
    assertEquals([session.arn, session.accountId], [role, "123456789012"]);
  });

  await t.step("refuses another role than the first", async () => {
    const { message } = await assertRejects(() => renew(byUser, (text) => text, evil), ArarError);
    assertEquals(message, `the renewed session is "${role}", the first one was "${evil}"`);
  });

  await t.step("refuses another account than --expect-account allows, from an STS that is not AWS's", async () => {
    const spoil = (text: string) => text.replaceAll("sts::123456789012:", "sts::tenant:");
    const elsewhere = { AWS_ENDPOINT_URL_STS: "https://sts.example.com" };
    const options = { ...byUser, expectAccount: ["123456789012"] };
    const { message } = await assertRejects(() => renew(options, spoil, role, elsewhere), ArarError);
    assertStringIncludes(message, "is in account tenant, --expect-account expects 123456789012");
  });

  await t.step("spends no MFA code, and asks for none", async () => {
    const options = { ...byUser, serialNumber: ALICE_MFA.serial, tokenCode: "123456" };
    const { message } = await assertRejects(() => renew(options, (text) => text, role), ArarError);
    assertEquals(message, "it needs an MFA code, but the command is using the terminal");
  });
});
