/**
 * Owns the proof of where each parameter of AssumeRole is read from.
 * Must not know what STS takes for them.
 */
import { assertEquals } from "@std/assert";
import { givenParameters } from "../../lib/settings/parameters.ts";

Deno.test("givenParameters()", async (t) => {
  await t.step("takes each from its option", () => {
    const options = {
      "external-id": "a",
      "source-identity": "b",
      policy: "c",
      "policy-arn": ["d"],
      tag: ["e", "f"],
      "transitive-tag-key": ["g"],
    };
    assertEquals(givenParameters({ options, env: { ARAR_EXTERNAL_ID: "not this" } }), {
      externalId: { value: "a", from: "--external-id" },
      sourceIdentity: { value: "b", from: "--source-identity" },
      policy: { value: "c", from: "--policy" },
      policyArns: ["d"],
      tags: ["e", "f"],
      transitiveTagKeys: ["g"],
    });
  });

  await t.step("takes single ones from the environment, lists never", () => {
    const env = {
      ARAR_EXTERNAL_ID: "a",
      ARAR_SOURCE_IDENTITY: "b",
      ARAR_POLICY: "c",
      ARAR_TAG: "not=this",
      ARAR_POLICY_ARN: "nor this",
    };
    assertEquals(givenParameters({ options: {}, env }), {
      externalId: { value: "a", from: "ARAR_EXTERNAL_ID" },
      sourceIdentity: { value: "b", from: "ARAR_SOURCE_IDENTITY" },
      policy: { value: "c", from: "ARAR_POLICY" },
      policyArns: [],
      tags: [],
      transitiveTagKeys: [],
    });
  });
});
