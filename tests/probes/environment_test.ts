/** Compares the environment and the arguments that a command receives with and without arar, byte for byte. */
import { assert, assertEquals } from "@std/assert";
import { has, isLinux } from "./have.ts";
import { startSts } from "../sts_server.ts";
import { ALLOWED_DIFFERENCES, type Way } from "./allowed_differences.ts";
import { run, type Runner, type Surroundings, wholeProgram } from "./programs.ts";

const WAYS: readonly Way[] = ["spawn", "exec"];

const SETUP = String.raw`
latin1=$(printf 'caf\351')
set -- env "LATIN1=$latin1" "n$latin1=x" "=nameless" A.B=dot empty= DENO_EXTRA_STDIO_FDS=9 'lines=a
b' "spaces= a  b " "$@"`;

async function environmentOf(runner: Runner, surroundings: Surroundings): Promise<ReadonlySet<string>> {
  const { stdout } = await run(runner, ["/bin/cat", "/proc/self/environ"], surroundings);
  return new Set(stdout.split("\0"));
}

/** Entries that are only in one of the two, without being an allowed difference. */
function differences(way: Way, bare: ReadonlySet<string>, seen: ReadonlySet<string>): string[] {
  return [...bare.symmetricDifference(seen)].filter((entry) =>
    !ALLOWED_DIFFERENCES.some(({ ways, shown }) =>
      ways.includes(way) && shown?.by === "environment" && shown.field.test(`env ${entry}`)
    )
  );
}

Deno.test({
  name: "the environment of a command",
  ignore: !isLinux("the environment of a command"),
  async fn(t) {
    await t.step("is as without arar, except for the documented names", async () => {
      await using sts = await startSts();
      const surroundings = { setup: SETUP, ...wholeProgram(sts) };
      const bare = await environmentOf("bare", surroundings);
      assert(
        ["LATIN1=caf\xe9", "empty=", "DENO_EXTRA_STDIO_FDS=9", "A.B=dot", "=nameless"].every((entry) =>
          bare.has(entry)
        ),
      );
      for (const way of WAYS) assertEquals(differences(way, bare, await environmentOf(way, surroundings)), [], way);
    });

    // Deno adds a node of its own to PATH, and a variable.
    for (
      const [where, setup] of [
        ["if PATH has no node", "PATH=$PWD; export PATH"],
        ["if PATH is empty", "PATH=; export PATH"],
        ["without PATH", "unset PATH"],
        [
          "within a Deno that added its node to PATH",
          "PATH=/deno/node_compat_bin:$PWD DENO_NODE_SHIM_ACTIVE=1; export PATH DENO_NODE_SHIM_ACTIVE",
        ],
      ] as const
    ) {
      await t.step(`is as without arar ${where}`, async () => {
        await using sts = await startSts();
        const surroundings = { ...wholeProgram(sts), setup: `cd /; ${setup}` };
        const bare = await environmentOf("bare", surroundings);
        for (const way of WAYS) assertEquals(differences(way, bare, await environmentOf(way, surroundings)), [], way);
      });
    }
  },
});

/** Starts the following words with an environment in which every variable occurs twice. */
const TWICE = `set -- python3 -c '
import ctypes, os, sys
entries = [f"{name}={value}" for name, value in os.environ.items()] * 2
array = lambda words: (ctypes.c_char_p * (len(words) + 1))(*[word.encode() for word in words], None)
libc = ctypes.CDLL(None)
libc.execve(sys.argv[1].encode(), array(sys.argv[1:]), array(entries))
' "$@"`;

Deno.test({
  name: "a variable that the caller set twice",
  ignore: !isLinux("a variable set twice") || !has("python3"),
  async fn(t) {
    for (const way of WAYS) {
      await t.step(`is replaced or removed entirely, by ${way}`, async () => {
        await using sts = await startSts();
        const { stdout, stderr } = await run(way, ["cat", "/proc/self/environ"], {
          ...wholeProgram(sts),
          setup: TWICE,
        });
        const entries = stdout.split("\0").map((entry) => entry.split("=")[0] ?? "");
        const changed = entries.filter((name) => /^AWS_(ACCESS_KEY_ID|SECRET_ACCESS_KEY|ROLE_ARN)$/.test(name));
        assertEquals([stderr, changed.sort()], ["", ["AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"]]);
      });
    }
  },
});

Deno.test("the arguments of a command", async (t) => {
  const WORDS = [
    "",
    "--",
    "-u",
    "0123",
    "--help",
    " a  b ",
    'it\'s "quoted"',
    "a\nb\t",
    "größe 日本 🎉",
    "\ufffd",
    "$HOME",
    "*",
  ];

  for (const way of WAYS) {
    await t.step(`arrive byte for byte by ${way}`, async () => {
      await using sts = await startSts();
      const script = 'for word; do printf "%s\\0" "$word"; done';
      const { stdout, stderr } = await run(way, ["sh", "-c", script, "sh", ...WORDS], wholeProgram(sts));
      const bytes = Uint8Array.from(stdout, (character) => character.charCodeAt(0));
      assertEquals([new TextDecoder().decode(bytes), stderr], [WORDS.map((word) => `${word}\0`).join(""), ""]);
    });
  }
});
