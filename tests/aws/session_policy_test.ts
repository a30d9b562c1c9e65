/**
 * Owns the proof of the limits of session policies, and that a refusal never repeats one.
 * Must not know what a policy allows.
 */
import { assert, assertEquals, assertThrows } from "@std/assert";
import { checkPolicy, checkPolicyArns } from "../../lib/aws/session_policy.ts";
import { ArarError } from "../../lib/errors.ts";
import { refusal } from "../profile/profiles.ts";

const FILES: Readonly<Record<string, string>> = {
  "policy.json": '{\n  "Version": "2012-10-17"\n}\n',
  "bom.json": '\ufeff{"Version":"2012-10-17"}',
  "broken.json": '{\n  "Version": "2012-10-17",\n  "Statement": [{"Effect": Allow}]\n}\n',
};

function check(value: string): string {
  return checkPolicy({ value, from: "--policy" }, (path) => {
    if (path === "closed.json") throw new RangeError("not with these words");
    return FILES[path];
  });
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

  await t.step("takes a file byte for byte, but for a byte order mark", () => {
    assertEquals(check("@policy.json"), FILES["policy.json"]);
    assertEquals(check("@bom.json"), '{"Version":"2012-10-17"}');
  });

  await t.step("takes 2048 characters", () => assertEquals(check(sized(2048)).length, 2048));

  const rows = [
    ["@gone.json", '--policy names "gone.json", but there is no such file'],
    [
      "@closed.json",
      '--policy cannot read the file "closed.json" (RangeError)',
    ],
    [
      "@broken.json",
      '--policy "@broken.json" is not JSON: see line 3, column 28',
    ],
    ["{a:1}", "--policy is not JSON: see line 1, column 2"],
    ["policy.json", "--policy is not JSON: see line 1, column 1"],
    ['{"a":tru}', "--policy is not JSON: see line 1, column 9"],
    ["[1,]", "--policy is not JSON: see line 1, column 4"],
    ["", "--policy is not JSON: it ends too early"],
    ["[", "--policy is not JSON: it ends too early"],
    ["12", "--policy is not a policy, which is a JSON object"],
    ["null", "--policy is not a policy, which is a JSON object"],
    ["[{}]", "--policy is not a policy, which is a JSON object"],
    [
      '{"Sid":"€"}',
      "--policy has U+20AC at line 1, column 9, a character that STS does not take",
    ],
    [
      '{"Sid":"😀"}',
      "--policy has U+1F600 at line 1, column 9, a character that STS does not take",
    ],
    [
      '{"Sid":"\u0000"}',
      "--policy has U+0000 at line 1, column 9, a character that STS does not take",
    ],
    [sized(2049), "--policy has 2049 characters; STS takes at most 2048"],
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

  await t.step("points to the first wrong character of a large file at once", () => {
    const text = `{"Statement":[${'{"Effect":"Allow"},'.repeat(20_000)}x]}`;
    assert(refusal(() => check(text)).endsWith(`column ${text.length - 2}`));
  });
});

Deno.test("checkPolicyArns()", async (t) => {
  const arn = "arn:aws:iam::123456789012:policy/team/reader";

  await t.step("takes up to ten ARNs of any partition, with path or without", () => {
    const arns = [
      ...Array(8).fill(arn),
      "arn:aws-us-gov:iam::aws:policy/ReadOnlyAccess",
      "arn:aws-iso-b:iam::aws:policy/A",
    ];
    assertEquals(checkPolicyArns(arns), arns);
  });

  await t.step("takes what fits beside the policy", () => {
    assertEquals(checkPolicyArns([arn], sized(2048 - arn.length)), [arn]);
  });

  const rows = [
    [
      Array<string>(11).fill(arn),
      "",
      "--policy-arn is given 11 times; a session has at most 10 managed policies",
    ],
    [
      ["ReadOnlyAccess"],
      "",
      '--policy-arn is "ReadOnlyAccess"; it takes the ARN of a managed policy, arn:aws:iam::aws:policy/NAME',
    ],
    [
      ["arn:aws:iam::123456789012:role/a"],
      "",
      '--policy-arn is "arn:aws:iam::123456789012:role/a"; it takes the ARN of a managed policy, arn:aws:iam::aws:policy/NAME',
    ],
    [
      [arn],
      sized(2049 - arn.length),
      "--policy and --policy-arn has 2049 characters; STS takes at most 2048",
    ],
  ] as const;
  for (const [arns, policy, message] of rows) {
    await t.step(
      `refuses ${message.slice(0, 40)}`,
      () => assertEquals(refusal(() => checkPolicyArns(arns, policy)), message),
    );
  }
});
