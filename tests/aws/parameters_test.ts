/**
 * Owns the proof that the parameters of AssumeRole are read from flags and environment and checked before any call.
 * Must not know how they are sent.
 */
import { assertEquals } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { checkExternalId, readParameters, refuseForWebIdentity } from "../../lib/aws/parameters.ts";
import type { TypedOptions } from "../../lib/cli/options.ts";
import { givenParameters } from "../../lib/settings/parameters.ts";
import { refusal } from "./profiles.ts";

const NONE = { policyArns: [], tags: [], transitiveTagKeys: [] };

function read(options: TypedOptions, env: Record<string, string> = {}) {
  return readParameters(givenParameters({ options, env }), (path) => path === "policy.json" ? "{}" : undefined);
}

describe("readParameters()", () => {
  it("reads nothing from nothing", () => assertEquals(read({}), NONE));

  it("reads every option", () => {
    const options: TypedOptions = {
      "external-id": "customer:42/blue",
      "source-identity": "alice@example.com",
      policy: "@policy.json",
      "policy-arn": [
        "arn:aws:iam::aws:policy/ReadOnlyAccess",
        "arn:aws-cn:iam::123456789012:policy/team/a",
      ],
      tag: ["Team=blue", "Empty=", "Equation=a=b", "Größe=zwölf Meter"],
      "transitive-tag-key": ["team"],
    };
    assertEquals(read(options), {
      externalId: "customer:42/blue",
      sourceIdentity: "alice@example.com",
      policy: "{}",
      policyArns: [
        "arn:aws:iam::aws:policy/ReadOnlyAccess",
        "arn:aws-cn:iam::123456789012:policy/team/a",
      ],
      tags: [
        { key: "Team", value: "blue" },
        { key: "Empty", value: "" },
        { key: "Equation", value: "a=b" },
        { key: "Größe", value: "zwölf Meter" },
      ],
      transitiveTagKeys: ["team"],
    });
  });

  it("reads the environment, and a flag before it", () => {
    const env = {
      ARAR_EXTERNAL_ID: "from-env",
      ARAR_SOURCE_IDENTITY: "alice",
      ARAR_POLICY: '{"Version":"2012-10-17"}',
    };
    assertEquals(read({ "external-id": "from-flag" }, env), {
      ...NONE,
      externalId: "from-flag",
      sourceIdentity: "alice",
      policy: '{"Version":"2012-10-17"}',
    });
  });

  const rows: readonly (readonly [string, TypedOptions, string])[] = [
    [
      "a source identity",
      { "source-identity": "a" },
      '--source-identity is "a"; it takes 2 to 64 of A-Za-z0-9_+=,.@-',
    ],
    [
      "a source identity that AWS keeps",
      { "source-identity": "aws:alice" },
      '--source-identity is "aws:alice"; it takes 2 to 64 of A-Za-z0-9_+=,.@-',
    ],
    [
      "a policy",
      { policy: "[]" },
      "--policy is not a policy, which is a JSON object",
    ],
    ["a tag", { tag: ["Team"] }, '--tag is "Team"; it takes KEY=VALUE'],
    [
      "a tag key",
      { "transitive-tag-key": ["Team"] },
      '--transitive-tag-key is "Team", which is the key of no --tag',
    ],
  ];
  for (const [what, options, message] of rows) {
    it(`refuses ${what} with its name and value`, () => assertEquals(refusal(() => read(options)), message));
  }

  it("names the variable that holds a bad value", () => {
    assertEquals(
      refusal(() => read({}, { ARAR_EXTERNAL_ID: "é!" })),
      'ARAR_EXTERNAL_ID is "é!"; it takes 2 to 1224 of A-Za-z0-9_+=,.@:/-',
    );
  });
});

describe("checkExternalId()", () => {
  for (const value of ["ab", "a".repeat(1224), "A_z0+=,.@:/-"]) {
    it(`takes ${value.length} characters such as ${value.slice(0, 12)}`, () => {
      assertEquals(checkExternalId({ value, from: "it" }), value);
    });
  }
  for (const value of ["a", "a".repeat(1225), "a b", "a\n", "ä€", "a*"]) {
    it(`refuses ${JSON.stringify(value.slice(0, 12))} of ${value.length}`, () => {
      refusal(() => checkExternalId({ value, from: "it" }));
    });
  }
});

describe("refuseForWebIdentity()", () => {
  it("lets through what that call can carry", () => {
    refuseForWebIdentity({
      ...NONE,
      policy: "{}",
      policyArns: ["arn:aws:iam::aws:policy/A"],
      durationSeconds: 900,
    });
  });

  it("names all that it cannot carry", () => {
    assertEquals(
      refusal(() =>
        refuseForWebIdentity({
          externalId: "ab",
          sourceIdentity: "ab",
          tags: [{ key: "a", value: "b" }],
          transitiveTagKeys: ["a"],
          mfa: { serialNumber: "GAHT12345678", code: { kind: "ask" } },
        })
      ),
      "a role that is assumed by web identity takes no external id, no source identity, no session tags, " +
        "no transitive tag keys, no MFA device",
    );
  });
});
