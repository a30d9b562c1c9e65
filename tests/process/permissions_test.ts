/**
 * The smallest list of Deno permissions that the main job needs, as in the reference.
 */
import { assertEquals, assertMatch } from "@std/assert";
import { arar, ararWords, baseEnv } from "../arar.ts";
import { startSts } from "../sts_server.ts";
import { failure, jobEnv, skipUnless } from "./job.ts";
import { HAS_TERMINAL, onTerminal } from "./terminal.ts";

const COMMAND = Deno.build.os === "windows" ? "whoami" : "hostname";

/** For exported keys, a role and a command. In real use the host is `sts.REGION.amazonaws.com`. */
function smallest({ port }: { readonly port: number }): readonly string[] {
  return ["--allow-env", `--allow-net=127.0.0.1:${port}`, `--allow-run=${COMMAND}`];
}

Deno.test("the smallest list of permissions", async (t) => {
  await t.step("is enough for exported keys, -u and a command", async () => {
    await using sts = await startSts();
    const options = { env: jobEnv(sts, {}), secrets: () => sts.secrets() };
    const permissions = [...smallest(sts), "--no-prompt"];
    for (const words of [["-u", "-v", "--duration-seconds=15m", "--", COMMAND], ["-u"], ["--version"], ["--help"]]) {
      const result = await arar(words, { ...options, permissions });
      assertEquals(result.code, 0, result.stderr);
      assertEquals(result.stderr.includes("Requires"), false, result.stderr);
    }
  });

  await t.step({
    name: "causes no permission prompt",
    ignore: skipUnless(HAS_TERMINAL, "no python3 to make a terminal with"),
    fn: async () => {
      await using sts = await startSts();
      const words = [...ararWords({ permissions: smallest(sts) }), "-u", "--", COMMAND];
      const { code, shown } = await onTerminal(words, { ...baseEnv(), ...jobEnv(sts, {}) }, []);
      assertEquals(code, 0, shown);
      assertMatch(shown, /^\S+\n$/);
    },
  });

  await t.step("is the smallest: a missing one is named, without a stack trace", async () => {
    await using sts = await startSts();
    const options = { env: jobEnv(sts, {}), secrets: () => sts.secrets() };
    const without = async (lacking: RegExp) => {
      const permissions = [...smallest(sts).filter((flag) => !lacking.test(flag)), "--no-prompt"];
      return failure(await arar(["-u", "--", COMMAND], { ...options, permissions }));
    };
    assertEquals(await without(/env/), [
      "Deno denied permission: requires env access",
      "hint: run arar with -A, or see the reference for the permissions it needs",
    ]);
    assertMatch(
      (await without(/net/))[0] ?? "",
      /^cannot get the caller identity .*: no answer from 127\.0\.0\.1:\d+: Deno denied permission to connect to it$/,
    );
    assertEquals(await without(/run/), [
      `cannot run "${COMMAND}": Deno denied permission`,
      "hint: run arar with -A, or with --allow-run",
    ]);
  });

  await t.step("does not include what --exec needs, which is named", async () => {
    await using sts = await startSts();
    const result = await arar(["--exec", "--", COMMAND], {
      env: jobEnv(sts, {}),
      permissions: [...smallest(sts), "--no-prompt"],
    });
    assertEquals(failure(result), [
      "--exec needs the C library, which is not permitted or cannot be loaded",
      "hint: run arar with -A, or with --allow-ffi",
      "hint: or drop --exec (and ARAR_EXEC)",
    ]);
  });
});
