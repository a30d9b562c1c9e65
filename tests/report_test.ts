import { assertEquals } from "@std/assert";
import { createReport } from "../lib/report.ts";
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
