/**
 * Holds which session name a role gets. Must not know how the roles are planned.
 */
import { assertEquals, assertThrows } from "@std/assert";
import { ArarError } from "../../lib/errors.ts";
import { chooseSessionName, readSessionNames } from "../../lib/settings/session_name.ts";

const NOW = 1_767_225_600_999;

function names(options: Parameters<typeof readSessionNames>[0]["options"], env: Record<string, string> = {}) {
  return readSessionNames({ options, env }, NOW);
}

Deno.test("readSessionNames()", async (t) => {
  const rows = [
    ["nothing", {}, {}, undefined],
    ["the variable", {}, { AWS_ROLE_SESSION_NAME: "ci" }, "AWS_ROLE_SESSION_NAME"],
    ["an empty variable", {}, { AWS_ROLE_SESSION_NAME: "" }, undefined],
    ["the exported flag", {}, { AWS_ROLE_SESSION_NAME: "ci", ARAR_USERNAME_SESSION: "1" }, "ARAR_USERNAME_SESSION"],
    ["the typed flag", { "username-session": true }, { AWS_ROLE_SESSION_NAME: "ci" }, "--username-session"],
    ["the typed name", { "role-session-name": "job" }, { ARAR_USERNAME_SESSION: "1" }, "--role-session-name"],
  ] as const;
  for (const [what, options, env, from] of rows) {
    await t.step(`takes ${what}`, () => assertEquals(names(options, env).given?.from, from));
  }

  await t.step("generates one from the seconds of the clock", () => {
    assertEquals(names({}).generated.value, { kind: "given", value: "arar-1767225600", generated: true });
  });

  await t.step("refuses a name that STS would refuse, and says where it came from", () => {
    assertThrows(() => names({}, { AWS_ROLE_SESSION_NAME: "a b" }), ArarError, 'AWS_ROLE_SESSION_NAME is "a b"');
  });
});

Deno.test("chooseSessionName()", async (t) => {
  const own = { value: "of-profile", from: "profile" };
  const typed = { "role-session-name": "typed" } as const;
  const rows = [
    ["the typed name on the last role", typed, own, true, "typed"],
    ["the profile's own name on another", typed, own, false, "of-profile"],
    ["the typed name where a role has none", typed, undefined, false, "typed"],
    ["the user name on every role", { "username-session": true }, own, false, "user-name"],
    ["the profile's own name where nothing is typed", {}, own, true, "of-profile"],
    ["a generated name where there is no other", {}, undefined, true, "arar-1767225600"],
  ] as const;
  for (const [what, options, role, isLast, expected] of rows) {
    await t.step(`takes ${what}`, () => {
      const { value } = chooseSessionName(names(options), role, isLast);
      assertEquals(value.kind === "given" ? value.value : value.kind, expected);
    });
  }

  await t.step("refuses a profile's name that STS would refuse", () => {
    assertThrows(() => chooseSessionName(names({}), { value: "x", from: "profile ci" }, true), ArarError, "profile ci");
  });
});
