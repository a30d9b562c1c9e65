import { assertEquals } from "@std/assert";
import { environmentChange, keyVariables, regionChange, removedNames } from "../../lib/use/command_env.ts";
import { REMOVED, SET, SET_BY_REFRESH } from "../../lib/variables.ts";
import type { Region } from "../../lib/aws/endpoint.ts";
import type { Env } from "../../lib/sourced.ts";
import { sampleSession } from "./sessions.ts";
import { origin } from "../origin.ts";

const NOTHING = { keep: [], hide: [] };
const NO_REGION: Region = { sts: "us-east-1", from: origin("default of partition aws") };
const SESSION = sampleSession({ credentials: { expiration: new Date("2030-01-02T03:04:05.678Z") } });

Deno.test("removedNames()", async (t) => {
  const all = REMOVED.map(({ name }) => name);

  await t.step("returns every name, set or not", () => assertEquals(removedNames(NOTHING, {}), all));

  await t.step("omits what the user keeps", () => {
    const names = removedNames({ keep: ["AWS_PROFILE", "OTHER"], hide: [] }, {});
    assertEquals(names, all.filter((name) => name !== "AWS_PROFILE"));
  });

  await t.step("includes the bearer token of every service", () => {
    const env = { AWS_BEARER_TOKEN_BEDROCK: "b", AWS_BEARER_TOKEN_CODECATALYST: "c", AWS_BEARER_TOKENS: "d" };
    assertEquals(removedNames(NOTHING, env), [...all, "AWS_BEARER_TOKEN_CODECATALYST"]);
    const keep = ["AWS_BEARER_TOKEN_CODECATALYST"];
    assertEquals(removedNames({ keep, hide: [] }, env), all);
  });

  await t.step("includes what else is hidden", () => {
    assertEquals(removedNames({ keep: [], hide: ["CI_TOKEN"] }, {}), [...all, "CI_TOKEN"]);
    assertEquals(removedNames({ keep: ["CI_TOKEN"], hide: ["CI_TOKEN", "CI_URL"] }, {}), [...all, "CI_URL"]);
  });
});

Deno.test("regionChange()", async (t) => {
  const fill: Region = { sts: "eu-west-1", from: origin("AWS_REGION"), child: { name: "eu-west-1", overwrite: false } };
  const overwrite: Region = {
    sts: "eu-west-1",
    from: origin("--region"),
    child: { name: "eu-west-1", overwrite: true },
  };
  const both = { AWS_REGION: "eu-west-1", AWS_DEFAULT_REGION: "eu-west-1" };
  const rows: readonly (readonly [string, Region, Env, Env])[] = [
    ["sets nothing if no region is known", NO_REGION, {}, {}],
    ["sets nothing if no region is known, even if one is empty", NO_REGION, { AWS_REGION: "" }, {}],
    ["fills in both names", fill, {}, both],
    ["fills in AWS_DEFAULT_REGION", fill, { AWS_REGION: "eu-west-1" }, { AWS_DEFAULT_REGION: "eu-west-1" }],
    ["fills in AWS_REGION", fill, { AWS_DEFAULT_REGION: "eu-west-1" }, { AWS_REGION: "eu-west-1" }],
    ["fills in an empty variable", fill, { AWS_REGION: "", AWS_DEFAULT_REGION: "eu-west-1" }, {
      AWS_REGION: "eu-west-1",
    }],
    ["overwrites neither of two that differ", fill, { AWS_REGION: "eu-west-1", AWS_DEFAULT_REGION: "us-west-2" }, {}],
    ["overwrites both with --region", overwrite, { AWS_REGION: "us-west-2", AWS_DEFAULT_REGION: "us-west-2" }, both],
  ];
  for (const [what, region, env, expected] of rows) {
    await t.step(what, () => assertEquals(regionChange(region, env), expected));
  }
});

Deno.test("keyVariables()", async (t) => {
  await t.step("hold the session, with the expiration in whole seconds", () => {
    assertEquals(keyVariables(SESSION), {
      AWS_ACCESS_KEY_ID: "ASIAEXAMPLE",
      AWS_SECRET_ACCESS_KEY: "se/cret",
      AWS_SESSION_TOKEN: "to+ken==",
      AWS_CREDENTIAL_EXPIRATION: "2030-01-02T03:04:05Z",
    });
  });

  await t.step("have the names that --keep-env refuses", () => {
    assertEquals(Object.keys(keyVariables(SESSION)), [...SET]);
  });
});

Deno.test("environmentChange()", async (t) => {
  await t.step("sets keys and region, and removes the rest", () => {
    const region: Region = {
      sts: "eu-west-1",
      from: origin("--region"),
      child: { name: "eu-west-1", overwrite: true },
    };
    const keys = keyVariables(SESSION);
    assertEquals(environmentChange(keys, region, { AWS_PROFILE: "cicd" }, { keep: ["AWS_ROLE_ARN"], hide: ["T"] }), {
      set: { ...keys, AWS_REGION: "eu-west-1", AWS_DEFAULT_REGION: "eu-west-1" },
      unset: removedNames({ keep: ["AWS_ROLE_ARN"], hide: ["T"] }, {}),
    });
  });

  await t.step("removes the source's keys if no others are set", () => {
    const [uri, token] = SET_BY_REFRESH;
    const { set, unset } = environmentChange({ [uri]: "http://127.0.0.1:1/", [token]: "t" }, NO_REGION, {}, NOTHING);
    assertEquals(Object.keys(set), [uri, token]);
    assertEquals(unset, [...SET, ...removedNames(NOTHING, {}).filter((name) => name !== uri && name !== token)]);
  });

  await t.step("never sets and removes the same name", () => {
    const choice = { keep: [], hide: ["AWS_SESSION_TOKEN"] };
    const { set, unset } = environmentChange(keyVariables(SESSION), NO_REGION, {}, choice);
    assertEquals(unset.filter((name) => name in set), []);
  });
});
