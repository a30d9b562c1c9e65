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

  await t.step("refuses --exec together with --refresh, both typed or both exported", () => {
    const why = "cannot be combined: after --exec, arar is gone and cannot renew credentials; drop one";
    assertThrows(() => action({ exec: true, refresh: true }, ["a"]), ArarError, `--exec and --refresh ${why}`);
    const both = { ARAR_EXEC: "1", ARAR_REFRESH: "1" };
    assertThrows(() => action({}, ["a"], both), ArarError, `ARAR_EXEC and ARAR_REFRESH ${why}`);
    assertEquals(action({}, [], both), { kind: "check" });
  });

  await t.step("refuses --exec and --refresh if no command is run, unless they are exported", () => {
    for (const [name, exported] of [["exec", "ARAR_EXEC"], ["refresh", "ARAR_REFRESH"]] as const) {
      const typed = { [name]: true };
      assertThrows(() => action(typed), ArarError, `--${name} requires a command`);
      assertThrows(() => action({ ...typed, dryRun: true }), ArarError, `--${name} requires a command`);
      const message = `--${name} cannot be combined with --print json, which runs no command; drop one`;
      assertThrows(() => action({ ...typed, print: "json" }), ArarError, message);
      assertEquals(action({}, [], { [exported]: "1" }), { kind: "check" });
      assertEquals(action({ print: "json" }, [], { [exported]: "1" }), { kind: "print", format: "json" });
      assertEquals(action({ print: "json" }, [], { [exported]: "1" }, "windows").kind, "print");
    }
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
