/**
 * Owns the proof of which region STS is called in, and which one the command gets.
 * Must not know how STS is called.
 */
import { assertEquals, assertThrows } from "@std/assert";
import { chooseRegion, type Region } from "../../lib/aws/region.ts";
import { ArarError } from "../../lib/errors.ts";
import type { Sourced } from "../../lib/sourced.ts";

Deno.test("chooseRegion()", async (t) => {
  const flag: Sourced<string> = { value: "eu-north-1", from: "--region" };
  const exported: Sourced<string> = { value: "eu-west-1", from: "AWS_DEFAULT_REGION" };
  const profile: Sourced<string> = { value: "ap-northeast-1", from: "region in profile cicd" };
  const rows: readonly (readonly [string, Sourced<string> | undefined, Sourced<string> | undefined, Region])[] = [
    ["gives the command what was typed over what it has", flag, profile, {
      sts: "eu-north-1",
      from: "--region",
      child: { name: "eu-north-1", overwrite: true },
    }],
    ["gives the command what was exported where it has none", exported, profile, {
      sts: "eu-west-1",
      from: "AWS_DEFAULT_REGION",
      child: { name: "eu-west-1", overwrite: false },
    }],
    ["gives the command the profile's where it has none", undefined, profile, {
      sts: "ap-northeast-1",
      from: "region in profile cicd",
      child: { name: "ap-northeast-1", overwrite: false },
    }],
    ["gives the command no default", undefined, undefined, { sts: "us-east-1", from: "default of partition aws" }],
  ];
  for (const [what, typed, own, expected] of rows) {
    await t.step(what, () => assertEquals(chooseRegion(typed, own, "aws"), expected));
  }

  // https://github.com/boto/botocore/blob/develop/botocore/data/partitions.json
  const defaults = [
    ["aws", "us-east-1"],
    ["aws-cn", "cn-north-1"],
    ["aws-us-gov", "us-gov-west-1"],
    ["aws-eusc", "eusc-de-east-1"],
    ["aws-iso", "us-iso-east-1"],
    ["aws-iso-b", "us-isob-east-1"],
    ["aws-iso-e", "eu-isoe-west-1"],
    ["aws-iso-f", "us-isof-south-1"],
  ] as const;
  for (const [partition, region] of defaults) {
    await t.step(`calls STS of ${partition} in ${region} where none is named`, () => {
      assertEquals(chooseRegion(undefined, undefined, partition).sts, region);
    });
  }

  await t.step("asks for a region in a partition it does not know", () => {
    assertEquals(
      assertThrows(() => chooseRegion(undefined, undefined, "aws-moon"), ArarError).message,
      'no region is known for partition "aws-moon"; give one with --region or AWS_REGION',
    );
  });

  await t.step("takes a region of a partition it does not know", () => {
    assertEquals(chooseRegion({ value: "moon-east-1", from: "AWS_REGION" }, undefined, "aws-moon").sts, "moon-east-1");
  });

  const bad = [
    "eu_west_1",
    "EU-WEST-1",
    "eu-west-1.",
    "eu-west-1.evil.example/",
    "-eu",
    "eu-",
    "eu west",
    "é",
    "a".repeat(64),
  ];
  for (const value of bad) {
    await t.step(`refuses ${JSON.stringify(value)}, which is no label of a host name`, () => {
      assertEquals(
        assertThrows(() => chooseRegion({ value, from: "AWS_REGION" }, undefined, "aws"), ArarError).message,
        `AWS_REGION is "${value}"; it takes the name of a region, such as eu-west-1`,
      );
    });
  }
});
