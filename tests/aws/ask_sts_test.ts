/** Where STS is most likely called. How calls go is in `assume_test.ts`. */
import { assertEquals } from "@std/assert";
import { likelyUrl, stsUrl } from "../../lib/aws/ask_sts.ts";
import { type Endpoint, readEndpoint } from "../../lib/aws/endpoint.ts";
import { made } from "../../lib/sourced.ts";

const REGIONS = ["us-east-1", "eu-west-1", "ap-southeast-7", "mx-central-1", "us-gov-west-1", "cn-north-1"];
const NO_GUESS = ["us-iso-east-1", "us-isob-east-1", "eu-isoe-west-1", "eusc-de-east-1", "us-east-1-fips"];

Deno.test("likelyUrl()", async (t) => {
  const at = (region: string, change: Partial<Endpoint> = {}) => {
    return [{ sts: region, from: made("", "test").from }, { ...readEndpoint({}), ...change }] as const;
  };
  const certain = async (...[region, endpoint]: ReturnType<typeof at>) => {
    return (await stsUrl({ region, endpoint })).origin;
  };

  for (const region of REGIONS) {
    await t.step(`is where STS is called in ${region}`, async () => {
      assertEquals(likelyUrl(...at(region))?.origin, await certain(...at(region)));
    });
  }

  await t.step("is the given endpoint", async () => {
    const given = at("eu-west-1", { url: made("http://127.0.0.1:4566/path", "test") });
    assertEquals(likelyUrl(...given)?.origin, await certain(...given));
  });

  const variants = [{ fips: true }, { dualstack: true }, { legacyGlobal: true }];
  for (const guess of [...NO_GUESS.map((region) => at(region)), ...variants.map((one) => at("us-east-1", one))]) {
    await t.step(`is unknown for ${JSON.stringify(guess)}`, () => assertEquals(likelyUrl(...guess), undefined));
  }
});
