/**
 * Makes the cases of the fuzz test: words, variables and config files that are valid, almost valid, or neither.
 */
import { REMOVED } from "../../lib/variables.ts";
import { envNames, type Option, takesValue } from "../../lib/cli/option.ts";
import { OPTION_LIST } from "../../lib/cli/options.ts";
import { ALICE, ALICE_MFA, callerEnv, MFA_ROLE, ROLE_SESSION, TERRAFORM_ROLE } from "../sts_server.ts";
import type { Random } from "./random.ts";

/** One run of arar. */
export interface FuzzCase {
  /** Before the `--`. */
  readonly options: readonly string[];
  readonly command: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  /** Texts of the config and credentials files, if there are any. */
  readonly config?: string;
  readonly credentials?: string;
  /** What arar must never show. */
  readonly secrets: readonly string[];
}

/** In the form of an OIDC token. */
const TOKEN = `eyJhbGciOiJSUzI1NiJ9.${"SECRETexample".repeat(12)}.c2lnbmF0dXJl`;
const STORED_SECRET = "stored+SECRET/EXAMPLE/only+EXAMPLE/only+";

/** Makes a case. */
export function makeCase(random: Random): FuzzCase {
  const keys: Record<string, string> = random.chance(0.85) ? callerEnv(random.pick([ALICE, ALICE, ROLE_SESSION])) : {};
  if (random.chance(0.05)) {
    delete keys[random.pick(["AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN"])];
  }
  const secrets = [keys.AWS_SECRET_ACCESS_KEY ?? "", keys.AWS_SESSION_TOKEN ?? ""].filter((secret) => secret !== "");
  const value = () => anyValue(random, secrets);
  return {
    options: random.chance(0.5) ? plainOptions(random) : random.some(6, () => optionWords(random, value)).flat(),
    command: random.chance(0.75) ? ["fuzz-command", ...random.some(3, () => commandWord(random))] : [],
    env: makeEnv(random, keys, value),
    ...(random.chance(0.3) && { config: configText(random) }),
    ...(random.chance(0.2) && { credentials: configText(random) }),
    secrets: [...secrets, TOKEN, STORED_SECRET],
  };
}

/** Without a carriage return at the end, which Deno, the command of the real runs, drops. */
function commandWord(random: Random): string {
  return random.text().replace(/\r+$/, "");
}

/** Words that are likely to succeed, so that a run gets past the settings. */
function plainOptions(random: Random): readonly string[] {
  const plain: readonly (readonly string[])[] = [
    ["-u"],
    ["-v"],
    ["--duration-seconds=900"],
    [`--role-session-name=${random.text(20)}`],
    ["--tag", `${random.text(4)}=${random.text(6)}`],
    ["--serial-number", ALICE_MFA.serial, "--token-code=794613"],
    ["--region=eu-west-1"],
    ["--mask"],
    ["--keep-env=AWS_PROFILE"],
    ["--external-id", random.text(8) || "x"],
  ];
  return plain.filter(() => random.chance(0.2)).flat();
}

function optionWords(random: Random, value: () => string): readonly string[] {
  const [help, ...others] = OPTION_LIST;
  if (!help) throw new Error("there are no options");
  const option = random.pick<Option>([help, ...others]);
  switch (random.below(8)) {
    case 0:
      return [random.text() || "-"];
    case 1:
      return [`-${random.text(4)}`];
    case 2:
      return [`--${random.pick(["__proto__", "constructor", "toString", "_", "=", "no-verbose", random.text()])}`];
    case 3:
      return [`--${option.name.slice(0, random.below(option.name.length) + 1)}`];
    case 4:
      return [`--${option.name}=${value()}`];
    default:
      return takesValue(option) && random.chance(0.9)
        ? random.chance(0.5) ? [`--${option.name}`, value()] : [`--${option.name}=${value()}`]
        : [`--${option.name}`];
  }
}

/** A value for anything: valid for something, hostile, or an exported secret in the wrong place. */
function anyValue(random: Random, secrets: readonly string[]): string {
  const kind = random.below(VALUES.length + 3);
  if (kind === VALUES.length) return random.pick(["", ...secrets]);
  return VALUES[kind] ? random.pick(VALUES[kind]) : random.text(kind === VALUES.length + 1 ? 200 : 12);
}

const VALUES: readonly (readonly [string, ...(readonly string[])])[] = [
  [TERRAFORM_ROLE.arn, MFA_ROLE.arn, `${TERRAFORM_ROLE.arn.replace(":aws:", ":aws-cn:")}`],
  ["1", "0", "true", "false", "yes", "900", "1h30m", "-1", "9".repeat(400), "0x10", "NaN", ""],
  ["json", "env", "export", "process", "github", "plan", "bash", "standard", "adaptive", "legacy"],
  ["us-east-1", "eu-west-1", "aws-global", "..", "a".repeat(64), "EU"],
  ["default", "some", "__proto__", "constructor", "one", "two"],
  [
    "http://127.0.0.1:1",
    "https://a:b@host.invalid",
    "file:///etc/passwd",
    "http://[::1]:x",
    "//",
    "http://日本.invalid",
  ],
  ["@/no/such/file", "@", "{", '{"Version":"2012-10-17"}', "key=value", "=", "aws:x=y", "arn:aws:iam::aws:policy/X"],
];

const NAMES = [
  ...OPTION_LIST.flatMap(envNames),
  ...REMOVED.map(({ name }) => name),
  ...["AWS_ENDPOINT_URL", "AWS_ENDPOINT_URL_STS", "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS", "AWS_CA_BUNDLE"],
  ...["AWS_MAX_ATTEMPTS", "AWS_RETRY_MODE", "AWS_USE_FIPS_ENDPOINT", "AWS_USE_DUALSTACK_ENDPOINT", "__proto__"],
  ...["AWS_STS_REGIONAL_ENDPOINTS", "GITHUB_ACTIONS", "GITHUB_ENV", "HOME", "XDG_CACHE_HOME"],
  ...["ACTIONS_ID_TOKEN_REQUEST_URL", "ACTIONS_ID_TOKEN_REQUEST_TOKEN"],
];

function makeEnv(random: Random, keys: Readonly<Record<string, string>>, value: () => string): Record<string, string> {
  const rate = random.pick([0, 0.01, 0.01, 0.1]);
  const names = NAMES.filter(() => random.chance(rate));
  const odd = Object.fromEntries(names.map((name) => [name, value()]));
  const all: Record<string, string> = {
    AWS_REGION: "us-east-1",
    ...(random.chance(0.85) && { AWS_ROLE_ARN: TERRAFORM_ROLE.arn }),
    ...(random.chance(0.1) && { OIDC_TOKEN: TOKEN, ARAR_WEB_IDENTITY_TOKEN_ENV: "OIDC_TOKEN" }),
    ...(random.chance(0.1) && { AWS_PROFILE: random.pick(["one", "two", "default"]) }),
    ...odd,
    ...keys,
    // The metadata service of the machine that runs the tests must not be called.
    AWS_EC2_METADATA_DISABLED: "true",
  };
  delete all.AWS_CONTAINER_CREDENTIALS_RELATIVE_URI;
  return all;
}

function configText(random: Random): string {
  const lines = ["[profile one]", ...random.some(12, () => configLine(random))].filter(() => random.chance(0.9));
  return lines.join(random.chance(0.1) ? "\r\n" : "\n");
}

function configLine(random: Random): string {
  switch (random.below(7)) {
    case 0:
    case 1:
      return `[${random.pick([...HEADINGS, random.text()])}]`;
    case 2:
      return random.pick(["role_arn=", "role_arn = "]) + random.pick([TERRAFORM_ROLE.arn, MFA_ROLE.arn, random.text()]);
    case 3:
      return `source_profile = ${random.pick(["default", "one", "two", "__proto__", random.text()])}`;
    case 4:
      return `aws_access_key_id = ${ALICE.accessKeyId}\naws_secret_access_key = ${STORED_SECRET}`;
    case 5:
      return `${random.pick(SETTINGS)} = ${random.pick([...SETTING_VALUES, random.text(30)])}`;
    default:
      return random.text(40);
  }
}

const HEADINGS = ["default", "profile one", "one", "profile two", "services s", "profile __proto__"] as const;
const SETTING_VALUES = ["Environment", "Ec2InstanceMetadata", "15m", "3600", "true"] as const;
const SETTINGS = [
  ...["credential_source", "role_session_name", "external_id", "mfa_serial", "duration_seconds", "region"] as const,
  ...["endpoint_url", "ca_bundle", "max_attempts", "retry_mode", "web_identity_token_file", "services"] as const,
  ...["sts_regional_endpoints", "use_fips_endpoint", "sso_session", "sso_account_id", "credential_process_"] as const,
  ...["aws_session_token", "s3"] as const,
] as const;
