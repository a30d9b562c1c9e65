/**
 * Owns the proof of what is said of the chosen source, of what is read of the environment for it, and of what cannot be chosen.
 * Must not know the order in which sources count: `tests/precedence_test.ts` owns that table.
 */
import { assertEquals } from "@std/assert";
import { followProfile } from "../../lib/profile/follow_profile.ts";
import type { TypedOptions } from "../../lib/cli/options.ts";
import { chooseSigner, wantedProfile } from "../../lib/settings/signer.ts";
import { profilesOf, refusal } from "../profile/profiles.ts";

type Env = Readonly<Record<string, string>>;

const ROLE = "arn:aws:iam::123456789012:role/a";
const TYPED = { "role-arn": [ROLE] };
const KEYS = { AWS_ACCESS_KEY_ID: "AKIAEXPORTED", AWS_SECRET_ACCESS_KEY: "not-a-secret" };

async function choose(options: TypedOptions, env: Env, profile?: string) {
  const followed = profile === undefined ? undefined : followProfile(await profilesOf(profile), "p", env);
  return chooseSigner({ options, env, ...(followed && { profile: followed }) });
}

Deno.test("wantedProfile()", async (t) => {
  const rows: readonly (readonly [string, TypedOptions, Env, ReturnType<typeof wantedProfile>])[] = [
    ["the typed one, which must be there", { profile: "p" }, KEYS, { name: "p", required: true }],
    ["that of AWS_PROFILE, which must be there", {}, { AWS_PROFILE: "p" }, { name: "p", required: true }],
    ["the default one, which may be missing", {}, {}, { name: "default", required: false }],
    ["none with exported keys and a role", TYPED, { ...KEYS, AWS_PROFILE: "p" }, undefined],
    ["none with a token of the environment", TYPED, { AWS_WEB_IDENTITY_TOKEN_FILE: "/t", AWS_PROFILE: "p" }, undefined],
    ["none with a typed token", { ...TYPED, "web-identity-token-file": "/t" }, { AWS_PROFILE: "p" }, undefined],
  ];
  for (const [what, options, env, expected] of rows) {
    await t.step(`is ${what}`, () => assertEquals(wantedProfile({ options, env }), expected));
  }
});

Deno.test("chooseSigner() says where the source came from", async (t) => {
  const environment = `[profile p]\nrole_arn = ${ROLE}\ncredential_source = Environment\n`;
  const rows: readonly (readonly [TypedOptions, Env, string | undefined, string])[] = [
    [TYPED, KEYS, undefined, "key ********RTED: environment"],
    [TYPED, { ...KEYS, AWS_PROFILE: "p" }, undefined, "key ********RTED: environment; AWS_PROFILE is not consulted"],
    [
      { profile: "p" },
      KEYS,
      environment,
      "key ********RTED: environment, by credential_source in [profile p] of CONFIG",
    ],
    [
      { profile: "p" },
      { ...KEYS, AWS_ROLE_ARN: ROLE },
      environment,
      "key ********RTED: environment, by credential_source in [profile p] of CONFIG; AWS_ROLE_ARN is not consulted",
    ],
    [
      { profile: "p", ...TYPED },
      {},
      "[profile p]\ncredential_process = x\n",
      "profile: [profile p] of CONFIG",
    ],
    [{ "web-identity-token-file": "/t", ...TYPED }, {}, undefined, "web identity token: --web-identity-token-file /t"],
    [TYPED, { AWS_WEB_IDENTITY_TOKEN_FILE: "/t" }, undefined, "web identity token: AWS_WEB_IDENTITY_TOKEN_FILE /t"],
    [TYPED, {}, undefined, "container or instance role: nothing else named"],
  ];
  for (const [options, env, profile, expected] of rows) {
    await t.step(expected, async () => {
      const { description, from } = await choose(options, env, profile);
      assertEquals(`${description}: ${from}`, expected);
    });
  }
});

Deno.test("chooseSigner() keeps what was looked at", async (t) => {
  const exported = ["AWS_ACCESS_KEY_ID is not set", "AWS_WEB_IDENTITY_TOKEN_FILE is not set"];
  const empty = "[profile p]\nregion = eu-west-1\n";
  const named = "[profile p] of CONFIG names no credentials";
  const rows: readonly (readonly [string, TypedOptions, string | undefined, readonly string[]])[] = [
    ["where there is no profile", TYPED, undefined, [...exported, "there is no default profile"]],
    ["where the profile names nothing", TYPED, empty, [...exported, named]],
    ["where the profile was typed, and nothing else counts", { ...TYPED, profile: "p" }, empty, [named]],
  ];
  for (const [what, options, profile, tried] of rows) {
    await t.step(what, async () => assertEquals((await choose(options, {}, profile)).signer, { kind: "chain", tried }));
  }
});

Deno.test("chooseSigner() refuses", async (t) => {
  const job = { GITHUB_ACTIONS: "true" };
  const rows: readonly (readonly [string, TypedOptions, Env, string])[] = [
    [
      "a variable that is not set",
      { ...TYPED, "web-identity-token-env": "JWT" },
      {},
      "--web-identity-token-env names JWT, which is not set",
    ],
    [
      "a job without the permission",
      { ...TYPED, "github-oidc": true },
      job,
      "GitHub Actions gives this job no OIDC token: ACTIONS_ID_TOKEN_REQUEST_URL is not set",
    ],
    [
      "a source without a role",
      { "web-identity-token-file": "/t" },
      {},
      "no role is named; name one with --role-arn, AWS_ROLE_ARN, or role_arn in a profile (see arar --help)",
    ],
  ];
  for (const [what, options, env, message] of rows) {
    await t.step(what, () => assertEquals(refusal(() => chooseSigner({ options, env })), message));
  }
});

Deno.test("chooseSigner() says which CI's token it is, and what the command must not keep", () => {
  const env = { BITBUCKET_BUILD_NUMBER: "7", BITBUCKET_STEP_OIDC_TOKEN: "e30.e30.c2ln" };
  const { from, usedNames } = chooseSigner({ options: { ...TYPED, "github-oidc": true }, env });
  assertEquals([from, usedNames], ["--github-oidc: Bitbucket Pipelines", ["BITBUCKET_STEP_OIDC_TOKEN"]]);
});

Deno.test("chooseSigner() leaves a token alone that is not used", () => {
  const env = {
    AWS_ACCESS_KEY_ID: "AKIAEXAMPLE",
    AWS_SECRET_ACCESS_KEY: "secret",
    CIRCLECI: "true",
    CIRCLE_OIDC_TOKEN: "t",
  };
  assertEquals(chooseSigner({ options: TYPED, env }).usedNames ?? [], []);
});
