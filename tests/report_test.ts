/**
 * Holds what arar says while it works, and when.
 */
import { assertEquals } from "@std/assert";
import { createReport } from "../lib/report.ts";
import { fakeSystem } from "./fake_system.ts";

function said(verbose: boolean): string {
  const { system, stderr } = fakeSystem();
  const report = createReport(system, verbose);
  report.found("caller", "arn:aws:iam::123456789012:user/alice");
  report.warn("line\u001b[2J one\nline two");
  return stderr();
}

Deno.test("createReport()", async (t) => {
  await t.step("says the same warning once, and another one too", () => {
    const { system, stderr } = fakeSystem();
    const report = createReport(system, false);
    for (const message of ["one", "two", "one"]) report.warn(message);
    assertEquals(stderr(), "arar: warning: one\narar: warning: two\n");
  });

  const warning = "arar: warning: line\\x1b[2J one\\nline two\n";

  await t.step("says warnings always, on one line each", () => assertEquals(said(false), warning));

  await t.step("says what was found under --verbose", () => {
    assertEquals(said(true), `arar: caller: arn:aws:iam::123456789012:user/alice\n${warning}`);
  });
});
