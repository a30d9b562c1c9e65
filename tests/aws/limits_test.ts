/** Session policies and tags that STS would refuse are refused before any request. */
import { assertEquals, assertThrows } from "@std/assert";
import { checkPolicy, checkPolicyArns, checkTags, checkTransitiveTagKeys } from "../../lib/aws/limits.ts";
import { ArarError } from "../../lib/errors.ts";
import type { Origin } from "../../lib/sourced.ts";
import { origin } from "../origin.ts";
import { refusal } from "../profile/profiles.ts";

function check(value: string, from = origin("--policy")): string {
  return checkPolicy({ value, from }).value;
}

function sized(length: number): string {
  return `{"Sid":"${"x".repeat(length - '{"Sid":""}'.length)}"}`;
}

Deno.test("checkPolicy()", async (t) => {
  await t.step("returns the JSON unchanged", () => {
    for (const text of ['{\n\t"Version": "2012-10-17",\r\n "Statement": [] }', sized(2048)]) {
      assertEquals(check(text), text);
    }
  });

  const rows = [
    ['{\n  "Effect": Allow\n}', "--policy is not JSON"],
    ["{a:1}", "--policy is not JSON (line 1 column 2)"],
    ["policy.json", "--policy is not JSON"],
    ["", "--policy is not JSON"],
    ["12", "--policy is not a JSON object, as a policy must be"],
    ["null", "--policy is not a JSON object, as a policy must be"],
    ["[{}]", "--policy is not a JSON object, as a policy must be"],
    ['{"Sid":"€"}', "--policy contains a character that STS rejects: U+20AC"],
    ['{"Sid":"😀"}', "--policy contains a character that STS rejects: U+1F600"],
    ['{"Sid":"\u0000"}', "--policy contains a character that STS rejects: U+0000"],
    [sized(2049), "--policy has 2049 characters; STS accepts at most 2048"],
  ] as const;
  for (const [value, message] of rows) {
    await t.step(`refuses ${JSON.stringify(value.slice(0, 20))}`, () => {
      assertEquals(refusal(() => check(value)), message);
    });
  }

  await t.step("drops white space outside of strings if the policy is too long with it", () => {
    const text = `{ "Sid" :\n\t"${"x".repeat(2010)} \\" \\\\ " , "Sid": 1 }`.padEnd(2049);
    const sent = `{"Sid":"${"x".repeat(2010)} \\" \\\\ ","Sid":1}`;
    const { value, from } = checkPolicy({ value: text, from: origin("--policy").with(' "@x"') });
    assertEquals([value, `${from}`], [sent, `--policy "@x", without ${2049 - sent.length} characters of white space`]);
    assertEquals(checkPolicy({ value: `${sized(1000)} `, from: origin("--policy") }, 1048).value, sized(1000));
    const message = "--policy, without 2 characters of white space, has 2049 characters; STS accepts at most 2048";
    assertEquals(refusal(() => check(` ${sized(2049)} `)), message);
  });

  await t.step("suggests @FILE for a path", () => {
    const hints = (value: string, from?: Origin) => assertThrows(() => check(value, from), ArarError).hints;
    assertEquals(hints("policy.json"), ["use @FILE for a policy in a file"]);
    assertEquals([hints("{a:1}"), hints("Version: 2012", origin("--policy").with(" @policy.yaml"))], [[], []]);
  });
});

Deno.test("checkPolicyArns()", async (t) => {
  const arn = "arn:aws:iam::123456789012:policy/team/reader";
  const checkArns = (arns: readonly string[], policy?: string) =>
    checkPolicyArns(arns.map((value) => ({ value, from: origin("--policy-arn") })), policy);

  await t.step("accepts ten ARNs of any partition, and as many characters as the policy leaves", () => {
    const others = ["arn:aws-us-gov:iam::aws:policy/ReadOnlyAccess", "arn:aws-iso-b:iam::aws:policy/A"];
    const arns = [...Array<string>(8).fill(arn), ...others];
    assertEquals(checkArns(arns), arns);
    assertEquals(checkArns([arn], sized(2048 - arn.length)), [arn]);
  });

  const expected = "expected the ARN of a managed policy, or the name of one of AWS's, such as ReadOnlyAccess";
  const role = "arn:aws:iam::123456789012:role/a";
  const rows = [
    [Array<string>(11).fill(arn), "", "--policy-arn names 11 policies; a session can have at most 10 managed policies"],
    [["ReadOnlyAccess"], "", `--policy-arn is "ReadOnlyAccess"; ${expected}`],
    [[role], "", `--policy-arn is "${role}"; ${expected}`],
    [[arn], sized(2049 - arn.length), "--policy and --policy-arn has 2049 characters; STS accepts at most 2048"],
  ] as const;
  for (const [arns, policy, message] of rows) {
    await t.step(`refuses ${message}`, () => assertEquals(refusal(() => checkArns(arns, policy)), message));
  }
});

function checked(words: readonly string[]) {
  return checkTags(words.map((word) => {
    const [key = "", ...rest] = word.split("=");
    return { value: { key, value: rest.join("=") }, from: origin("--tag") };
  }));
}

const tags = (count: number) => Array.from({ length: count }, (_, index) => `key${index}=value`);

Deno.test("checkTags()", async (t) => {
  await t.step("accepts the longest, and the most", () => {
    assertEquals(checked([`${"k".repeat(128)}=${"v".repeat(256)}`]).length, 1);
    assertEquals(checked(tags(50)).length, 50);
  });

  await t.step("accepts every letter, digit and space, and the signs that STS accepts", () => {
    assertEquals(checked(["Über größe_.:/+-@=値 ٣ _.:/=+-@"]), [{ key: "Über größe_.:/+-@", value: "値 ٣ _.:/=+-@" }]);
  });

  const [key, value] = ["k".repeat(129), "v".repeat(257)];
  const signs = "letters, digits, spaces and _.:/=+-@";
  const rows = [
    [tags(51), "--tag names 51 tags; a session can have at most 50"],
    [["aws:cloudformation=x"], '--tag has the key "aws:cloudformation"; the prefix "aws:" is reserved for AWS'],
    [["AWS:x=x"], '--tag has the key "AWS:x"; the prefix "aws:" is reserved for AWS'],
    [["a*b=x"], `--tag has the key "a*b"; expected 1 to 128 ${signs}`],
    [[`${key}=x`], `--tag has the key "${key.slice(0, 117)}..."; expected 1 to 128 ${signs}`],
    [["a=*"], `--tag "a" is "*"; expected at most 256 ${signs}`],
    [["a=x\n"], `--tag "a" is "x\\n"; expected at most 256 ${signs}`],
    [[`a=${value}`], `--tag "a" is "${value.slice(0, 117)}..."; expected at most 256 ${signs}`],
    [["Team=a", "team=b"], '--tag has "Team" and "team" twice; tag keys are case-insensitive'],
    [["Team=a", "Team=a"], '--tag has "Team" twice; tag keys are case-insensitive'],
  ] as const;
  for (const [words, message] of rows) {
    await t.step(`refuses ${message}`, () => assertEquals(refusal(() => checked(words)), message));
  }
});

Deno.test("checkTransitiveTagKeys()", async (t) => {
  const keys = (...given: readonly string[]) =>
    checkTransitiveTagKeys(
      given.map((value) => ({ value, from: origin("--transitive-tag-key") })),
      checked(["Team=blue", "Cost=1"]),
    );

  await t.step("accepts keys of tags, in any case", () => assertEquals(keys("team", "Cost"), ["team", "Cost"]));

  await t.step("refuses a key that no tag has, and a key twice", () => {
    assertEquals(refusal(() => keys("Other")), '--transitive-tag-key is "Other", but no --tag has that key');
    assertEquals(
      refusal(() => keys("Team", "team")),
      '--transitive-tag-key has "Team" and "team" twice; tag keys are case-insensitive',
    );
  });
});
