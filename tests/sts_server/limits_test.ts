/**
 * Owns the proof that each limit of the parameters is kept at its edge and refused beyond it, in the words of STS.
 * Must not know arar.
 */
import type { AssumeRoleCommandInput } from "@aws-sdk/client-sts";
import { assertEquals } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { ALICE_MFA, startSts, TERRAFORM_ROLE } from "../sts_server.ts";
import { assertRefused, assume } from "./client.ts";

type Input = Partial<AssumeRoleCommandInput>;

const failed = (value: string, at: string, words: string) =>
  `1 validation error detected: Value '${value}' at '${at}' failed to satisfy constraint: Member must ${words}`;
const atLeast = (n: number) => `have length greater than or equal to ${n}`;
const atMost = (n: number) => `have length less than or equal to ${n}`;
const pattern = (text: string) => `satisfy regular expression pattern: ${text}`;
const many = <T>(count: number, make: (index: number) => T): T[] =>
  Array.from({ length: count }, (_, index) => make(index));
const policyArn = (index: number) => ({
  arn: `arn:aws:iam::123456789012:policy/p${index}`,
});

const refused: readonly [string, Input, string][] = [
  ["a short ARN", { RoleArn: "arn" }, failed("arn", "roleArn", atLeast(20))],
  [
    "a short name",
    { RoleSessionName: "x" },
    failed("x", "roleSessionName", atLeast(2)),
  ],
  [
    "a long name",
    { RoleSessionName: "x".repeat(65) },
    failed("x".repeat(65), "roleSessionName", atMost(64)),
  ],
  [
    "a name with a space",
    { RoleSessionName: "a b" },
    failed("a b", "roleSessionName", pattern("[\\w+=,.@-]*")),
  ],
  [
    "a name outside ASCII",
    { RoleSessionName: "müller" },
    failed("müller", "roleSessionName", pattern("[\\w+=,.@-]*")),
  ],
  [
    "a short session",
    { DurationSeconds: 899 },
    failed("899", "durationSeconds", "have value greater than or equal to 900"),
  ],
  [
    "a long session",
    { DurationSeconds: 43201 },
    failed(
      "43201",
      "durationSeconds",
      "have value less than or equal to 43200",
    ),
  ],
  [
    "a short external id",
    { ExternalId: "x" },
    failed("x", "externalId", atLeast(2)),
  ],
  [
    "an external id with a space",
    { ExternalId: "a b" },
    failed("a b", "externalId", pattern("[\\w+=,.@:\\/-]*")),
  ],
  [
    "a short serial",
    { SerialNumber: "12345678" },
    failed("12345678", "serialNumber", atLeast(9)),
  ],
  [
    "a code of letters",
    { TokenCode: "abcdef" },
    failed("abcdef", "tokenCode", pattern("[\\d]*")),
  ],
  [
    "a short code",
    { TokenCode: "12345" },
    failed("12345", "tokenCode", atLeast(6)),
  ],
  [
    "a short source identity",
    { SourceIdentity: "x" },
    failed("x", "sourceIdentity", atLeast(2)),
  ],
  [
    "an empty tag key",
    { Tags: [{ Key: "", Value: "v" }] },
    "Value '' at 'tags.1.member.key' failed",
  ],
  [
    "a long tag value",
    { Tags: [{ Key: "k", Value: "v".repeat(257) }] },
    failed("v".repeat(257), "tags.1.member.value", atMost(256)),
  ],
  [
    "a tag with a character STS does not know",
    { Tags: [{ Key: "k!", Value: "v" }] },
    failed(
      "k!",
      "tags.1.member.key",
      pattern("[\\p{L}\\p{Z}\\p{N}_.:/=+\\-@]+"),
    ),
  ],
  [
    "51 tags",
    { Tags: many(51, (n) => ({ Key: `k${n}`, Value: "v" })) },
    "at 'tags' failed to satisfy constraint: Member must " + atMost(50),
  ],
  [
    "11 policies",
    { PolicyArns: many(11, policyArn) },
    "at 'policyArns' failed to satisfy constraint: Member must " + atMost(10),
  ],
  [
    "a long policy",
    { Policy: "x".repeat(2049) },
    failed("x".repeat(2049), "policy", atMost(2048)),
  ],
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
  ["50 tags", { Tags: many(50, (n) => ({ Key: `k${n}`, Value: "" })) }],
  ["a tag of many scripts", { Tags: [{ Key: "équipe 1", Value: "東京/a=b" }] }],
  ["10 policies", { PolicyArns: many(10, policyArn) }],
];

describe("checkAssumeRole()", () => {
  for (const [name, input, message] of refused) {
    it(`refuses ${name}`, async () => {
      await using sts = await startSts();
      await assertRefused(assume(sts, input), "ValidationError", 400, message);
    });
  }

  for (const [name, input] of taken) {
    it(`takes ${name}`, async () => {
      await using sts = await startSts();
      const { output } = await assume(sts, input);
      assertEquals(output.$metadata.httpStatusCode, 200);
    });
  }

  it("lists every limit that is broken", async () => {
    await using sts = await startSts();
    const call = assume(sts, { RoleSessionName: "!", DurationSeconds: 1 });
    const message = "3 validation errors detected: Value '!' at ";
    await assertRefused(call, "ValidationError", 400, message);
  });

  it("misses what is required", async () => {
    await using sts = await startSts();
    const call = assume(sts, { RoleArn: undefined });
    const message =
      "Value null at 'roleArn' failed to satisfy constraint: Member must not be null";
    await assertRefused(call, "ValidationError", 400, message);
  });

  it("refuses an ARN that is not a role's", async () => {
    await using sts = await startSts();
    const arn = "arn:aws:iam::123456789012:user/alice";
    const call = assume(sts, { RoleArn: arn });
    await assertRefused(call, "ValidationError", 400, `${arn} is invalid`);
  });
});

describe("packedPolicySize()", () => {
  it("is told where policies or tags were given", async () => {
    await using sts = await startSts();
    assertEquals((await assume(sts)).output.PackedPolicySize, undefined);
    const { output } = await assume(sts, {
      Policy: JSON.stringify({ Version: "2012-10-17", Statement: [] }),
    });
    assertEquals(output.PackedPolicySize, 1);
  });

  it("has a limit of its own", async () => {
    await using sts = await startSts();
    const Tags = many(50, (n) => ({ Key: `k${n}`, Value: "v".repeat(100) }));
    const message = "Packed policy consumes 126% of allotted space";
    const call = assume(sts, { Tags });
    await assertRefused(call, "PackedPolicyTooLarge", 400, message);
  });

  it("needs JSON", async () => {
    await using sts = await startSts();
    const call = assume(sts, { Policy: "{" });
    const message = "This policy contains invalid Json";
    await assertRefused(call, "MalformedPolicyDocument", 400, message);
  });
});

describe("params", () => {
  it("are recorded as flat as they came", async () => {
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
