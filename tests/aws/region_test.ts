/** Which region STS is called in, and which one the command gets. */
import { Origin } from "../../lib/sourced.ts";
import { assertEquals } from "@std/assert";
import { chooseRegion } from "../../lib/aws/region.ts";
import { refusal } from "../profile/profiles.ts";
import { origin } from "../origin.ts";

Deno.test("chooseRegion()", async (t) => {
  const typed = { value: "eu-north-1", from: origin("--region") };
  const exported = { value: "moon-1", from: origin("AWS_REGION") };

  await t.step("replaces the command's region with one from the command line", () => {
    const expected = { sts: "eu-north-1", from: origin("--region"), child: { name: "eu-north-1", overwrite: true } };
    assertEquals(chooseRegion(typed, "aws"), expected);
  });

  await t.step("only fills in any other, even in an unknown partition", () => {
    const expected = { sts: "moon-1", from: origin("AWS_REGION"), child: { name: "moon-1", overwrite: false } };
    assertEquals(chooseRegion(exported, "aws-moon"), expected);
  });

  await t.step("gives the command none that it finds by itself, and no default", () => {
    assertEquals(chooseRegion(exported, "aws", true), { sts: "moon-1", from: origin("AWS_REGION") });
    assertEquals(chooseRegion(undefined, "aws"), {
      sts: "us-east-1",
      from: new Origin("default", "default of partition aws"),
    });
  });

  await t.step("calls the region that a pseudo region stands for, which the command gets as it is", () => {
    for (const value of ["us-east-1-fips", "fips-us-east-1"]) {
      const { sts, child } = chooseRegion({ value, from: origin("AWS_REGION") }, "aws");
      assertEquals([sts, child?.name], ["us-east-1", value]);
    }
  });

  await t.step("requires a region in an unknown partition", () => {
    assertEquals(
      refusal(() => chooseRegion(undefined, "aws-moon")),
      'no region is known for partition "aws-moon"; set one with --region or AWS_REGION',
    );
  });
});
