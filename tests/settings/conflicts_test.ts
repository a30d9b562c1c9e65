import { assertThrows } from "@std/assert";
import type { TypedOptions } from "../../lib/cli/options.ts";
import { ArarError } from "../../lib/errors.ts";
import { refuseConflicts } from "../../lib/settings/conflicts.ts";
import { longName, readOptions } from "./plan_of.ts";

const check = (...words: Parameters<typeof readOptions>) => refuseConflicts(readOptions(...words));

Deno.test("refuseConflicts()", async (t) => {
  const pairs: readonly TypedOptions[] = [
    { roleSessionName: "x1", usernameSession: true },
    { profile: "p", webIdentityTokenFile: "f" },
    { profile: "p", webIdentityTokenEnv: "N" },
    { profile: "p", oidc: true },
    { webIdentityTokenFile: "f", webIdentityTokenEnv: "N" },
    { webIdentityTokenFile: "f", oidc: true },
    { webIdentityTokenEnv: "N", oidc: true },
    { print: "json", dryRun: true },
    { exec: true, refresh: true },
  ];
  for (const options of pairs) {
    const [one, other] = Object.keys(options).map(longName);
    await t.step(`refuses ${one} with ${other}`, () => {
      assertThrows(() => check(options), ArarError, `${one} and ${other} cannot be combined: `);
    });
  }

  await t.step("allows a typed option with an exported one, which it overrides", () => {
    check({ roleSessionName: "x1" }, { ARAR_USERNAME_SESSION: "1" });
    check({ usernameSession: true }, { AWS_ROLE_SESSION_NAME: "x1" });
    check({ exec: true }, { ARAR_REFRESH: "1" });
  });

  await t.step("refuses ARAR_EXEC with ARAR_REFRESH", () => {
    const both = { ARAR_EXEC: "1", ARAR_REFRESH: "1" };
    assertThrows(() => check({}, both), ArarError, "ARAR_EXEC and ARAR_REFRESH cannot be combined");
  });

  await t.step("refuses a typed option without the one it requires", () => {
    assertThrows(() => check({ audience: "a" }), ArarError, "--audience requires --oidc");
    check({ audience: "a" }, { ARAR_GITHUB_OIDC: "1" });
    assertThrows(() => check({ minTtl: "10m" }), ArarError, "--min-ttl requires --cache");
    check({}, { ARAR_MIN_TTL: "10m", ARAR_AUDIENCE: "a" });
  });
});
