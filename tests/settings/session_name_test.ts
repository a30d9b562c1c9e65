/**
 * Holds which session name a hop gets. Must not know how the hops are planned.
 */
import { assertEquals, assertThrows } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { ArarError } from "../../lib/errors.ts";
import { chooseSessionName, readSessionNames } from "../../lib/settings/session_name.ts";

const NOW = 1_767_225_600_999;

function names(options: Parameters<typeof readSessionNames>[0]["options"], env: Record<string, string> = {}) {
  return readSessionNames({ options, env }, NOW);
}

describe("readSessionNames()", () => {
  const rows = [
    ["nothing", {}, {}, undefined],
    ["the variable", {}, { AWS_ROLE_SESSION_NAME: "ci" }, "AWS_ROLE_SESSION_NAME"],
    ["an empty variable", {}, { AWS_ROLE_SESSION_NAME: "" }, undefined],
    ["the exported flag", {}, { AWS_ROLE_SESSION_NAME: "ci", ARAR_USERNAME_SESSION: "1" }, "ARAR_USERNAME_SESSION"],
    ["the typed flag", { "username-session": true }, { AWS_ROLE_SESSION_NAME: "ci" }, "--username-session"],
    ["the typed name", { "role-session-name": "job" }, { ARAR_USERNAME_SESSION: "1" }, "--role-session-name"],
  ] as const;
  for (const [what, options, env, from] of rows) {
    it(`takes ${what}`, () => assertEquals(names(options, env).given?.from, from));
  }

  it("generates one from the seconds of the clock", () => {
    assertEquals(names({}).generated.value, { kind: "given", value: "arar-1767225600", generated: true });
  });

  it("refuses a name that STS would refuse, and says where it came from", () => {
    assertThrows(() => names({}, { AWS_ROLE_SESSION_NAME: "a b" }), ArarError, 'AWS_ROLE_SESSION_NAME is "a b"');
  });
});

describe("chooseSessionName()", () => {
  const own = { value: "of-profile", from: "profile" };
  const typed = { "role-session-name": "typed" } as const;
  const rows = [
    ["the typed name on the last hop", typed, own, true, "typed"],
    ["the profile's own name on another", typed, own, false, "of-profile"],
    ["the typed name where a hop has none", typed, undefined, false, "typed"],
    ["the user name on every hop", { "username-session": true }, own, false, "user-name"],
    ["the profile's own name where nothing is typed", {}, own, true, "of-profile"],
    ["a generated name where there is no other", {}, undefined, true, "arar-1767225600"],
  ] as const;
  for (const [what, options, hop, isLast, expected] of rows) {
    it(`takes ${what}`, () => {
      const { value } = chooseSessionName(names(options), hop, isLast);
      assertEquals(value.kind === "given" ? value.value : value.kind, expected);
    });
  }

  it("refuses a profile's name that STS would refuse", () => {
    assertThrows(() => chooseSessionName(names({}), { value: "x", from: "profile ci" }, true), ArarError, "profile ci");
  });
});
