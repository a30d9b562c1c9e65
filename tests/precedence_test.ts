/**
 * Owns the one table of precedence: who signs, which roles follow, and where every single value comes from, for what is typed,
 * exported and written in profiles.
 */
import { assertEquals } from "@std/assert";
import { rolesOf } from "../lib/aws/role_request.ts";
import type { TypedOptions } from "../lib/cli/options.ts";
import type { Settings } from "../lib/settings/settings.ts";
import { refusal } from "./profile/profiles.ts";
import { planOf } from "./settings/plan_of.ts";

type Env = Readonly<Record<string, string>>;

const arn = (name: string) => `arn:aws:iam::123456789012:role/${name}`;
const KEYS = { AWS_ACCESS_KEY_ID: "AKIAEXPORTED", AWS_SECRET_ACCESS_KEY: "not-a-secret" };
const FILE = { AWS_WEB_IDENTITY_TOKEN_FILE: "/env/token" };
const GITHUB = { ACTIONS_ID_TOKEN_REQUEST_URL: "https://github.example/", ACTIONS_ID_TOKEN_REQUEST_TOKEN: "request" };

const CONFIG = `
[default]
role_arn = ${arn("default")}
source_profile = stored
region = default-1
[profile env]
role_arn = ${arn("env")}
credential_source = Environment
region = profile-1
role_session_name = from-profile
duration_seconds = 1800
external_id = from-profile
mfa_serial = GAHTPROFILE1
[profile plain]
region = plain-1
[profile pod]
role_arn = ${arn("pod")}
web_identity_token_file = /profile/token
[profile task]
role_arn = ${arn("task")}
credential_source = EcsContainer
`;
const CREDENTIALS = `
[stored]
aws_access_key_id = AKIASTORED
aws_secret_access_key = not-a-secret
`;

function plan(options: TypedOptions, env: Env, config = CONFIG): Settings {
  return planOf(options, { env, config, credentials: CREDENTIALS });
}

/** Who signs, in one word, then the names of the roles. */
function walk({ signer, target }: Settings): readonly string[] {
  return [whoSigns(signer), ...rolesOf(target).map(({ roleArn }) => roleArn.split("/").at(-1) ?? "")];
}

function whoSigns(signer: Settings["signer"]): string {
  if (signer.kind === "keys") return signer.credentials.accessKeyId === "AKIAEXPORTED" ? "exported" : "stored";
  if (signer.kind !== "web-identity") return signer.kind;
  const { token } = signer;
  return token.kind === "file" ? token.path : token.kind === "environment" ? token.name : "github";
}

Deno.test("who signs, and for which roles", async (t) => {
  const a = { "role-arn": [arn("a")] };
  const ab = { "role-arn": [arn("a"), arn("b")] };
  const rows: readonly (readonly [rule: string, TypedOptions, Env, readonly string[]])[] = [
    // 1. --profile, as written
    ["--profile goes before exported keys", { profile: "pod" }, KEYS, ["/profile/token", "pod"]],
    ["--profile goes before AWS_PROFILE", { profile: "env" }, { ...KEYS, AWS_PROFILE: "pod" }, ["exported", "env"]],
    ["--profile goes before a file of the environment", { profile: "env" }, { ...KEYS, ...FILE }, ["exported", "env"]],
    ["--profile goes before ARAR_GITHUB_OIDC", { profile: "task" }, { ...GITHUB, ARAR_GITHUB_OIDC: "1" }, [
      "container",
      "task",
    ]],
    ["--role-arn follows the profile's role", { profile: "env", ...ab }, KEYS, ["exported", "env", "a", "b"]],
    ["AWS_ROLE_ARN yields to the profile's role", { profile: "env" }, { ...KEYS, AWS_ROLE_ARN: arn("x") }, [
      "exported",
      "env",
    ]],
    ["AWS_ROLE_ARN counts where the profile has none", { profile: "stored" }, { ...KEYS, AWS_ROLE_ARN: arn("x") }, [
      "stored",
      "x",
    ]],
    ["--role-arn goes before AWS_ROLE_ARN there", { profile: "stored", ...a }, { AWS_ROLE_ARN: arn("x") }, [
      "stored",
      "a",
    ]],
    ["--profile without keys asks container and instance", { profile: "plain", ...a }, KEYS, ["chain", "a"]],
    // Tokens named by arar's own options
    ["--web-identity-token-file goes before exported keys", { "web-identity-token-file": "/flag", ...ab }, KEYS, [
      "/flag",
      "a",
      "b",
    ]],
    [
      "--web-identity-token-file goes before that of the environment",
      { "web-identity-token-file": "/flag", ...a },
      FILE,
      [
        "/flag",
        "a",
      ],
    ],
    ["AWS_ROLE_ARN is a token's role where no other is", { "web-identity-token-file": "/flag" }, {
      ...KEYS,
      AWS_ROLE_ARN: arn("x"),
    }, ["/flag", "x"]],
    ["--role-arn goes before AWS_ROLE_ARN with a token", { "web-identity-token-file": "/flag", ...a }, {
      AWS_ROLE_ARN: arn("x"),
    }, ["/flag", "a"]],
    ["--web-identity-token-env goes before exported keys", { "web-identity-token-env": "JWT", ...a }, {
      ...KEYS,
      JWT: "token",
    }, ["JWT", "a"]],
    ["--oidc goes before exported keys", { oidc: true, ...a }, { ...KEYS, ...GITHUB }, ["github", "a"]],
    ["ARAR_GITHUB_OIDC goes before exported keys", a, { ...KEYS, ...GITHUB, ARAR_GITHUB_OIDC: "1" }, ["github", "a"]],
    ["a typed token goes before an exported one", { oidc: true, ...a }, {
      ...GITHUB,
      ARAR_WEB_IDENTITY_TOKEN_ENV: "JWT",
      JWT: "token",
    }, ["github", "a"]],
    // 2. Exported keys and a role
    ["exported keys and --role-arn go before AWS_PROFILE", a, { ...KEYS, AWS_PROFILE: "task" }, ["exported", "a"]],
    ["exported keys and AWS_ROLE_ARN go before AWS_PROFILE", {}, {
      ...KEYS,
      AWS_PROFILE: "task",
      AWS_ROLE_ARN: arn("x"),
    }, ["exported", "x"]],
    ["exported keys go before a profile that is not there", a, { ...KEYS, AWS_PROFILE: "gone" }, ["exported", "a"]],
    ["--role-arn goes before AWS_ROLE_ARN", ab, { ...KEYS, AWS_ROLE_ARN: arn("x") }, ["exported", "a", "b"]],
    ["exported keys go before a file of the environment", {}, { ...KEYS, ...FILE, AWS_ROLE_ARN: arn("x") }, [
      "exported",
      "x",
    ]],
    // 3. Exported keys and no role
    ["exported keys without a role follow AWS_PROFILE", {}, { ...KEYS, AWS_PROFILE: "env" }, ["exported", "env"]],
    ["exported keys without a role follow [default]", {}, KEYS, ["stored", "default"]],
    ["an empty AWS_PROFILE is none", {}, { ...KEYS, AWS_PROFILE: "" }, ["stored", "default"]],
    ["a profile may be signed for by others than the exported keys", {}, { ...KEYS, AWS_PROFILE: "task" }, [
      "container",
      "task",
    ]],
    // 4. No keys
    ["AWS_PROFILE goes before a file of the environment", {}, {
      ...FILE,
      AWS_ROLE_ARN: arn("x"),
      AWS_PROFILE: "task",
    }, ["container", "task"]],
    ["a file of the environment goes before [default]", {}, { ...FILE, AWS_ROLE_ARN: arn("x") }, ["/env/token", "x"]],
    ["--role-arn follows the environment's own token and role", ab, { ...FILE, AWS_ROLE_ARN: arn("x") }, [
      "/env/token",
      "x",
      "a",
      "b",
    ]],
    ["--role-arn is the token's role where the environment has none", ab, FILE, ["/env/token", "a", "b"]],
    ["AWS_PROFILE goes before [default]", {}, { AWS_PROFILE: "task" }, ["container", "task"]],
    ["[default] signs where nothing is named", {}, {}, ["stored", "default"]],
    ["--role-arn follows the role of [default]", a, {}, ["stored", "default", "a"]],
    ["AWS_PROFILE without keys leads to container and instance", a, { AWS_PROFILE: "plain" }, ["chain", "a"]],
  ];
  for (const [rule, options, env, expected] of rows) {
    await t.step(rule, () => assertEquals(walk(plan(options, env)), expected));
  }

  await t.step("container and instance are asked where there is nothing at all", () => {
    assertEquals(walk(plan(a, {}, "")), ["chain", "a"]);
  });

  const refused: readonly (readonly [string, TypedOptions, Env, string, string])[] = [
    ["a missing --profile", { profile: "gone", ...a }, KEYS, CONFIG, 'no profile "gone" in CONFIG or CREDENTIALS'],
    [
      "a missing AWS_PROFILE where it counts",
      {},
      { ...KEYS, AWS_PROFILE: "gone" },
      CONFIG,
      'no profile "gone" in CONFIG or CREDENTIALS',
    ],
    [
      "exported keys without a role anywhere",
      {},
      KEYS,
      "",
      "no role is named; name one with --role-arn, AWS_ROLE_ARN, or role_arn in a profile (see arar --help)",
    ],
    [
      "exported keys and a profile without a role",
      {},
      { ...KEYS, AWS_PROFILE: "plain" },
      CONFIG,
      "no role is named; name one with --role-arn, AWS_ROLE_ARN, or role_arn in a profile (see arar --help)",
    ],
    [
      "half a pair of exported keys",
      a,
      { AWS_ACCESS_KEY_ID: "AKIAEXPORTED" },
      "",
      "AWS_ACCESS_KEY_ID is set, but AWS_SECRET_ACCESS_KEY is not; set both or neither",
    ],
  ];
  for (const [what, options, env, config, message] of refused) {
    await t.step(`${what} is refused`, () => assertEquals(refusal(() => plan(options, env, config)), message));
  }
});

Deno.test("where a value comes from", async (t) => {
  const profile = { profile: "env" };
  const last = ({ target }: Settings) => rolesOf(target).at(-1);
  const rows: readonly (readonly [
    rule: string,
    TypedOptions,
    Env,
    read: (settings: Settings) => unknown,
    expected: unknown,
  ])[] = [
    ["region: typed", { ...profile, region: "flag-1" }, { AWS_REGION: "env-1" }, regionOf, "flag-1 --region"],
    ["region: AWS_REGION", profile, { AWS_REGION: "env-1", AWS_DEFAULT_REGION: "old-1" }, regionOf, "env-1 AWS_REGION"],
    ["region: AWS_DEFAULT_REGION", profile, { AWS_DEFAULT_REGION: "old-1" }, regionOf, "old-1 AWS_DEFAULT_REGION"],
    ["region: the profile's", profile, {}, regionOf, "profile-1 region in [profile env] of CONFIG"],
    [
      "region: the default profile's",
      { "role-arn": [arn("a")] },
      {},
      regionOf,
      "default-1 region in [default] of CONFIG",
    ],
    ["region: the partition's", { profile: "task" }, {}, regionOf, "us-east-1 default of partition aws"],
    [
      "session name: typed",
      { ...profile, "role-session-name": "typed" },
      { AWS_ROLE_SESSION_NAME: "exported" },
      nameOf,
      "typed",
    ],
    [
      "session name: ARAR_USERNAME_SESSION",
      profile,
      { ARAR_USERNAME_SESSION: "1", AWS_ROLE_SESSION_NAME: "exported" },
      nameOf,
      "user-name",
    ],
    ["session name: AWS_ROLE_SESSION_NAME", profile, { AWS_ROLE_SESSION_NAME: "exported" }, nameOf, "exported"],
    ["session name: the profile's", profile, {}, nameOf, "from-profile"],
    ["session name: generated", { "role-arn": [arn("a")] }, {}, nameOf, "arar-1767225600"],
    ["duration: typed", { ...profile, "duration-seconds": "1h" }, { ARAR_DURATION_SECONDS: "900" }, durationOf, 3600],
    ["duration: ARAR_DURATION_SECONDS", profile, { ARAR_DURATION_SECONDS: "900" }, durationOf, 900],
    ["duration: the profile's", profile, {}, durationOf, 1800],
    ["duration: STS's own", { "role-arn": [arn("a")] }, {}, durationOf, undefined],
    [
      "external id: typed",
      { ...profile, "external-id": "typed" },
      { ARAR_EXTERNAL_ID: "exported" },
      externalIdOf,
      "typed",
    ],
    ["external id: ARAR_EXTERNAL_ID", profile, { ARAR_EXTERNAL_ID: "exported" }, externalIdOf, "exported"],
    ["external id: the profile's", profile, {}, externalIdOf, "from-profile"],
    [
      "MFA device: typed",
      { ...profile, "serial-number": "GAHTTYPED123" },
      { ARAR_SERIAL_NUMBER: "GAHTENV12345" },
      serialOf,
      "GAHTTYPED123",
    ],
    ["MFA device: ARAR_SERIAL_NUMBER", profile, { ARAR_SERIAL_NUMBER: "GAHTENV12345" }, serialOf, "GAHTENV12345"],
    ["MFA device: the profile's", profile, {}, serialOf, "GAHTPROFILE1"],
  ];
  for (const [rule, options, env, read, expected] of rows) {
    await t.step(rule, () => assertEquals(read(plan(options, { ...KEYS, ...env })), expected));
  }

  function regionOf({ region }: Settings) {
    return `${region.sts} ${region.from}`;
  }
  function nameOf(settings: Settings) {
    const sessionName = last(settings)?.sessionName;
    return sessionName?.kind === "given" ? sessionName.value : sessionName?.kind;
  }
  function durationOf(settings: Settings) {
    return last(settings)?.durationSeconds;
  }
  function externalIdOf(settings: Settings) {
    return last(settings)?.passed["external-id"];
  }
  function serialOf(settings: Settings) {
    return last(settings)?.mfa?.serialNumber;
  }

  await t.step("gives the profile's role its own settings, the last role those of the command line", () => {
    const options = {
      ...profile,
      "role-arn": [arn("a")],
      "external-id": "typed",
      "duration-seconds": "900",
      tag: ["Team=blue"],
    };
    const { target } = plan(options, KEYS);
    assertEquals(
      rolesOf(target).map(({ passed, durationSeconds, tags }) => [passed["external-id"], durationSeconds, tags.length]),
      [
        ["from-profile", 1800, 0],
        ["typed", 900, 1],
      ],
    );
  });
});
