import { assertEquals } from "@std/assert";
import { demoText, drawTerminal, PICTURES } from "./picture.ts";
import { skipUnless } from "./process/job.ts";
import { HAS_AWS } from "./python.ts";

Deno.test("the pictures in README", async (t) => {
  const ignore = Deno.build.os === "windows" || skipUnless(HAS_AWS, "no aws on PATH");
  for (const { file, title, args } of PICTURES) {
    const name = file.pathname.replace(/.*\//, "");
    await t.step({
      name: `${name} is what the demo prints (else: deno task picture)`,
      ignore,
      fn: async () => assertEquals(await Deno.readTextFile(file), drawTerminal(await demoText(args), title)),
    });
    await t.step(`${name} is no taller than 9/16 of its width`, async () => {
      const [, width, height] = /width="(\d+)" height="(\d+)"/.exec(await Deno.readTextFile(file)) ?? [];
      assertEquals(Number(height) <= Number(width) * 9 / 16, true, `${width} x ${height}`);
    });
  }
});
