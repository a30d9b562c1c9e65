import { assertEquals } from "@std/assert";
import { renderHelp } from "../../lib/cli/help.ts";
import { envNames, HEADINGS, type Option } from "../../lib/cli/option.ts";
import { OPTION_LIST } from "../../lib/cli/options.ts";

const TABLE: readonly Option[] = OPTION_LIST;
const LINES = renderHelp().split("\n");

Deno.test("renderHelp()", async (t) => {
  await t.step("is at most 80 columns wide", () => assertEquals(LINES.filter((line) => line.length > 80), []));

  await t.step("is at most two screens of 34 lines long", () => assertEquals(LINES.slice(69), []));

  await t.step("has no space at the end of a line", () => assertEquals(LINES.filter((line) => /\s$/.test(line)), []));

  await t.step("has a heading for every group", () => {
    const headings = HEADINGS.map((group) => `${group}:`);
    assertEquals(LINES.filter((line) => headings.includes(line)), headings);
  });

  await t.step("has one line for every option, in the table's order", () => {
    const shown = LINES.flatMap((line) => /^ {2}(?:-\w, )?--([\w-]+)/.exec(line)?.[1] ?? []);
    assertEquals<readonly string[]>(shown, TABLE.map(({ name }) => name));
  });

  await t.step("separates names and summary", () => {
    const joined = TABLE.filter(({ name, summary }) =>
      !LINES.some((line) => line.includes(`--${name}`) && line.endsWith(` ${summary}`))
    );
    assertEquals(joined, []);
  });

  await t.step("names every variable that is not derived from an option's name", () => {
    const own = TABLE.flatMap(envNames).filter((name) => !name.startsWith("ARAR_"));
    assertEquals(own.filter((name) => !renderHelp().includes(name)), []);
  });
});
