/**
 * Holds what is done once the credentials are there. Must not know how it is done.
 */
import { assertEquals, assertThrows } from "@std/assert";
import type { TypedOptions } from "../../lib/cli/options.ts";
import { ArarError } from "../../lib/errors.ts";
import { PRINT_FORMATS, readAction } from "../../lib/settings/action.ts";

const action = (
  options: TypedOptions,
  command: readonly string[] = [],
  env: Record<string, string> = {},
  os = "linux",
) => readAction({ options, command, os, env: { GITHUB_ACTIONS: "true", GITHUB_ENV: "/tmp/env", ...env } });

Deno.test("readAction()", async (t) => {
  await t.step("is a check without a command, else the command, spawned unless told", () => {
    assertEquals(action({}), { kind: "check" });
    assertEquals(action({}, ["a", "--", ""]), { kind: "run", command: ["a", "--", ""], by: "spawn" });
    assertEquals(action({ exec: true }, ["a"]), { kind: "run", command: ["a"], by: "exec" });
    assertEquals(action({ refresh: true }, ["a"]), { kind: "run", command: ["a"], by: "refresh" });
    assertEquals(action({}, ["a"], { ARAR_EXEC: "1" }), { kind: "run", command: ["a"], by: "exec" });
  });

  await t.step("prints in every format, and not beside a command", () => {
    for (const format of PRINT_FORMATS) {
      assertEquals(action({ print: format }), { kind: "print", format });
      assertThrows(() => action({ print: format }, ["a"]), ArarError, "prints instead of running a command; drop one");
    }
    assertThrows(() => action({ print: "yaml" }), ArarError, '--print is "yaml"; it takes process, env, ');
  });

  await t.step("is the plan, with a command or without", () => {
    assertEquals(action({ "dry-run": true }, ["a"]), { kind: "plan", format: "text", command: ["a"], by: "spawn" });
    assertEquals(action({ print: "plan" }), { kind: "plan", format: "json", command: [], by: "spawn" });
  });

  await t.step("refuses --exec on Windows", () => {
    assertThrows(() => action({ exec: true }, ["a"], {}, "windows"), ArarError, "--exec is for Linux and macOS");
  });
});
