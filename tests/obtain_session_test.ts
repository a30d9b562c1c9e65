/** `--cache` on the real program: what a later run asks STS for, and what it does not. */
import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { ararCommand, ararWords } from "./arar.ts";
import { actions, type EnvChange, failure, job, jobEnv } from "./process/job.ts";
import {
  ALICE_MFA,
  always,
  callerEnv,
  MFA_ROLE,
  PATH_ROLE,
  ROLE_SESSION,
  startSts,
  type StsServer,
  USER_NAME_ROLE,
} from "./sts_server.ts";

const both = ["GetCallerIdentity", "AssumeRole"];

/** A folder for the cache, removed at the end, and runs that use it. */
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
  await t.step("asks STS once, and not at all in the second run", async () => {
    await using sts = await startSts();
    await withCache(sts, async (run) => {
      const first = await run(["-u", "--cache"]);
      assertEquals([first.code, actions(sts)], [0, both]);
      assertEquals((await run(["-u"], { ARAR_CACHE: "1" })).stdout, first.stdout);
      assertEquals(actions(sts), both);
    });
  });

  await t.step("remembers the user name for other roles", async () => {
    await using sts = await startSts();
    await withCache(sts, async (run) => {
      await run(["-u", "--cache"]);
      const other = await run(["-u", "--cache", `--role-arn=${USER_NAME_ROLE.arn}`]);
      assertStringIncludes(other.stdout, "assumed-role/user-name-role/alice until");
      assertEquals(actions(sts), [...both, "AssumeRole"]);
    });
  });

  await t.step("takes a generated session name for the same, and another role for another", async () => {
    await using sts = await startSts();
    await withCache(sts, async (run) => {
      const first = await run(["--cache"]);
      assertEquals((await run(["--cache"])).stderr, first.stderr);
      await run(["--cache", "--role-arn", PATH_ROLE.arn]);
      await run(["--cache", "--duration-seconds=900"]);
      assertEquals(actions(sts), ["AssumeRole", "AssumeRole", "AssumeRole"]);
    });
  });

  await t.step("needs one MFA code for all runs", async () => {
    await using sts = await startSts();
    await withCache(sts, async (run) => {
      const args = ["--cache", `--role-arn=${MFA_ROLE.arn}`, `--serial-number=${ALICE_MFA.serial}`];
      const first = await run([...args, `--token-code=${ALICE_MFA.codes[0]}`]);
      assertEquals(first.code, 0, first.stderr);
      assertEquals((await run(args)).stderr, first.stderr);
      assertEquals(actions(sts), ["AssumeRole"]);
    });
  });

  await t.step("asks once for runs at the same time", async () => {
    await using sts = await startSts();
    await withCache(sts, async (run) => {
      const runs = await Promise.all(Array.from({ length: 4 }, () => run(["--cache"])));
      assertEquals(new Set(runs.map(({ stderr }) => stderr)).size, 1);
      assertEquals(actions(sts), ["AssumeRole"]);
    });
  });

  await t.step("is not held up by a run that was killed while it asked", async () => {
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

  await t.step("is not for a source without a long-lived secret, and -v says so", async () => {
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

  await t.step("keeps no secret, id or name in the open", async () => {
    await using sts = await startSts();
    await withCache(sts, async (run, home) => {
      await run(["-u", "--cache"]);
      const words = [...sts.secrets(), "ASIA", "AKIA", "alice", "terraform-role", "123456789012"];
      for await (const { name } of Deno.readDir(`${home}/arar`)) {
        const text = new TextDecoder("latin1").decode(await Deno.readFile(`${home}/arar/${name}`));
        for (const word of words) assert(!text.includes(word) && !name.includes(word), `${word} in ${name}`);
      }
    });
  });

  await t.step("keeps nothing of a request that failed", async () => {
    await using sts = await startSts({
      faults: always({ kind: "error", code: "AccessDenied", message: "no", status: 403 }),
    });
    await withCache(sts, async (run) => {
      failure(await run(["--cache"]));
      sts.setFaults([]);
      assertEquals((await run(["--cache"])).code, 0);
    });
  });

  await t.step("does not use a session with less left than --min-ttl", async () => {
    await using sts = await startSts();
    await withCache(sts, async (run) => {
      await run(["--cache"]);
      await run(["--cache", "--min-ttl=1h"]);
      assertEquals(actions(sts), ["AssumeRole", "AssumeRole"]);
    });
  });
});

Deno.test("--clear-cache", async (t) => {
  await t.step("makes the next run ask again", async () => {
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

Deno.test("a profile that asks arar", async (t) => {
  await t.step("is refused where arar would ask it in turn, without end", async () => {
    await using sts = await startSts();
    const folder = await Deno.makeTempDir();
    const config = `${folder}/config`;
    const process = [...ararWords(), "--print", "process"].map((word) => `"${word}"`).join(" ");
    await Deno.writeTextFile(config, `[default]\ncredential_process = ${process}\n`);
    const keys = { AWS_ACCESS_KEY_ID: undefined, AWS_SECRET_ACCESS_KEY: undefined };
    const { code, stderr } = await job(sts, [], { ...keys, AWS_CONFIG_FILE: config });
    await Deno.remove(folder, { recursive: true });
    assertEquals(code, 125);
    assertEquals(stderr.split("\n").slice(0, 2), [
      'arar: the credential_process of profile "default" is arar, which asks that profile',
      "arar: hint: name in it the profile with the keys: arar --profile NAME",
    ]);
    assertMatch(stderr, /\narar: credential_process "[^"]+" of profile "default" failed with exit code 125\n$/);
  });
});
