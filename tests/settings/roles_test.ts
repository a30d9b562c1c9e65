/**
 * Holds how the roles of a profile and of the command line become roles, and which hop gets what. Must not know who signs.
 */
import { assertEquals, assertThrows } from "@std/assert";
import type { ProfileRole } from "../../lib/profile/follow_profile.ts";
import type { TypedOptions } from "../../lib/cli/options.ts";
import { ArarError } from "../../lib/errors.ts";
import { readRoles } from "../../lib/settings/roles.ts";
import type { ChosenSigner } from "../../lib/settings/signer.ts";

const arn = (name: string, partition = "aws") => `arn:${partition}:iam::123456789012:role/${name}`;
const own = (name: string, more: Readonly<Record<string, string>> = {}): ProfileRole => {
  const from = `profile "${name}"`;
  const settings = Object.entries({ role_arn: arn(name), ...more }).map(([key, value]) =>
    [key, { value, from }] as const
  );
  return { from, settings: new Map(settings) };
};

interface Chosen {
  readonly typed?: readonly string[];
  readonly profile?: readonly ProfileRole[];
  readonly signer?: ChosenSigner["signer"];
}

function roles(options: TypedOptions, { typed = [], profile = [], signer = { kind: "instance" } }: Chosen, env = {}) {
  return readRoles({ options, env, now: 1_767_225_600_000, readTextFile: () => undefined }, {
    signer,
    description: "",
    from: "",
    profileRoles: profile,
    roleArns: typed.map((value) => ({ value, from: "--role-arn" })),
  }).roles;
}

Deno.test("readRoles()", async (t) => {
  await t.step("puts the profile's roles before the command line's", () => {
    const chain = roles({}, { profile: [own("a"), own("b")], typed: [arn("c")] });
    assertEquals(chain.map(({ roleArn }) => roleArn), [arn("a"), arn("b"), arn("c")]);
  });

  await t.step("gives duration and parameters to the last hop, and each of the profile's its own", () => {
    const [first, last] = roles({ "duration-seconds": "1h", "external-id": "typed" }, {
      profile: [own("a", { external_id: "own", duration_seconds: "900" })],
      typed: [arn("b")],
    });
    assertEquals([first.externalId, first.durationSeconds], ["own", 900]);
    assertEquals([last?.externalId, last?.durationSeconds], ["typed", 3600]);
  });

  await t.step("lets what is typed win over the profile's own, where there is one hop", () => {
    const given = { "duration-seconds": "1h", "external-id": "typed", "serial-number": "GAHT12345678" };
    const [hop] = roles(given, {
      profile: [own("a", { external_id: "own", duration_seconds: "900", mfa_serial: "GAHT87654321" })],
    });
    assertEquals([hop.externalId, hop.durationSeconds, hop.mfa?.serialNumber], ["typed", 3600, "GAHT12345678"]);
  });

  await t.step(
    "asks for MFA at the first hop of the command line, and hands the code to the first that needs one",
    () => {
      const chain = roles({ "serial-number": "GAHT12345678", "token-code": "123456" }, { typed: [arn("a"), arn("b")] });
      assertEquals(chain.map(({ mfa }) => mfa), [
        { serialNumber: "GAHT12345678", code: { kind: "given", code: "123456" } },
        undefined,
      ]);
      const [asked] = roles({ "serial-number": "GAHT12345678" }, { typed: [arn("a")] });
      assertEquals(asked.mfa?.code, { kind: "ask" });
      const [read] = roles({ "serial-number": "GAHT12345678" }, { typed: [arn("a")] }, { ARAR_TOKEN_CODE: "-" });
      assertEquals(read.mfa?.code, { kind: "stdin" });
    },
  );

  await t.step("refuses a code without a device, unless it was only exported", () => {
    assertThrows(
      () => roles({ "token-code": "123456" }, { typed: [arn("a")] }),
      ArarError,
      "--token-code is given, but no MFA",
    );
    assertEquals(roles({}, { typed: [arn("a")] }, { ARAR_TOKEN_CODE: "123456" })[0].mfa, undefined);
  });

  await t.step("refuses a way from one partition to another, and no way at all", () => {
    assertThrows(
      () => roles({}, { typed: [arn("a"), arn("b", "aws-cn")] }),
      ArarError,
      "a role cannot be assumed across partitions",
    );
    assertThrows(() => roles({}, {}), ArarError, "no role is named");
  });

  await t.step("refuses for a web identity what only a user has", () => {
    const signer = { kind: "web-identity", token: { kind: "file", path: "/token" } } as const;
    const web = (options: TypedOptions) => () => roles(options, { typed: [arn("a")], signer });
    assertThrows(web({ "serial-number": "GAHT12345678" }), ArarError, "MFA device");
    assertThrows(web({ "username-session": true }), ArarError, "user name");
    assertEquals(web({})()[0].sessionName.kind, "given");
  });
});
