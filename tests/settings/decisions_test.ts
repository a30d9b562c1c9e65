/**
 * Holds how decisions are told. That all of them are told is in `roles_test.ts`.
 */
import { assertEquals } from "@std/assert";
import {
  decided,
  decidedParameters,
  decidedPolicy,
  describeDuration,
  describeName,
} from "../../lib/settings/decisions.ts";
import { readValues } from "../../lib/settings/values.ts";

const VALUES = readValues({ options: { tag: ["a=b"], policy: "{ }" }, env: {} }, {
  os: "linux",
  readTextFileSync: () => undefined,
});
const ROLE = {
  roleArn: "arn:aws:iam::123456789012:role/a",
  sessionName: { kind: "user-name" },
  passed: {},
  policyArns: [],
  tags: [],
  transitiveTagKeys: [],
} as const;

Deno.test("decisions", async (t) => {
  await t.step("tell a value where there is one", () => {
    assertEquals(decided("x", { value: 5, from: "--x" }, (five) => `${five} s`), [{
      field: "x",
      value: "5 s",
      from: "--x",
    }]);
    assertEquals(decided("x", undefined), []);
  });

  await t.step("tell the policy on one line, and tags as they are written", () => {
    const tag = { field: "tag", value: "a=b", from: "--tag" };
    assertEquals(decidedParameters(VALUES, ROLE), [tag]);
    assertEquals(decidedParameters(VALUES, { ...ROLE, policy: "{ }" }), [{
      field: "policy",
      value: "{}",
      from: "--policy",
    }, tag]);
    assertEquals(decidedPolicy({}, "{ }"), []);
  });

  await t.step("tell a name, or who is asked for it", () => {
    assertEquals(describeName({ kind: "given", value: "ci" }), "ci");
    assertEquals(describeName({ kind: "user-name" }), "the caller's IAM user name, from STS");
  });

  await t.step("tell what is left of a duration in a role chain", () => {
    const hour = "3600 s instead of 7200 s: role chaining is limited to one hour";
    assertEquals([describeDuration(7200, false), describeDuration(7200, true), describeDuration(900, true)], [
      "7200 s",
      hour,
      "900 s",
    ]);
  });
});
