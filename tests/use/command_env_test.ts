import { assertEquals } from "@std/assert";
import { environmentChange, keyVariables, regionChange, removedNames } from "../../lib/use/command_env.ts";
import { REMOVED, SET, SET_BY_REFRESH } from "../../lib/variables.ts";
import type { RoleSession } from "../../lib/aws/credentials.ts";
import type { Region } from "../../lib/aws/region.ts";
import type { Env } from "../../lib/sourced.ts";

const NOTHING = { keep: [], hide: [] };
const NO_REGION: Region = { sts: "us-east-1", from: "default of partition aws" };
const SESSION: RoleSession = {
  credentials: {
    accessKeyId: "ASIAEXAMPLE",
    secretAccessKey: "assumed-secret",
    sessionToken: "assumed-token",
    expiration: new Date("2030-01-02T03:04:05.678Z"),
  },
  arn: "arn:aws:sts::123456789012:assumed-role/deploy/ci",
  accountId: "123456789012",
};

Deno.test("removedNames()", async (t) => {
  const all = REMOVED.map(({ name }) => name);

  await t.step("is every name, present or not", () => assertEquals(removedNames(NOTHING, {}), all));

  await t.step("leaves what the user keeps", () => {
    assertEquals(
      removedNames({ keep: ["AWS_PROFILE", "OTHER"], hide: [] }, {}),
      all.filter((name) => name !== "AWS_PROFILE"),
    );
  });

  await t.step("has the bearer token of every service", () => {
    const env = { AWS_BEARER_TOKEN_BEDROCK: "b", AWS_BEARER_TOKEN_CODECATALYST: "c", AWS_BEARER_TOKENS: "d" };
    assertEquals(removedNames(NOTHING, env), [...all, "AWS_BEARER_TOKEN_CODECATALYST"]);
    const keep = ["AWS_BEARER_TOKEN_CODECATALYST"];
    assertEquals(removedNames({ keep, hide: [] }, env), all);
  });

  await t.step("has what else is hidden", () => {
    assertEquals(removedNames({ keep: [], hide: ["CI_TOKEN"] }, {}), [...all, "CI_TOKEN"]);
    assertEquals(removedNames({ keep: ["CI_TOKEN"], hide: ["CI_TOKEN", "CI_URL"] }, {}), [...all, "CI_URL"]);
  });
});

Deno.test("regionChange()", async (t) => {
  const fill: Region = { sts: "eu-west-1", from: "AWS_REGION", child: { name: "eu-west-1", overwrite: false } };
  const overwrite: Region = { sts: "eu-west-1", from: "--region", child: { name: "eu-west-1", overwrite: true } };
  const both = { AWS_REGION: "eu-west-1", AWS_DEFAULT_REGION: "eu-west-1" };
  const rows: readonly (readonly [string, Region, Env, Env])[] = [
    ["sets nothing where no region is known", NO_REGION, {}, {}],
    ["sets nothing where no region is known, though one is empty", NO_REGION, { AWS_REGION: "" }, {}],
    ["fills in both names", fill, {}, both],
    ["fills in AWS_DEFAULT_REGION", fill, { AWS_REGION: "eu-west-1" }, { AWS_DEFAULT_REGION: "eu-west-1" }],
    ["fills in AWS_REGION", fill, { AWS_DEFAULT_REGION: "eu-west-1" }, { AWS_REGION: "eu-west-1" }],
    ["takes an empty name for a missing one", fill, { AWS_REGION: "", AWS_DEFAULT_REGION: "eu-west-1" }, {
      AWS_REGION: "eu-west-1",
    }],
    ["overwrites none of two that differ", fill, { AWS_REGION: "eu-west-1", AWS_DEFAULT_REGION: "us-west-2" }, {}],
    ["overwrites both by --region", overwrite, { AWS_REGION: "us-west-2", AWS_DEFAULT_REGION: "us-west-2" }, both],
  ];
  for (const [what, region, env, expected] of rows) {
    await t.step(what, () => assertEquals(regionChange(region, env), expected));
  }
});

Deno.test("keyVariables()", async (t) => {
  await t.step("are the session's, its end in whole seconds", () => {
    assertEquals(keyVariables(SESSION), {
      AWS_ACCESS_KEY_ID: "ASIAEXAMPLE",
      AWS_SECRET_ACCESS_KEY: "assumed-secret",
      AWS_SESSION_TOKEN: "assumed-token",
      AWS_CREDENTIAL_EXPIRATION: "2030-01-02T03:04:05Z",
    });
  });

  await t.step(
    "are the names that --keep-env refuses",
    () => assertEquals(Object.keys(keyVariables(SESSION)), [...SET]),
  );
});

Deno.test("environmentChange()", async (t) => {
  await t.step("sets keys and region, removes the rest", () => {
    const region: Region = { sts: "eu-west-1", from: "--region", child: { name: "eu-west-1", overwrite: true } };
    const keys = keyVariables(SESSION);
    assertEquals(environmentChange(keys, region, { AWS_PROFILE: "cicd" }, { keep: ["AWS_ROLE_ARN"], hide: ["T"] }), {
      set: { ...keys, AWS_REGION: "eu-west-1", AWS_DEFAULT_REGION: "eu-west-1" },
      unset: removedNames({ keep: ["AWS_ROLE_ARN"], hide: ["T"] }, {}),
    });
  });

  await t.step("removes the source's keys where none are set in their place", () => {
    const [uri, token] = SET_BY_REFRESH;
    const { set, unset } = environmentChange({ [uri]: "http://127.0.0.1:1/", [token]: "t" }, NO_REGION, {}, NOTHING);
    assertEquals(Object.keys(set), [uri, token]);
    assertEquals(unset, [...SET, ...removedNames(NOTHING, {}).filter((name) => name !== uri && name !== token)]);
  });

  await t.step("never sets and removes the same name", () => {
    const { set, unset } = environmentChange(keyVariables(SESSION), NO_REGION, {}, {
      keep: [],
      hide: ["AWS_SESSION_TOKEN"],
    });
    assertEquals(unset.filter((name) => name in set), []);
  });
});
