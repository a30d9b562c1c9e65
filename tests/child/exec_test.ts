/** `--exec` passes on the exact words, or says why it cannot. The probes test the C library. */
import { assertEquals, assertThrows } from "@std/assert";
import { execCommand, requireExec } from "../../lib/child/exec.ts";
import { ArarError } from "../../lib/errors.ts";

Deno.test("execCommand()", async (t) => {
  for (const [errno, exitCode] of [[2, 127], [13, 126]] as const) {
    await t.step(`passes on the words, and fails with ${exitCode} for errno ${errno}`, () => {
      const replaced: string[][] = [];
      const replaceProcess = (words: readonly Uint8Array[]) => {
        replaced.push(words.map((word) => new TextDecoder().decode(word)));
        return errno;
      };
      const system = { commandLine: () => undefined, replaceProcess };
      assertEquals(assertThrows(() => execCommand(system, ["tf", "", "größe"]), ArarError).exitCode, exitCode);
      assertEquals(replaced, [["tf", "", "größe"]]);
    });
  }
});

Deno.test("requireExec()", async (t) => {
  await t.step("refuses without the C library", () => {
    requireExec({ canReplaceProcess: () => true });
    assertThrows(() => requireExec({ canReplaceProcess: () => false }), ArarError, "--exec needs the C library");
  });
});
