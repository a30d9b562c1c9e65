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
  const { system } = new World();
  const permission = Object.assign(new Error("Requires run access"), { name: "NotCapable" });

  const rows = [
    ["a missing command", "tf", coded("ENOENT"), 127, "not found on PATH"],
    ["a missing path", "./tf", coded("ENOENT"), 127, "no such file, or the interpreter in its first line is missing"],
    ["a file without permission", "./tf", coded("EACCES"), 126, "permission denied: not executable, or a directory"],
    ["a path through a file", "a/b", coded("ENOTDIR"), 126, "part of its path is not a directory"],
    ["a loop of links", "./l", coded("ELOOP"), 126, "too many symbolic links"],
    ["too long a command", "tf", coded("E2BIG"), 126, "its arguments and environment are too large"],
    [
      "too many processes",
      "tf",
      coded("EAGAIN"),
      126,
      "no more processes are allowed, see `ulimit -u` and the limits of the container",
    ],
    ["too many files", "tf", coded("EMFILE"), 126, "too many open files, see `ulimit -n`"],
    ["another error", "tf", coded("EIO"), 126, "EIO"],
    ["an error without a code", "tf", new Error("x"), 126, "the operating system refused to start it"],
    ["the number of ENOENT", "tf", 2, 127, "not found on PATH"],
    ["the number of ENOEXEC", "./tf", 8, 126, "not a program that this system can run"],
    ["another number", "tf", 5, 126, "system error 5"],
    ["a missing permission", "tf", permission, 125, "Deno denied permission"],
  ] as const;
  for (const [name, program, error, exit, why] of rows) {
    await t.step(`explains ${name}`, () => {
      const failure = startFailure(system, [program], error);
      assertEquals([failure.exitCode, failure.message], [exit, `cannot run "${program}": ${why}`]);
    });
  }

  await t.step("escapes control characters in the name", () => {
    const { message } = startFailure(system, ["t\n\u001b[2J"], coded("ENOENT"));
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
    ["a part of the shell", "source", "source", ["it is a part of the shell, not a program: arar ... -- sh -c '...'"]],
    ["a question", "help", "help", ["for arar's own help: arar --help"]],
    ["nothing in an ordinary name", "terrafrom", "terrafrom", []],
  ] as const;
  for (const [name, program, shown, hint] of guesses) {
    await t.step(`recognizes ${name}`, () => {
      const { message, hints } = startFailure(system, [program, "x"], coded("ENOENT"));
      assertEquals([message, hints], [`cannot run "${shown}": not found on PATH`, hint]);
      assertEquals(startFailure(system, [program], coded("EACCES")).hints, []);
    });
  }

  for (
    const [text, why, hints] of [
      ["#!/bin/bash\r\n", "its first line ends with a carriage return, as in files of Windows", [
        "save it with the line ends of Unix (LF), as dos2unix does",
      ]],
      ["#! /no/such -x\n", '"/no/such", which its first line names, is missing', []],
      ["\x7fELF", "no such file, or the interpreter in its first line is missing", []],
    ] as const
  ) {
    await t.step(`reads the first line of a script: ${JSON.stringify(text)}`, () => {
      const failure = startFailure({ ...system, readTextFileSync: () => text }, ["./x"], coded("ENOENT"));
      assertEquals([failure.exitCode, failure.message, failure.hints], [127, `cannot run "./x": ${why}`, hints]);
    });
  }

  for (
    const [words, why] of [
      [["x.cmd", "a\nb"], "Windows passes no line break to a batch file (.cmd, .bat)"],
      [["x.ps1"], "it is missing, or not a program that Windows can start (.exe, .com, .cmd, .bat)"],
    ] as const
  ) {
    await t.step(`explains what Windows does not: ${words[0]}`, () => {
      for (const error of [new Error("x"), coded("EINVAL")]) {
        const failure = startFailure(new World({ os: "windows" }).system, words, error);
        assertEquals([failure.exitCode, failure.message], [126, `cannot run "${words[0]}": ${why}`]);
      }
    });
  }

  await t.step("recognizes a part of cmd.exe", () => {
    const { hints } = startFailure(new World({ os: "windows" }).system, ["echo", "hi"], coded("ENOENT"));
    assertEquals(hints, ["it is a part of the shell, not a program: arar ... -- cmd /c ..."]);
  });
});
