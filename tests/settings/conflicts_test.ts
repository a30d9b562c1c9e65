/**
 * Holds which options exclude or need each other. Must not know what they do.
 */
import { assertThrows } from "@std/assert";
import type { TypedOptions } from "../../lib/cli/options.ts";
import { ArarError } from "../../lib/errors.ts";
import { refuseConflicts } from "../../lib/settings/conflicts.ts";

Deno.test("refuseConflicts()", async (t) => {
  const pairs: readonly TypedOptions[] = [
    { "role-session-name": "x1", "username-session": true },
    { profile: "p", "web-identity-token-file": "f" },
    { profile: "p", "web-identity-token-env": "N" },
    { profile: "p", "github-oidc": true },
    { "web-identity-token-file": "f", "web-identity-token-env": "N" },
    { "web-identity-token-file": "f", "github-oidc": true },
    { "web-identity-token-env": "N", "github-oidc": true },
    { print: "json", "dry-run": true },
    { exec: true, refresh: true },
  ];
  for (const options of pairs) {
    const [one, other] = Object.keys(options);
    await t.step(`refuses --${one} with --${other}`, () => {
      const message = `--${one} and --${other} cannot be given together: `;
      assertThrows(() => refuseConflicts({ options, env: {} }), ArarError, message);
    });
  }

  await t.step("lets a typed value stand beside an exported one", () => {
    refuseConflicts({ options: { "role-session-name": "x1" }, env: { ARAR_USERNAME_SESSION: "1" } });
    refuseConflicts({ options: { "username-session": true }, env: { AWS_ROLE_SESSION_NAME: "x1" } });
  });

  await t.step("refuses --exec with --refresh wherever they are given", () => {
    const both = { options: { exec: true }, env: { ARAR_REFRESH: "1" } } as const;
    assertThrows(() => refuseConflicts(both), ArarError, "--exec and ARAR_REFRESH cannot be given together");
  });

  await t.step("refuses --audience without --github-oidc", () => {
    assertThrows(
      () => refuseConflicts({ options: { audience: "a" }, env: {} }),
      ArarError,
      "--audience is for --github-oidc",
    );
    refuseConflicts({ options: { audience: "a" }, env: { ARAR_GITHUB_OIDC: "1" } });
  });
});
