/**
 * The rules of precedence: which source credentials are used, which roles follow, and where each value comes from, if it is
 * typed, exported or set in a profile.
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

/** The source credentials in one word, then the names of the roles. */
function walk({ signer, target }: Settings): string {
  return [sourceOf(signer), ...rolesOf(target).map(({ roleArn }) => roleArn.split("/").at(-1))].join(" ");
}

function sourceOf(signer: Settings["signer"]): string {
  if (signer.kind === "keys") return signer.credentials.accessKeyId === "AKIAEXPORTED" ? "exported" : "stored";
  if (signer.kind !== "web-identity") return signer.kind;
  const { token } = signer;
  return token.kind === "file" ? token.path : token.kind === "environment" ? token.name : "github";
}

Deno.test("source credentials and roles", async (t) => {
  const a = { roleArn: [arn("a")] };
  const ab = { roleArn: [arn("a"), arn("b")] };
  const x = { AWS_ROLE_ARN: arn("x") };
  const file = { webIdentityTokenFile: "/flag" };
  const jwt = { webIdentityTokenEnv: "JWT", ...a };
  const oidc = { oidc: true, ...a } as const;
  const exportedJwt = { ARAR_WEB_IDENTITY_TOKEN_ENV: "JWT", JWT: "token" };
  const rows: readonly (readonly [rule: string, TypedOptions, Env, walk: string])[] = [
    // 1. --profile, as written
    ["--profile wins over exported keys", { profile: "pod" }, KEYS, "/profile/token pod"],
    ["--profile wins over AWS_PROFILE", { profile: "env" }, { ...KEYS, AWS_PROFILE: "pod" }, "exported env"],
    ["--profile wins over an exported token file", { profile: "env" }, { ...KEYS, ...FILE }, "exported env"],
    [
      "--profile wins over ARAR_GITHUB_OIDC",
      { profile: "task" },
      { ...GITHUB, ARAR_GITHUB_OIDC: "1" },
      "container task",
    ],
    ["--role-arn follows the profile's role", { profile: "env", ...ab }, KEYS, "exported env a b"],
    ["the profile's role replaces AWS_ROLE_ARN", { profile: "env" }, { ...KEYS, ...x }, "exported env"],
    ["AWS_ROLE_ARN is used if the profile has no role", { profile: "stored" }, { ...KEYS, ...x }, "stored x"],
    ["--role-arn wins over AWS_ROLE_ARN there", { profile: "stored", ...a }, x, "stored a"],
    ["--profile without keys asks container and instance", { profile: "plain", ...a }, KEYS, "machine a"],
    // Tokens named by arar's own options
    ["--web-identity-token-file wins over exported keys", { ...file, ...ab }, KEYS, "/flag a b"],
    ["--web-identity-token-file wins over an exported one", { ...file, ...a }, FILE, "/flag a"],
    ["AWS_ROLE_ARN is the token's role if there is no other", file, { ...KEYS, ...x }, "/flag x"],
    ["--role-arn wins over AWS_ROLE_ARN with a token", { ...file, ...a }, x, "/flag a"],
    ["--web-identity-token-env wins over exported keys", jwt, { ...KEYS, JWT: "token" }, "JWT a"],
    ["--oidc wins over exported keys", oidc, { ...KEYS, ...GITHUB }, "github a"],
    ["ARAR_GITHUB_OIDC wins over exported keys", a, { ...KEYS, ...GITHUB, ARAR_GITHUB_OIDC: "1" }, "github a"],
    ["a typed token wins over an exported one", oidc, { ...GITHUB, ...exportedJwt }, "github a"],
    // 2. Exported keys and a role
    ["exported keys and --role-arn win over AWS_PROFILE", a, { ...KEYS, AWS_PROFILE: "task" }, "exported a"],
    ["exported keys and AWS_ROLE_ARN win over AWS_PROFILE", {}, { ...KEYS, ...x, AWS_PROFILE: "task" }, "exported x"],
    ["exported keys win over a profile that does not exist", a, { ...KEYS, AWS_PROFILE: "gone" }, "exported a"],
    ["--role-arn wins over AWS_ROLE_ARN", ab, { ...KEYS, ...x }, "exported a b"],
    ["exported keys win over an exported token file", {}, { ...KEYS, ...FILE, ...x }, "exported x"],
    // 3. Exported keys and no role
    ["exported keys without a role follow AWS_PROFILE", {}, { ...KEYS, AWS_PROFILE: "env" }, "exported env"],
    ["exported keys without a role follow [default]", {}, KEYS, "stored default"],
    ["an empty AWS_PROFILE is unset", {}, { ...KEYS, AWS_PROFILE: "" }, "stored default"],
    ["a profile may use other credentials than exported keys", {}, { ...KEYS, AWS_PROFILE: "task" }, "container task"],
    // 4. No keys
    ["AWS_PROFILE wins over an exported token file", {}, { ...FILE, ...x, AWS_PROFILE: "task" }, "container task"],
    ["an exported token file wins over [default]", {}, { ...FILE, ...x }, "/env/token x"],
    ["--role-arn follows the exported token and its role", ab, { ...FILE, ...x }, "/env/token x a b"],
    ["--role-arn is the token's role if none is exported", ab, FILE, "/env/token a b"],
    ["AWS_PROFILE wins over [default]", {}, { AWS_PROFILE: "task" }, "container task"],
    ["[default] is used if nothing is named", {}, {}, "stored default"],
    ["--role-arn follows the role of [default]", a, {}, "stored default a"],
    ["AWS_PROFILE without keys asks container and instance", a, { AWS_PROFILE: "plain" }, "machine a"],
  ];
  for (const [rule, options, env, expected] of rows) {
    await t.step(rule, () => assertEquals(walk(plan(options, env)), expected));
  }

  await t.step("container and instance are asked if there is nothing at all", () => {
    assertEquals(walk(plan(a, {}, "")), "machine a");
  });

  const noProfile = 'no profile "gone" in CONFIG or CREDENTIALS';
  const noRole = "no role is named by --role-arn or AWS_ROLE_ARN";
  const nonePlain = "no role is named by --role-arn, AWS_ROLE_ARN or role_arn in [profile plain] of CONFIG";
  const half = "AWS_ACCESS_KEY_ID is set, but AWS_SECRET_ACCESS_KEY is not; set both or neither";
  const refused: readonly (readonly [string, TypedOptions, Env, string, string])[] = [
    ["a missing --profile", { profile: "gone", ...a }, KEYS, CONFIG, noProfile],
    ["a missing AWS_PROFILE that is needed", {}, { ...KEYS, AWS_PROFILE: "gone" }, CONFIG, noProfile],
    ["exported keys without a role anywhere", {}, KEYS, "", noRole],
    ["exported keys and a profile without a role", {}, { ...KEYS, AWS_PROFILE: "plain" }, CONFIG, nonePlain],
    ["half a pair of exported keys", a, { AWS_ACCESS_KEY_ID: "AKIAEXPORTED" }, "", half],
  ];
  for (const [what, options, env, config, message] of refused) {
    await t.step(`${what} is refused`, () => assertEquals(refusal(() => plan(options, env, config)), message));
  }
});

Deno.test("where a value comes from", async (t) => {
  const profile = { profile: "env" };
  const last = ({ target }: Settings) => rolesOf(target).at(-1);
  const regionOf = ({ region }: Settings) => `${region.sts} ${region.from}`;
  const durationOf = (settings: Settings) => last(settings)?.durationSeconds;
  const externalIdOf = (settings: Settings) => last(settings)?.externalId;
  const serialOf = (settings: Settings) => last(settings)?.mfa?.serialNumber;
  const nameOf = (settings: Settings) => {
    const sessionName = last(settings)?.sessionName;
    return sessionName?.kind === "given" ? sessionName.value : sessionName?.kind;
  };
  const a = { roleArn: [arn("a")] };
  const named = { AWS_ROLE_SESSION_NAME: "exported" };
  const user = { ARAR_USERNAME_SESSION: "1", ...named };
  const regions = { AWS_REGION: "env-1", AWS_DEFAULT_REGION: "old-1" };
  const duration = { ARAR_DURATION_SECONDS: "900" };
  const externalId = { ARAR_EXTERNAL_ID: "exported" };
  const serial = { ARAR_SERIAL_NUMBER: "GAHTENV12345" };
  const rows: readonly (readonly [string, TypedOptions, Env, (settings: Settings) => unknown, expected: unknown])[] = [
    ["region: typed", { ...profile, region: "flag-1" }, regions, regionOf, "flag-1 --region"],
    ["region: AWS_REGION", profile, regions, regionOf, "env-1 AWS_REGION"],
    ["region: AWS_DEFAULT_REGION", profile, { AWS_DEFAULT_REGION: "old-1" }, regionOf, "old-1 AWS_DEFAULT_REGION"],
    ["region: the profile's", profile, {}, regionOf, "profile-1 region in [profile env] of CONFIG"],
    ["region: the default profile's", a, {}, regionOf, "default-1 region in [default] of CONFIG"],
    ["region: the partition's", { profile: "task" }, {}, regionOf, "us-east-1 default of partition aws"],
    ["session name: typed", { ...profile, roleSessionName: "typed" }, user, nameOf, "typed"],
    ["session name: ARAR_USERNAME_SESSION", profile, user, nameOf, "user-name"],
    ["session name: AWS_ROLE_SESSION_NAME", profile, named, nameOf, "exported"],
    ["session name: the profile's", profile, {}, nameOf, "from-profile"],
    ["session name: generated", a, {}, nameOf, "arar-1767225600"],
    ["duration: typed", { ...profile, durationSeconds: "1h" }, duration, durationOf, 3600],
    ["duration: ARAR_DURATION_SECONDS", profile, duration, durationOf, 900],
    ["duration: the profile's", profile, {}, durationOf, 1800],
    ["duration: STS's own", a, {}, durationOf, undefined],
    ["external ID: typed", { ...profile, externalId: "typed" }, externalId, externalIdOf, "typed"],
    ["external ID: ARAR_EXTERNAL_ID", profile, externalId, externalIdOf, "exported"],
    ["external ID: the profile's", profile, {}, externalIdOf, "from-profile"],
    ["MFA device: typed", { ...profile, serialNumber: "GAHTTYPED123" }, serial, serialOf, "GAHTTYPED123"],
    ["MFA device: ARAR_SERIAL_NUMBER", profile, serial, serialOf, "GAHTENV12345"],
    ["MFA device: the profile's", profile, {}, serialOf, "GAHTPROFILE1"],
  ];
  for (const [rule, options, env, read, expected] of rows) {
    await t.step(rule, () => assertEquals(read(plan(options, { ...KEYS, ...env })), expected));
  }
});
