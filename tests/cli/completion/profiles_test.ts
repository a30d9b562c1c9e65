/** Runs the function that lists profiles in bash and zsh; skipped if they are not installed. */

import { assertProfiles, inShell, makeHome } from "./shells.ts";

Deno.test("PROFILES", async (t) => {
  await inShell(t, "are those of the shared files, in bash", "bash", async () => {
    await using home = await makeHome("bash");
    await assertProfiles(home, ["bash", "-c"], "true", "_arar_profiles");
  });

  await inShell(t, "are those of the shared files, in zsh", "zsh", async () => {
    await using home = await makeHome("zsh");
    // Only an interactive zsh has compdef.
    await assertProfiles(home, ["zsh", "-f", "-c"], "compdef() { }", "_arar_profiles");
  });
});
