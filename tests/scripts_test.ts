import { assertEquals } from "@std/assert";
import { skipUnless } from "./process/job.ts";
import { writeScripts } from "./scripts.ts";

Deno.test({
  name: "writeScripts()",
  ignore: skipUnless(Deno.build.os !== "windows", "scripts need a Unix shell"),
  fn: async (t) => {
    await t.step("writes executable files", async () => {
      const folder = await Deno.makeTempDir();
      await writeScripts({
        [`${folder}/one`]: "#!/bin/sh\necho '%s' \"$1\"\n",
        [`${folder}/two`]: "#!/bin/sh\nexit 3\n",
      });
      const one = await new Deno.Command(`${folder}/one`, { args: ["it"] }).output();
      const two = await new Deno.Command(`${folder}/two`).output();
      assertEquals([new TextDecoder().decode(one.stdout), two.code], ["%s it\n", 3]);
      await Deno.remove(folder, { recursive: true });
    });
  },
});
