/** Compares the three standard streams with and without arar. */
import { assertEquals } from "@std/assert";
import { createHash } from "node:crypto";
import { baseEnv } from "../arar.ts";
import { startSts } from "../sts_server.ts";
import { has, isLinux } from "./have.ts";
import { type Outcome, type Runner, runScript, wholeProgram } from "./programs.ts";

const RUNNERS: readonly Runner[] = ["bare", "spawn", "exec"];
const SIZE = 100_000_000;

/** Runs the same script without arar and in both ways; in it `"$@" command` runs a command. */
async function each(script: string, stdin?: Uint8Array<ArrayBuffer>): Promise<readonly Outcome[]> {
  await using sts = await startSts();
  const surroundings = { ...wholeProgram(sts), ...(stdin && { stdin }) };
  const outcomes: Outcome[] = [];
  for (const runner of RUNNERS) outcomes.push(await runScript(runner, script, surroundings));
  return outcomes;
}

function text({ status, stdout, stderr }: Outcome) {
  return { code: status.code, stdout, stderr };
}

/** Bytes that are not text, and do not repeat. */
function noise(size: number): Uint8Array<ArrayBuffer> {
  const words = new Uint32Array(size / 4);
  let state = 0x2545f491;
  for (let index = 0; index < words.length; index++) {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    words[index] = state;
  }
  return new Uint8Array(words.buffer);
}

Deno.test({
  name: "the streams of a command",
  ignore: Deno.build.os === "windows",
  async fn(t) {
    await t.step("keep the rest of the input after the command stops reading", async () => {
      const script = 'f=$(mktemp) && printf abcdef >"$f" && { "$@" dd bs=1 count=3 2>/dev/null; cat; } <"$f"; rm "$f"';
      for (const outcome of await each(script)) assertEquals(text(outcome), { code: 0, stdout: "abcdef", stderr: "" });
    });

    await t.step("pass piped input to the command only", async () => {
      for (const outcome of await each('printf data | "$@" cat')) {
        assertEquals(text(outcome), { code: 0, stdout: "data", stderr: "" });
      }
    });

    await t.step("end a command quietly if its reader has ended", async () => {
      const outcomes = await each('{ "$@" yes; echo "code $?" >&2; } | head -n 1');
      for (const outcome of outcomes) assertEquals(text(outcome), { code: 0, stdout: "y\n", stderr: "code 141\n" });
    });

    await t.step("may be closed", async () => {
      for (const outcome of await each('"$@" true <&- >&- 2>&-')) {
        assertEquals(text(outcome), { code: 0, stdout: "", stderr: "" });
      }
    });
  },
});

Deno.test({
  name: "a full device",
  ignore: !isLinux("/dev/full"),
  async fn(t) {
    await t.step("fails the command, not arar", async () => {
      const outcomes = await each('"$@" sh -c "echo x || exit 3" >/dev/full 2>/dev/null');
      for (const outcome of outcomes) assertEquals(text(outcome), { code: 3, stdout: "", stderr: "" });
    });
  },
});

Deno.test({
  name: "100 MB of noise",
  ignore: !has("cat"),
  async fn(t) {
    const input = noise(SIZE);
    const digest = sha256(input);

    for (const way of ["spawn", "exec"] as const) {
      await t.step(`passes in and out unchanged, by ${way}`, async () => {
        await using sts = await startSts();
        const surroundings = wholeProgram(sts);
        const [program = "", ...words] = surroundings.handOver(way);
        const child = new Deno.Command(program, {
          args: [...words, "cat"],
          env: { ...baseEnv(), ...surroundings.env },
          clearEnv: true,
          stdin: "piped",
          stdout: "piped",
          stderr: "inherit",
        }).spawn();
        const hash = createHash("sha256");
        const reading = (async () => {
          for await (const part of child.stdout) hash.update(part);
        })();
        await new Blob([input]).stream().pipeTo(child.stdin);
        await reading;
        assertEquals([(await child.status).code, hash.digest("hex")], [0, digest]);
      });
    }
  },
});

function sha256(bytes: Uint8Array): string {
  return createHash("sha256").update(bytes).digest("hex");
}
