/** Loads the script in a real fish and presses TAB; skipped if it is not installed. */

import { assertEquals } from "@std/assert";
import { FISH } from "../../../lib/cli/completion/fish.ts";
import { assertProfiles, type Home, inShell, makeHome, TYPED } from "./shells.ts";

/** What fish offers for the line. */
async function offers(home: Home, line: string, before = ""): Promise<string[]> {
  const { stdout, stderr } = await home.run(["fish", "-c", `source script.txt; ${before}; complete -C $argv[1]`, line]);
  assertEquals(stderr, "");
  return stdout.split("\n").filter((answer) => answer !== "").map((answer) => answer.split("\t")[0] ?? "");
}

Deno.test("renderFish()", async (t) => {
  await using home = await makeHome("fish");

  for (const [line, words] of TYPED.filter(([line]) => line.indexOf("\t") === line.length - 1)) {
    // Fish offers nothing for a word that cannot be completed, and leaves it alone.
    const typed = line.trimEnd();
    const last = words.at(-1) ?? "";
    const unchanged = typed.endsWith(last);
    await inShell(t, `offers ${JSON.stringify(unchanged ? "nothing" : last)} for ${typed}`, "fish", async () => {
      const offered = await offers(home, `arar ${typed}`);
      assertEquals(offered.filter((word) => unchanged || !word.startsWith(last)), []);
      assertEquals(offered.length > 0, !unchanged);
    });
  }

  await inShell(t, "finds the profiles of the shared files", "fish", async () => {
    await assertProfiles(home, ["fish", "-c"], "true", "__arar_profiles");
  });

  await inShell(t, "asks the command's own completion", "fish", async () => {
    const own = "complete -c ararhelper -l from-helper";
    assertEquals(await offers(home, "arar -u -- ararhelper --fr", own), ["--from-helper"]);
  });

  await t.step("contains no option that is not from the table", () => {
    assertEquals(FISH.match(/complete -c arar .*-l /g), null);
  });
});
