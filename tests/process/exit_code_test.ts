/**
 * The exit code: the command's, or one of arar's own.
 */
import { assertEquals, assertStringIncludes } from "@std/assert";
import { arar } from "../arar.ts";
import { startSts } from "../sts_server.ts";
import { failure, job, shellJob, SHOW, skipUnless } from "./job.ts";

const isWindows = Deno.build.os === "windows";

Deno.test("exit code", async (t) => {
  await t.step("is the command's own", async () => {
    await using sts = await startSts();
    for (const code of [0, 1, 125, 255]) {
      const result = await job(sts, [...SHOW, `exit=${code}`], {}, { commandShowsSecrets: true });
      assertEquals([result.code, result.stderr], [code, ""]);
    }
  });

  await t.step("is 127 if the command is not found, without any call to STS", async () => {
    await using sts = await startSts();
    assertEquals(failure(await job(sts, ["no-such-command", "x"]), 127), [
      'cannot run "no-such-command": not found on PATH',
    ]);
    assertEquals(failure(await job(sts, ["./no/such\u0007command"]), 127), [
      'cannot run "./no/such\\x07command": no such file, or the interpreter in its first line is missing',
    ]);
    assertEquals(failure(await job(sts, ["--", "TOKEN=hunter2", "make"]), 127), [
      'cannot run "TOKEN=...": not found on PATH',
      "hint: to set a variable for the command: arar ... -- env TOKEN=... COMMAND",
    ]);
    assertEquals(sts.requests.length, 0);
    // Without permission to look it up, the failed start of the command gives the reason.
    const permissions = ["--allow-env", "--allow-net", "--allow-run"];
    assertEquals(failure(await job(sts, ["no-such-command"], {}, { permissions }), 127), [
      'cannot run "no-such-command": not found on PATH',
    ]);
  });

  await t.step({
    name: "is 126 if the command is found but cannot run",
    ignore: skipUnless(!isWindows, "Windows decides otherwise what can be run"),
    fn: async () => {
      await using sts = await startSts();
      const folder = await Deno.makeTempDir();
      try {
        await Deno.writeTextFile(`${folder}/plain`, "echo started\n", { mode: 0o644 });
        for (const path of [`${folder}/plain`, folder]) {
          assertEquals(failure(await job(sts, [path]), 126), [
            `cannot run "${path}": permission denied: not executable, or a directory`,
          ]);
        }
        assertEquals(failure(await job(sts, [`${folder}/plain/x`]), 126), [
          `cannot run "${folder}/plain/x": part of its path is not a directory`,
        ]);
      } finally {
        await Deno.remove(folder, { recursive: true });
      }
    },
  });

  await t.step("is 125 if arar itself fails: usage, settings, STS", async () => {
    await using sts = await startSts();
    failure(await job(sts, ["--no-such-option", ...SHOW]));
    failure(await job(sts, SHOW, { AWS_ROLE_ARN: "x" }));
    failure(await job(sts, SHOW, { AWS_SECRET_ACCESS_KEY: "wrong+SECRET/wrong+wrong+wrong+wrong+wrong" }));
    const nothing = failure(await arar(SHOW, { env: {} }));
    assertStringIncludes(nothing[0] ?? "", "no role is named");
  });
});

Deno.test("standard streams", async (t) => {
  await t.step({
    name: "may be closed for arar itself",
    ignore: skipUnless(!isWindows, "there is no sh"),
    fn: async () => {
      await using sts = await startSts();
      assertEquals((await shellJob(sts, `"$@" -v -- sh -c 'exit 3' 2>&-; echo $?`)).stdout, "3\n");
      assertEquals((await shellJob(sts, `"$@" --help | head -1`)).stderr, "");
      const full = await shellJob(sts, `[ ! -w /dev/full ] || "$@" --help > /dev/full; echo $?`);
      assertEquals([full.stdout, full.stderr.replace(/^arar: cannot write to stdout\n$/, "")], [
        Deno.build.os === "linux" ? "125\n" : "0\n",
        "",
      ]);
    },
  });
});
