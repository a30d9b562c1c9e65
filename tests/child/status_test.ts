/** Exit codes, and the errors for a command that cannot be started. The probes test real processes. */
import { assertEquals } from "@std/assert";
import { endLike, exitCode, startFailure } from "../../lib/child/status.ts";
import { World, type WorldOptions } from "./fake_world.ts";

Deno.test("exitCode()", async (t) => {
  await t.step("is the command's own", () => {
    for (const code of [0, 1, 2, 255, -1073741510]) assertEquals(exitCode({ kind: "exited", code }), code);
  });

  await t.step("is 128+n for signal n, real-time signals included", () => {
    for (const signal of [1, 2, 15, 34, 64]) assertEquals(exitCode({ kind: "signalled", signal }), 128 + signal);
  });
});

Deno.test("endLike()", async (t) => {
  async function end(options: WorldOptions, signal: number | undefined) {
    const world = new World(options);
    const ending = endLike(
      world.system,
      signal === undefined ? { kind: "exited", code: 3 } : { kind: "signalled", signal },
    );
    await world.pass(1000);
    return { code: await ending, actions: world.actions };
  }

  await t.step("dies of the same signal, and returns the exit code if that fails", async () => {
    assertEquals(await end({}, 2), { code: 130, actions: ["die 2"] });
  });

  await t.step("does not die of a signal after an ordinary end", async () => {
    assertEquals(await end({}, undefined), { code: 3, actions: [] });
  });

  await t.step("does not signal itself as process 1 or on Windows", async () => {
    assertEquals(await end({ pid: 1 }, 15), { code: 143, actions: [] });
    assertEquals(await end({ os: "windows" }, 15), { code: 143, actions: [] });
  });
});

Deno.test("startFailure()", async (t) => {
  const coded = (code: string) => Object.assign(new Error("what the system said"), { code });
  const permission = Object.assign(new Error("Requires run access"), { name: "NotCapable" });

  const rows = [
    ["a missing command", "tf", coded("ENOENT"), 127, "not found on PATH"],
    ["a missing path", "./tf", coded("ENOENT"), 127, "no such file, or the interpreter in its first line is missing"],
    ["a file without permission", "./tf", coded("EACCES"), 126, "permission denied: not executable, or a directory"],
    ["a path through a file", "a/b", coded("ENOTDIR"), 126, "part of its path is not a directory"],
    ["a loop of links", "./l", coded("ELOOP"), 126, "too many symbolic links"],
    ["too long a command", "tf", coded("E2BIG"), 126, "its arguments and environment are too large"],
    ["another error", "tf", coded("EIO"), 126, "EIO"],
    ["an error without a code", "tf", new Error("x"), 126, "the operating system refused to start it"],
    ["the number of ENOENT", "tf", 2, 127, "not found on PATH"],
    ["the number of ENOEXEC", "./tf", 8, 126, "not a program that this system can run"],
    ["another number", "tf", 5, 126, "system error 5"],
    ["a missing permission", "tf", permission, 125, "Deno denied permission"],
  ] as const;
  for (const [name, program, error, exit, why] of rows) {
    await t.step(`explains ${name}`, () => {
      const failure = startFailure([program], error);
      assertEquals([failure.exitCode, failure.message], [exit, `cannot run "${program}": ${why}`]);
    });
  }

  await t.step("escapes control characters in the name", () => {
    const { message } = startFailure(["t\n\u001b[2J"], coded("ENOENT"));
    assertEquals(message, 'cannot run "t\\n\\x1b[2J": not found on PATH');
  });

  const guesses = [
    ["a quoted command line", "terraform plan", "terraform plan", [
      "if this is a command with arguments, do not quote it as a whole",
    ]],
    ["shell syntax", "make && make install", "make && make install", [
      "shell syntax needs a shell: arar ... -- sh -c '...'",
    ]],
    ["a variable, without its value", "TOKEN=hunter2 x", "TOKEN=...", [
      "to set a variable for the command: arar ... -- env TOKEN=... COMMAND",
    ]],
    ["nothing in an ordinary name", "terrafrom", "terrafrom", []],
  ] as const;
  for (const [name, program, shown, hint] of guesses) {
    await t.step(`recognizes ${name}`, () => {
      const { message, hints } = startFailure([program, "x"], coded("ENOENT"));
      assertEquals([message, hints], [`cannot run "${shown}": not found on PATH`, hint]);
      assertEquals(startFailure([program], coded("EACCES")).hints, []);
    });
  }
});
