/** What the rows of the table of CIs share. */
import { assertEquals, assertThrows } from "@std/assert";
import { audienceOf, audiencesIn, noToken, refuseOtherAudience } from "../../../lib/aws/signers/ci.ts";
import { ArarError } from "../../../lib/errors.ts";
import { GITHUB } from "../../sts_server.ts";
import { wish } from "./token_server.ts";

Deno.test("noToken() says which CI, and what to do", () => {
  const error = noToken("CI", "X is not set", ["set X"]);
  assertEquals([error.message, error.hints], ["CI gives this job no OIDC token: X is not set", ["set X"]]);
});

Deno.test("audienceOf() is the given one, else STS's", () => {
  assertEquals([audienceOf({ ...wish("a"), partition: "aws-cn" }), audienceOf({})], ["a", "sts.amazonaws.com"]);
});

Deno.test("audiencesIn() is empty for what is no JWT", () => {
  assertEquals([audiencesIn(GITHUB.mint({ aud: "a" })), audiencesIn("opaque")], [["a"], []]);
});

Deno.test("refuseOtherAudience() minds only an audience that was given", () => {
  refuseOtherAudience(undefined, ["a"], "CI");
  refuseOtherAudience(wish("a").audience, ["b", "a"], "CI");
  const { message } = assertThrows(() => refuseOtherAudience(wish("c").audience, ["a", "b"], "CI"), ArarError);
  assertEquals(message, 'the token of CI is for "a" and "b", and --audience "c" cannot change that');
});
