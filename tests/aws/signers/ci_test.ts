/** The helpers that the rows of the table of CIs share. */
import { assertEquals } from "@std/assert";
import { audienceOf, refuseOtherAudience } from "../../../lib/aws/signers/ci.ts";
import { refusal } from "../../profile/profiles.ts";
import { wish } from "./token_server.ts";

Deno.test("audienceOf() is the given one, otherwise STS's", () => {
  assertEquals([audienceOf({ ...wish("a"), partition: "aws-cn" }), audienceOf({})], ["a", "sts.amazonaws.com"]);
});

Deno.test("refuseOtherAudience() refuses only an audience that was given", () => {
  refuseOtherAudience(undefined, ["a"], "CI");
  refuseOtherAudience(wish("a").audience, ["b", "a"], "CI");
  assertEquals(
    refusal(() => refuseOtherAudience(wish("c").audience, ["a", "b"], "CI")),
    'the token of CI is for "a" and "b"; --audience "c" cannot change that',
  );
});
