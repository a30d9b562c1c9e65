/**
 * Holds how the roles of a profile and of the command line become hops, and which hop gets what. Must not know who signs.
 */
import { assertEquals, assertThrows } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import type { ProfileHop } from "../../lib/aws/profile.ts";
import type { TypedOptions } from "../../lib/cli/options.ts";
import { ArarError } from "../../lib/errors.ts";
import { readHops } from "../../lib/settings/hops.ts";
import type { ChosenSource } from "../../lib/settings/source.ts";

const arn = (name: string, partition = "aws") => `arn:${partition}:iam::123456789012:role/${name}`;
const own = (name: string, more: Partial<ProfileHop> = {}): ProfileHop => ({
  roleArn: arn(name),
  from: `profile "${name}"`,
  ...more,
});

interface Chosen {
  readonly typed?: readonly string[];
  readonly profile?: readonly ProfileHop[];
  readonly source?: ChosenSource["source"];
}

function hops(options: TypedOptions, { typed = [], profile = [], source = { kind: "instance" } }: Chosen, env = {}) {
  return readHops({ options, env, now: 1_767_225_600_000, readTextFile: () => undefined }, {
    source,
    description: "",
    from: "",
    profileHops: profile,
    roleArns: typed.map((value) => ({ value, from: "--role-arn" })),
  }).hops;
}

describe("readHops()", () => {
  it("puts the profile's roles before the command line's", () => {
    const chain = hops({}, { profile: [own("a"), own("b")], typed: [arn("c")] });
    assertEquals(chain.map(({ roleArn }) => roleArn), [arn("a"), arn("b"), arn("c")]);
  });

  it("gives duration and parameters to the last hop, and each of the profile's its own", () => {
    const [first, last] = hops({ "duration-seconds": "1h", "external-id": "typed" }, {
      profile: [own("a", { externalId: "own", durationSeconds: 900 })],
      typed: [arn("b")],
    });
    assertEquals([first.externalId, first.durationSeconds], ["own", 900]);
    assertEquals([last?.externalId, last?.durationSeconds], ["typed", 3600]);
  });

  it("lets what is typed win over the profile's own, where there is one hop", () => {
    const given = { "duration-seconds": "1h", "external-id": "typed", "serial-number": "GAHT12345678" };
    const [hop] = hops(given, {
      profile: [own("a", { externalId: "own", durationSeconds: 900, mfaSerial: "GAHT87654321" })],
    });
    assertEquals([hop.externalId, hop.durationSeconds, hop.mfa?.serialNumber], ["typed", 3600, "GAHT12345678"]);
  });

  it("asks for MFA at the first hop of the command line, and hands the code to the first that needs one", () => {
    const chain = hops({ "serial-number": "GAHT12345678", "token-code": "123456" }, { typed: [arn("a"), arn("b")] });
    assertEquals(chain.map(({ mfa }) => mfa), [
      { serialNumber: "GAHT12345678", code: { kind: "given", code: "123456" } },
      undefined,
    ]);
    const [asked] = hops({ "serial-number": "GAHT12345678" }, { typed: [arn("a")] });
    assertEquals(asked.mfa?.code, { kind: "ask" });
    const [read] = hops({ "serial-number": "GAHT12345678" }, { typed: [arn("a")] }, { ARAR_TOKEN_CODE: "-" });
    assertEquals(read.mfa?.code, { kind: "stdin" });
  });

  it("refuses a code without a device, unless it was only exported", () => {
    assertThrows(
      () => hops({ "token-code": "123456" }, { typed: [arn("a")] }),
      ArarError,
      "--token-code is given, but no MFA",
    );
    assertEquals(hops({}, { typed: [arn("a")] }, { ARAR_TOKEN_CODE: "123456" })[0].mfa, undefined);
  });

  it("refuses a way from one partition to another, and no way at all", () => {
    assertThrows(
      () => hops({}, { typed: [arn("a"), arn("b", "aws-cn")] }),
      ArarError,
      "a role cannot be assumed across partitions",
    );
    assertThrows(() => hops({}, {}), ArarError, "no role is named");
  });

  it("refuses for a web identity what only a user has", () => {
    const source = { kind: "web-identity", token: { kind: "file", path: "/token" } } as const;
    const web = (options: TypedOptions) => () => hops(options, { typed: [arn("a")], source });
    assertThrows(web({ "serial-number": "GAHT12345678" }), ArarError, "MFA device");
    assertThrows(web({ "username-session": true }), ArarError, "user name");
    assertEquals(web({})()[0].sessionName.kind, "given");
  });
});
