import { assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import { renderCompletion } from "../../lib/cli/completion.ts";
import { OPTION_LIST, OPTIONS } from "../../lib/cli/options.ts";
import { ArarError } from "../../lib/errors.ts";

const SHELLS: readonly string[] = ["bash", "zsh", "fish", "powershell"];

Deno.test("renderCompletion()", async (t) => {
  for (const shell of SHELLS) {
    await t.step(`contains every option for ${shell}`, () => {
      const script = renderCompletion(shell);
      const written = (name: string) => shell === "fish" ? ` -l ${name} ` : `--${name}`;
      assertEquals(OPTION_LIST.filter(({ name }) => !script.includes(written(name))), []);
    });

    await t.step(`fills in every placeholder for ${shell}`, () => {
      assertEquals(renderCompletion(shell).match(/@[A-Z]+@/g), null);
    });
  }

  await t.step("supports the shells of the option table", () => {
    assertEquals<unknown>(OPTIONS.completions.complete, SHELLS);
  });

  for (const shell of ["tcsh", "Bash", "", "toString", "__proto__"]) {
    await t.step(`refuses ${JSON.stringify(shell)} and lists the shells`, () => {
      const error = assertThrows(() => renderCompletion(shell), ArarError);
      assertStringIncludes(error.message, JSON.stringify(shell));
      assertEquals(error.hints, ["use one of bash, zsh, fish, powershell"]);
    });
  }
});
