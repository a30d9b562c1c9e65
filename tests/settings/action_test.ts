import { assertEquals, assertThrows } from "@std/assert";
import { OPTIONS, type TypedOptions } from "../../lib/cli/options.ts";
import { ArarError } from "../../lib/errors.ts";
import { readAction } from "../../lib/settings/action.ts";
import type { System } from "../../lib/system.ts";
import { readOptions } from "./plan_of.ts";

const GITHUB = { GITHUB_ACTIONS: "true", GITHUB_ENV: "/tmp/env" };

function action(
  options: TypedOptions,
  command: readonly string[] = [],
  change: Record<string, string> = {},
  os: System["os"] = "linux",
) {
  const env = { ...GITHUB, ...change };
  return readAction(readOptions(options, env, os), env, { command, os });
}

Deno.test("readAction()", async (t) => {
  await t.step("is a check without a command, otherwise the command, which is spawned by default", () => {
    assertEquals(action({}), { kind: "check" });
    assertEquals(action({}, ["a", "--", ""]), { kind: "run", command: ["a", "--", ""], by: "spawn" });
    assertEquals(action({ exec: true }, ["a"]), { kind: "run", command: ["a"], by: "exec" });
    assertEquals(action({ refresh: true }, ["a"]), { kind: "run", command: ["a"], by: "refresh" });
    assertEquals(action({}, ["a"], { ARAR_EXEC: "1" }), { kind: "run", command: ["a"], by: "exec" });
  });

  await t.step("prefers a typed --exec or --refresh to an exported one", () => {
    assertEquals(action({ exec: true }, ["a"], { ARAR_REFRESH: "1" }), { kind: "run", command: ["a"], by: "exec" });
    assertEquals(action({ refresh: true }, ["a"], { ARAR_EXEC: "1" }), { kind: "run", command: ["a"], by: "refresh" });
  });

  await t.step("prints in every format, but not together with a command", () => {
    const formats = OPTIONS.print.complete instanceof Array
      ? OPTIONS.print.complete.filter((one) => one !== "plan")
      : [];
    assertEquals(formats.includes("process"), true);
    for (const format of formats) {
      assertEquals<unknown>(action({ print: format }), { kind: "print", format });
      assertThrows(() => action({ print: format }, ["a"]), ArarError, "cannot be combined with a command; drop one");
    }
  });

  await t.step("prints for GitHub Actions only in a GitHub Actions job", () => {
    for (const name of Object.keys(GITHUB)) {
      assertThrows(() => action({ print: "github" }, [], { [name]: "" }), ArarError, "is for GitHub Actions, but");
    }
  });

  await t.step("is the plan, with or without a command", () => {
    assertEquals(action({ dryRun: true }, ["a"]), { kind: "plan", format: "text", command: ["a"], by: "spawn" });
    assertEquals(action({ print: "plan" }), { kind: "plan", format: "json", command: [], by: "spawn" });
  });

  await t.step("refuses --exec on Windows", () => {
    assertThrows(() => action({ exec: true }, ["a"], {}, "windows"), ArarError, "--exec is not available on Windows");
  });
});
