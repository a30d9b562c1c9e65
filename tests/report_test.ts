import { assertEquals } from "@std/assert";
import { createReport, listNames } from "../lib/report.ts";
import { fakeSystem } from "./fake_system.ts";

Deno.test("createReport()", async (t) => {
  await t.step("shows each warning once", () => {
    const { system, stderr } = fakeSystem();
    const report = createReport(system, false, String);
    for (const message of ["one", "two", "one"]) report.warn(message);
    assertEquals(stderr(), "arar: warning: one\narar: warning: two\n");
  });

  for (const verbose of [false, true]) {
    await t.step(
      `shows warnings on one line, and ${verbose ? "findings with" : "no findings without"} --verbose`,
      () => {
        const { system, stderr } = fakeSystem();
        const hide = (text: string) => text.replace("a\nb", "***");
        const report = createReport(system, verbose, hide);
        report.found("caller", "alice");
        report.warn("line\u001b[2J one\nline two, a\nb");
        assertEquals(
          stderr(),
          `${verbose ? "arar: caller: alice\n" : ""}arar: warning: line\\x1b[2J one\\nline two, ***\n`,
        );
      },
    );
  }
});

Deno.test("listNames() breaks a line that would wrap", () => {
  assertEquals(listNames("removed", []), []);
  const long = ["A".repeat(40), "B".repeat(40), "C".repeat(10)];
  assertEquals(listNames("set", long), [`set ${long[0]}, ${long[1]}`, `set ${long[2]}`]);
});
