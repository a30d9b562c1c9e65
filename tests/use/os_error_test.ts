import { assertEquals, assertRejects, assertThrows } from "@std/assert";
import { files } from "../../lib/system/files.ts";
import { osReason } from "../../lib/use/os_error.ts";

Deno.test("osReason()", async (t) => {
  await t.step("returns the system's reason, without the path", async () => {
    const folder = await Deno.makeTempDir();
    const error = await assertRejects(() => files.readFile(folder), Error);
    await Deno.remove(folder);
    assertEquals(osReason(error), Deno.build.os === "windows" ? "access is denied." : "is a directory");
  });

  await t.step("names a missing permission of Deno", () => {
    const error = Object.assign(new Error('Requires read access to "/x", run again with the --allow-read flag'), {
      name: "NotCapable",
    });
    assertEquals(osReason(error), 'requires read access to "/x"');
  });

  await t.step("rethrows any other error", () => {
    const bug = new TypeError("undefined is not a function");
    assertEquals(assertThrows(() => osReason(bug)), bug);
  });
});
