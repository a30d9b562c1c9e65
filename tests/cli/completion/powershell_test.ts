/** Loads the script in a real PowerShell and presses TAB; skipped if it is not installed. */

import { assertArrayIncludes, assertEquals } from "@std/assert";
import { POWERSHELL } from "../../../lib/cli/completion/powershell.ts";
import { inShell, makeHome } from "./shells.ts";

Deno.test("renderPowerShell()", async (t) => {
  await using home = await makeHome("powershell");

  await inShell(t, "completes arar's words, then the command's", "pwsh", async () => {
    const script = `Get-Content -Raw script.txt | Invoke-Expression
      foreach ($line in 'arar --ro', 'arar --print=pr', 'arar --profile=dep', 'arar -u -- arar --ro') {
        (TabExpansion2 -inputScript $line -cursorColumn $line.Length).CompletionMatches.CompletionText
      }`;
    const { stdout } = await home.run(["pwsh", "-NoProfile", "-NonInteractive", "-Command", script]);
    const expected = ["--role-arn", "--role-session-name", "--print=process", "--profile=deploy:eu@1"];
    assertArrayIncludes(stdout.split(/\r?\n/), expected);
  });

  await t.step("closes every bracket that it opens", () => {
    const count = (sign: string) => POWERSHELL.split(sign).length;
    assertEquals([count("{"), count("(")], [count("}"), count(")")]);
  });
});
