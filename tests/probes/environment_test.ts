/**
 * Owns the comparison of the environment and the arguments that a command gets, byte for byte.
 * Must not know which variables arar changes: they are on the list of allowed differences.
 */
import { assert, assertEquals } from "@std/assert";
import { isLinux } from "./have.ts";
import { startSts } from "../sts_server.ts";
import { ALLOWED_DIFFERENCES, type Way } from "./allowed_differences.ts";
import { run, type Runner, type Surroundings, wholeProgram } from "./programs.ts";

const WAYS: readonly Way[] = ["spawn", "exec"];

const SETUP = String.raw`
latin1=$(printf 'caf\351')
set -- env "LATIN1=$latin1" "n$latin1=x" "=nameless" A.B=dot empty= 'lines=a
b' "spaces= a  b " "$@"`;

async function environmentOf(runner: Runner, surroundings: Surroundings): Promise<ReadonlySet<string>> {
  const { stdout } = await run(runner, ["cat", "/proc/self/environ"], surroundings);
  return new Set(stdout.split("\0"));
}

/** Entries that are only in one of the two and may not be. */
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
    await t.step("is as without arar but for the documented names", async () => {
      await using sts = await startSts();
      const surroundings = { setup: SETUP, ...wholeProgram(sts) };
      const bare = await environmentOf("bare", surroundings);
      assert(["LATIN1=caf\xe9", "empty=", "A.B=dot", "=nameless"].every((entry) => bare.has(entry)));
      for (const way of WAYS) assertEquals(differences(way, bare, await environmentOf(way, surroundings)), [], way);
    });
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
