/** `--exec` hands over exact words, or says why it cannot. The C library is the probes' part. */
import { assertEquals, assertThrows } from "@std/assert";
import { execCommand, requireExec } from "../../lib/child/exec.ts";
import { ArarError } from "../../lib/errors.ts";

function fake(errno: number, permitted = true, os: "linux" | "windows" = "linux") {
  const replaced: string[][] = [];
  const system = {
    os,
    canReplaceProcess: () => permitted,
    commandLine: () => undefined,
    replaceProcess(words: readonly Uint8Array[]) {
      replaced.push(words.map((word) => new TextDecoder().decode(word)));
      return errno;
    },
  };
  return { system, replaced };
}

function exitCodeOf(action: () => void): number {
  const error = assertThrows(action, ArarError);
  return error.exitCode;
}

Deno.test("execCommand()", async (t) => {
  await t.step("hands over the words and comes back with 127 or 126", () => {
    const { system, replaced } = fake(2);
    assertEquals(exitCodeOf(() => execCommand(system, ["tf", "", "größe"])), 127);
    assertEquals(replaced, [["tf", "", "größe"]]);
    assertEquals(exitCodeOf(() => execCommand(fake(13).system, ["tf"])), 126);
  });

  await t.step("replaces nothing where it is not permitted", () => {
    const { system, replaced } = fake(0, false);
    assertEquals(exitCodeOf(() => execCommand(system, ["tf"])), 125);
    assertEquals(replaced, []);
  });
});

Deno.test("requireExec()", async (t) => {
  await t.step("says what is missing", () => {
    assertThrows(() => requireExec(fake(0, false).system), ArarError, "--exec needs the C library");
    assertThrows(() => requireExec(fake(0, true, "windows").system), ArarError, "--exec is not available on Windows");
  });

  await t.step("lets pass where it can work", () => requireExec(fake(0).system));
});
