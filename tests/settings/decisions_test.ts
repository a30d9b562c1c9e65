/** How decisions are reported. That all of them are is tested in `roles_test.ts`. */
import { assertEquals } from "@std/assert";
import {
  decided,
  decidedParameters,
  decidedPolicy,
  describeDuration,
  describeName,
} from "../../lib/settings/decisions.ts";
import { readOptions } from "./plan_of.ts";
import { origin } from "../origin.ts";

const VALUES = readOptions({ tag: ["a=b"], policy: "{ }" });
const ROLE = {
  roleArn: "arn:aws:iam::123456789012:role/a",
  sessionName: { kind: "user-name" },
  policyArns: [],
  tags: [],
  transitiveTagKeys: [],
} as const;

Deno.test("decisions", async (t) => {
  await t.step("show a value if there is one", () => {
    const decision = { field: "x", value: "5 s", from: "--x" };
    assertEquals(decided("x", { value: 5, from: origin("--x") }, (five) => `${five} s`), [decision]);
    assertEquals(decided("x", undefined), []);
  });

  await t.step("show the policy on one line, and tags as they are written", () => {
    const tag = { field: "tag", value: "a=b", from: "--tag" };
    assertEquals(decidedParameters(VALUES, ROLE), [tag]);
    const policy = { field: "policy", value: "{}", from: "--policy" };
    assertEquals(decidedParameters(VALUES, { ...ROLE, policy: "{ }" }), [policy, tag]);
    assertEquals(decidedPolicy(readOptions({}), "{ }"), []);
  });

  await t.step("show the session name, or where it will come from", () => {
    assertEquals(describeName({ kind: "given", value: "ci" }), "ci");
    assertEquals(describeName({ kind: "user-name" }), "the caller's IAM user name, from STS");
  });

  await t.step("show that a role chain limits the duration", () => {
    const hour = "3600 s instead of 7200 s: role chaining is limited to one hour";
    assertEquals([describeDuration(7200, false), describeDuration(7200, true)], ["7200 s", hour]);
    assertEquals(describeDuration(900, true), "900 s");
  });
});
