/** Which region STS is called in, and which one the command gets. */
import { assertEquals, assertThrows } from "@std/assert";
import { chooseRegion, type Region } from "../../lib/aws/region.ts";
import { ArarError } from "../../lib/errors.ts";

Deno.test("chooseRegion()", async (t) => {
  const typed = { value: "eu-north-1", from: "--region", layer: "typed" };
  const exported = { value: "eu-west-1", from: "AWS_DEFAULT_REGION", layer: "exported" };
  const rows: readonly (readonly [string, typeof typed | undefined, Region])[] = [
    ["gives the command what was typed in place of what it has", typed, {
      sts: "eu-north-1",
      from: "--region",
      child: { name: "eu-north-1", overwrite: true },
    }],
    ["gives the command another one where it has none", exported, {
      sts: "eu-west-1",
      from: "AWS_DEFAULT_REGION",
      child: { name: "eu-west-1", overwrite: false },
    }],
    ["gives the command no default", undefined, { sts: "us-east-1", from: "default of partition aws" }],
  ];
  for (const [what, given, expected] of rows) {
    await t.step(what, () => assertEquals(chooseRegion(given, "aws"), expected));
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
      assertEquals(chooseRegion(undefined, partition).sts, region);
    });
  }

  await t.step("asks for a region in a partition it does not know", () => {
    assertEquals(
      assertThrows(() => chooseRegion(undefined, "aws-moon"), ArarError).message,
      'no region is known for partition "aws-moon"; give one with --region or AWS_REGION',
    );
  });

  await t.step("takes a region of a partition it does not know", () => {
    assertEquals(chooseRegion({ value: "moon-1", from: "AWS_REGION", layer: "exported" }, "aws-moon").sts, "moon-1");
  });
});
