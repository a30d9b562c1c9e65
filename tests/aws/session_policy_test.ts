/** The limits of session policies, and that a refusal never repeats one. */
import { assertEquals, assertThrows } from "@std/assert";
import { checkPolicy, checkPolicyArns } from "../../lib/aws/session_policy.ts";
import { ArarError } from "../../lib/errors.ts";
import { refusal } from "../profile/profiles.ts";

function check(value: string): string {
  return checkPolicy({ value, from: "--policy" });
}

function sized(length: number): string {
  const frame = '{"Sid":""}';
  return frame.replace('""', `"${"x".repeat(length - frame.length)}"`);
}

Deno.test("checkPolicy()", async (t) => {
  await t.step("takes JSON as it is typed", () => {
    const text = '{\n\t"Version": "2012-10-17",\r\n "Statement": [] }';
    assertEquals(check(text), text);
  });

  await t.step("guesses that a path was meant", () => {
    const hints = (value: string, from = "--policy") =>
      assertThrows(() => checkPolicy({ value, from }), ArarError).hints;
    assertEquals(hints("policy.json"), ["a policy in a file is given as @FILE"]);
    assertEquals([hints("{a:1}"), hints("Version: 2012", '--policy "@policy.yaml"')], [[], []]);
  });

  await t.step("takes 2048 characters", () => assertEquals(check(sized(2048)).length, 2048));

  const rows = [
    ['{\n  "Effect": Allow\n}', "--policy is not JSON"],
    ["{a:1}", "--policy is not JSON (line 1 column 2)"],
    ["policy.json", "--policy is not JSON"],
    ["", "--policy is not JSON"],
    ["12", "--policy is not a policy, which is a JSON object"],
    ["null", "--policy is not a policy, which is a JSON object"],
    ["[{}]", "--policy is not a policy, which is a JSON object"],
    [
      '{"Sid":"€"}',
      "--policy has a character that STS refuses: U+20AC",
    ],
    [
      '{"Sid":"😀"}',
      "--policy has a character that STS refuses: U+1F600",
    ],
    [
      '{"Sid":"\u0000"}',
      "--policy has a character that STS refuses: U+0000",
    ],
    [sized(2049), "--policy has 2049 characters; STS accepts at most 2048"],
  ] as const;
  for (const [value, message] of rows) {
    await t.step(
      `refuses ${JSON.stringify(value.slice(0, 20))}`,
      () => assertEquals(refusal(() => check(value)), message),
    );
  }

  await t.step("says how much of a long one is white space", () => {
    const text = sized(2000).replace(":", `:${" ".repeat(100)}`);
    const error = assertThrows(() => check(text), ArarError);
    assertEquals(error.hints, [
      "100 of them are white space that can be left out",
    ]);
  });
});

Deno.test("checkPolicyArns()", async (t) => {
  const arn = "arn:aws:iam::123456789012:policy/team/reader";
  const checkArns = (arns: readonly string[], policy?: string) =>
    checkPolicyArns(arns.map((value) => ({ value, from: "--policy-arn" })), policy);

  await t.step("takes up to ten ARNs of any partition, with path or without", () => {
    const arns = [
      ...Array(8).fill(arn),
      "arn:aws-us-gov:iam::aws:policy/ReadOnlyAccess",
      "arn:aws-iso-b:iam::aws:policy/A",
    ];
    assertEquals(checkArns(arns), arns);
  });

  await t.step("takes what fits beside the policy", () => {
    assertEquals(checkArns([arn], sized(2048 - arn.length)), [arn]);
  });

  const rows = [
    [
      Array<string>(11).fill(arn),
      "",
      "--policy-arn names 11 policies; a session has at most 10 managed ones",
    ],
    [
      ["ReadOnlyAccess"],
      "",
      '--policy-arn is "ReadOnlyAccess"; expected the ARN of a managed policy, arn:aws:iam::aws:policy/NAME',
    ],
    [
      ["arn:aws:iam::123456789012:role/a"],
      "",
      '--policy-arn is "arn:aws:iam::123456789012:role/a"; expected the ARN of a managed policy, arn:aws:iam::aws:policy/NAME',
    ],
    [
      [arn],
      sized(2049 - arn.length),
      "--policy and --policy-arn has 2049 characters; STS accepts at most 2048",
    ],
  ] as const;
  for (const [arns, policy, message] of rows) {
    await t.step(
      `refuses ${message.slice(0, 40)}`,
      () => assertEquals(refusal(() => checkArns(arns, policy)), message),
    );
  }
});
