/**
 * Owns the proof that each limit of the parameters is kept at its edge and refused beyond it, in the words of STS.
 * Must not know arar.
 */
import type { AssumeRoleCommandInput } from "@aws-sdk/client-sts";
import { assertEquals } from "@std/assert";
import { ACCOUNT, ALICE_MFA, startSts, TERRAFORM_ROLE } from "../sts_server.ts";
import { assertRefused, assume } from "./client.ts";

type Input = Partial<AssumeRoleCommandInput>;

const atLeast = (n: number) => `have length greater than or equal to ${n}`;
const atMost = (n: number) => `have length less than or equal to ${n}`;
const noLess = (n: number) => `have value greater than or equal to ${n}`;
const noMore = (n: number) => `have value less than or equal to ${n}`;
const like = (text: string) => `satisfy regular expression pattern: ${text}`;
const NAME = "roleSessionName";
const NAME_PATTERN = like("[\\w+=,.@-]*");
const ID_PATTERN = like("[\\w+=,.@:\\/-]*");
const TAG_PATTERN = like("[\\p{L}\\p{Z}\\p{N}_.:/=+\\-@]+");
const DURATION = "durationSeconds";
const LONG = "v".repeat(257);
const tag = (Key: string, Value: string) => ({ Tags: [{ Key, Value }] });
const numbered = (index: number) => ({ Key: `k${index}`, Value: "" });
const policyArn = (index: number) => ({
  arn: `arn:aws:iam::${ACCOUNT}:policy/p${index}`,
});

function many<T>(count: number, make: (index: number) => T): T[] {
  return Array.from({ length: count }, (_, index) => make(index));
}

/** What is refused for which words; STS quotes the value and names the place. */
const refused: readonly [name: string, Input, at: string, words: string][] = [
  ["a short ARN", { RoleArn: "arn" }, "roleArn", atLeast(20)],
  ["a short name", { RoleSessionName: "x" }, NAME, atLeast(2)],
  ["a long name", { RoleSessionName: "x".repeat(65) }, NAME, atMost(64)],
  ["a space in a name", { RoleSessionName: "a b" }, NAME, NAME_PATTERN],
  ["a name beyond ASCII", { RoleSessionName: "müller" }, NAME, NAME_PATTERN],
  ["a short session", { DurationSeconds: 899 }, DURATION, noLess(900)],
  ["a long session", { DurationSeconds: 43201 }, DURATION, noMore(43200)],
  ["a short external id", { ExternalId: "x" }, "externalId", atLeast(2)],
  ["an odd external id", { ExternalId: "a b" }, "externalId", ID_PATTERN],
  ["a short serial", { SerialNumber: "1234" }, "serialNumber", atLeast(9)],
  ["a code of letters", { TokenCode: "abcdef" }, "tokenCode", like("[\\d]*")],
  ["a short code", { TokenCode: "12345" }, "tokenCode", atLeast(6)],
  ["a short identity", { SourceIdentity: "x" }, "sourceIdentity", atLeast(2)],
  ["an empty tag key", tag("", "v"), "tags.1.member.key", atLeast(1)],
  ["an odd tag key", tag("k!", "v"), "tags.1.member.key", TAG_PATTERN],
  ["a long tag", tag("k", LONG), "tags.1.member.value", atMost(256)],
  ["51 tags", { Tags: many(51, numbered) }, "tags", atMost(50)],
  ["11 policies", { PolicyArns: many(11, policyArn) }, "policyArns", atMost(10)],
  ["a long policy", { Policy: "x".repeat(2049) }, "policy", atMost(2048)],
];

const taken: readonly [string, Input][] = [
  ["the shortest name", { RoleSessionName: "ab" }],
  ["the longest name", { RoleSessionName: "+=,.@-_a".repeat(8) }],
  ["the shortest session", { DurationSeconds: 900 }],
  ["the longest session", { DurationSeconds: 43200 }],
  ["an external id", { ExternalId: "a:/b-c" }],
  [
    "a code",
    { SerialNumber: ALICE_MFA.serial, TokenCode: ALICE_MFA.codes[0] },
  ],
  ["50 tags", { Tags: many(50, numbered) }],
  ["a tag of many scripts", { Tags: [{ Key: "équipe 1", Value: "東京/a=b" }] }],
  ["10 policies", { PolicyArns: many(10, policyArn) }],
];

Deno.test("checkAssumeRole()", async (t) => {
  for (const [name, input, at, words] of refused) {
    await t.step(`refuses ${name}`, async () => {
      await using sts = await startSts();
      const message = `at '${at}' failed to satisfy constraint: Member must ${words}`;
      await assertRefused(assume(sts, input), "ValidationError", 400, message);
    });
  }

  await t.step("quotes the value", async () => {
    await using sts = await startSts();
    const message = "1 validation error detected: Value 'x' at 'roleSessionName' failed";
    const call = assume(sts, { RoleSessionName: "x" });
    await assertRefused(call, "ValidationError", 400, message);
  });

  for (const [name, input] of taken) {
    await t.step(`takes ${name}`, async () => {
      await using sts = await startSts();
      const { output } = await assume(sts, input);
      assertEquals(output.$metadata.httpStatusCode, 200);
    });
  }

  await t.step("lists every limit that is broken", async () => {
    await using sts = await startSts();
    const call = assume(sts, { RoleSessionName: "!", DurationSeconds: 1 });
    const message = "3 validation errors detected: Value '!' at ";
    await assertRefused(call, "ValidationError", 400, message);
  });

  await t.step("misses what is required", async () => {
    await using sts = await startSts();
    const call = assume(sts, { RoleArn: undefined });
    const message = "Value null at 'roleArn' failed to satisfy constraint: Member must not be null";
    await assertRefused(call, "ValidationError", 400, message);
  });

  await t.step("refuses an ARN that is not a role's", async () => {
    await using sts = await startSts();
    const arn = "arn:aws:iam::123456789012:user/alice";
    const call = assume(sts, { RoleArn: arn });
    await assertRefused(call, "ValidationError", 400, `${arn} is invalid`);
  });
});

Deno.test("packedPolicySize()", async (t) => {
  await t.step("is told where policies or tags were given", async () => {
    await using sts = await startSts();
    assertEquals((await assume(sts)).output.PackedPolicySize, undefined);
    const { output } = await assume(sts, {
      Policy: JSON.stringify({ Version: "2012-10-17", Statement: [] }),
    });
    assertEquals(output.PackedPolicySize, 1);
  });

  await t.step("has a limit of its own", async () => {
    await using sts = await startSts();
    const Tags = many(50, (n) => ({ Key: `k${n}`, Value: "v".repeat(100) }));
    const message = "Packed policy consumes 126% of allotted space";
    const call = assume(sts, { Tags });
    await assertRefused(call, "PackedPolicyTooLarge", 400, message);
  });

  await t.step("needs JSON", async () => {
    await using sts = await startSts();
    const call = assume(sts, { Policy: "{" });
    const message = "This policy contains invalid Json";
    await assertRefused(call, "MalformedPolicyDocument", 400, message);
  });
});

Deno.test("params", async (t) => {
  await t.step("are recorded as flat as they came", async () => {
    await using sts = await startSts();
    await assume(sts, {
      DurationSeconds: 900,
      ExternalId: "abc",
      PolicyArns: [policyArn(0)],
      Tags: [{ Key: "team", Value: "blue + green/é=" }],
      TransitiveTagKeys: ["team"],
      SourceIdentity: "alice",
    });
    assertEquals(sts.requests[0]?.params, {
      Action: "AssumeRole",
      Version: "2011-06-15",
      RoleArn: TERRAFORM_ROLE.arn,
      RoleSessionName: "test",
      DurationSeconds: "900",
      ExternalId: "abc",
      "PolicyArns.member.1.arn": policyArn(0).arn,
      "Tags.member.1.Key": "team",
      "Tags.member.1.Value": "blue + green/é=",
      "TransitiveTagKeys.member.1": "team",
      SourceIdentity: "alice",
    });
  });
});
