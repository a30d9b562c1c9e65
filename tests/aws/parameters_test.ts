/**
 * Owns the proof that the parameters of AssumeRole are read from flags and environment and checked before any call.
 * Must not know how they are sent.
 */
import { assertEquals } from "@std/assert";
import { checkExternalId, readParameters, refuseForWebIdentity } from "../../lib/aws/parameters.ts";
import type { TypedOptions } from "../../lib/cli/options.ts";
import { givenParameters } from "../../lib/settings/parameters.ts";
import { refusal } from "../profile/profiles.ts";

const NONE = { policyArns: [], tags: [], transitiveTagKeys: [] };

function read(options: TypedOptions, env: Record<string, string> = {}) {
  return readParameters(givenParameters({ options, env }), (path) => path === "policy.json" ? "{}" : undefined);
}

Deno.test("readParameters()", async (t) => {
  await t.step("reads nothing from nothing", () => assertEquals(read({}), NONE));

  await t.step("reads every option", () => {
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

  await t.step("reads the environment, and a flag before it", () => {
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
    await t.step(`refuses ${what} with its name and value`, () => assertEquals(refusal(() => read(options)), message));
  }

  await t.step("names the variable that holds a bad value", () => {
    assertEquals(
      refusal(() => read({}, { ARAR_EXTERNAL_ID: "é!" })),
      'ARAR_EXTERNAL_ID is "é!"; it takes 2 to 1224 of A-Za-z0-9_+=,.@:/-',
    );
  });
});

Deno.test("checkExternalId()", async (t) => {
  for (const value of ["ab", "a".repeat(1224), "A_z0+=,.@:/-"]) {
    await t.step(`takes ${value.length} characters such as ${value.slice(0, 12)}`, () => {
      assertEquals(checkExternalId({ value, from: "it" }), value);
    });
  }
  for (const value of ["a", "a".repeat(1225), "a b", "a\n", "ä€", "a*"]) {
    await t.step(`refuses ${JSON.stringify(value.slice(0, 12))} of ${value.length}`, () => {
      refusal(() => checkExternalId({ value, from: "it" }));
    });
  }
});

Deno.test("refuseForWebIdentity()", async (t) => {
  await t.step("lets through what that call can carry", () => {
    refuseForWebIdentity({
      ...NONE,
      policy: "{}",
      policyArns: ["arn:aws:iam::aws:policy/A"],
      durationSeconds: 900,
    });
  });

  await t.step("names all that it cannot carry", () => {
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
