/** How environment and options are read; and that unknown and unreadable variables are refused. */
import { assertEquals, assertMatch, assertThrows } from "@std/assert";
import { envNames, type Option } from "../../lib/cli/option.ts";
import { OPTION_LIST, OPTIONS, OTHER_NAMES, type TypedOptions } from "../../lib/cli/options.ts";
import { profileValue, readEnv, refuseConflicts, refuseUnknownNames } from "../../lib/settings/values.ts";
import { ArarError } from "../../lib/errors.ts";
import { type Env, Origin } from "../../lib/sourced.ts";
import { refusal } from "../profile/profiles.ts";
import { readText } from "../project/sources.ts";
import { longName, readOptions as read } from "./plan_of.ts";
import { origin } from "../origin.ts";

const SYSTEM = { os: "linux", readTextFileSync: () => undefined } as const;

Deno.test("readValues() of a value", async (t) => {
  const both = { AWS_REGION: "eu-west-1", AWS_DEFAULT_REGION: "us-west-2" };
  const typed = { value: "eu-north-1", from: origin("--region") } as const;
  const rows: readonly (readonly [string, TypedOptions, Env, unknown])[] = [
    ["is undefined if nothing is given", {}, {}, undefined],
    ["is the typed value", { region: "eu-north-1" }, {}, typed],
    ["prefers the typed value", { region: "eu-north-1" }, both, typed],
    ["is the first variable", {}, both, { value: "eu-west-1", from: origin("AWS_REGION") }],
    ["is the second variable if the first is empty", {}, { ...both, AWS_REGION: "" }, {
      value: "us-west-2",
      from: origin("AWS_DEFAULT_REGION"),
    }],
    ["is undefined if all variables are empty", {}, { AWS_REGION: "", AWS_DEFAULT_REGION: "" }, undefined],
  ];
  for (const [what, options, env, expected] of rows) {
    await t.step(what, () => assertEquals(read(options, env).region, expected as never));
  }

  await t.step("is the default if it is not given", () => {
    assertEquals(read({}).timeout, { value: 30, from: new Origin("default", "default") });
  });
});

Deno.test("readValues() of a flag", async (t) => {
  const name = "ARAR_USERNAME_SESSION";
  const exported = { value: true, from: origin(name) } as const;
  const typed = { value: true, from: origin("--username-session") } as const;
  const rows = [
    ["is not set if nothing is given", {}, {}, undefined],
    ["is set if it is typed", { usernameSession: true }, {}, typed],
    ["is set if it is typed, whatever is exported", { usernameSession: true }, { [name]: "0" }, typed],
    ["is set by 1", {}, { [name]: "1" }, exported],
    ["is set by true", {}, { [name]: "true" }, exported],
    ["is not set by 0", {}, { [name]: "0" }, undefined],
    ["is not set by false", {}, { [name]: "false" }, undefined],
    ["is not set by an empty variable", {}, { [name]: "" }, undefined],
  ] as const;
  for (const [what, options, env, expected] of rows) {
    await t.step(what, () => assertEquals(read(options, env).usernameSession, expected));
  }

  for (const value of ["yes", "TRUE", "2", " 1", "no"]) {
    await t.step(`refuses ${JSON.stringify(value)}`, () => {
      const message = `${name} is ${JSON.stringify(value)}; expected 1, true, 0 or false`;
      assertEquals(refusal(() => read({}, { [name]: value })), message);
    });
  }
});

Deno.test("readValues() refuses an empty ARAR_ variable of an option that takes a value", async (t) => {
  for (const [name, value] of [["ARAR_POLICY", ""], ["ARAR_TIMEOUT", " "], ["ARAR_EXPECT_ACCOUNT", ","]] as const) {
    await t.step(`${name}=${JSON.stringify(value)}`, () => {
      assertEquals(refusal(() => read({}, { [name]: value })), `${name} is set but empty`);
    });
  }

  await t.step(
    "unless it is typed",
    () => assertEquals(read({ timeout: "5" }, { ARAR_TIMEOUT: "" }).timeout?.value, 5),
  );
});

Deno.test("readValues() of a list", async (t) => {
  const values = (options: TypedOptions, env: Env, name: "tag" | "policyArn" | "expectAccount" | "roleArn") =>
    read(options, env)[name]?.map(({ value, from }) => [value, `${from}`]);

  await t.step("is the typed values, in order", () => {
    assertEquals(values({ tag: ["b=1", "a=2"] }, { ARAR_TAG: "c=3" }, "tag"), [
      [{ key: "b", value: "1" }, "--tag"],
      [{ key: "a", value: "2" }, "--tag"],
    ]);
  });

  await t.step("is not split on the command line, where options are repeated", () => {
    const rows = [["expectAccount", "111111111111,222222222222"], ["tag", "a=1,b=2"], [
      "policyArn",
      "arn:a,arn:b",
    ]] as const;
    for (const [key, value] of rows) {
      const name = longName(key);
      const message = `${name} is "${value}"; expected one value: repeat ${name} for each`;
      assertEquals(refusal(() => read({ [key]: [value] })), message);
    }
  });

  await t.step("is split at commas in a variable", () => {
    assertEquals(values({}, { ARAR_EXPECT_ACCOUNT: "111111111111, 222222222222," }, "expectAccount"), [
      ["111111111111", "ARAR_EXPECT_ACCOUNT"],
      ["222222222222", "ARAR_EXPECT_ACCOUNT"],
    ]);
    assertEquals(values({}, { ARAR_TAG: "Team=blue,Cost=1" }, "tag")?.map(([value]) => value), [
      { key: "Team", value: "blue" },
      { key: "Cost", value: "1" },
    ]);
  });

  await t.step("is not split within the name of a policy", () => {
    const arns = ["arn:aws:iam::123456789012:policy/a,b", "arn:aws:iam::aws:policy/c"];
    assertEquals(values({}, { ARAR_POLICY_ARN: arns.join(",") }, "policyArn")?.map(([value]) => value), arns);
  });

  await t.step("is one role in AWS_ROLE_ARN", () => {
    assertEquals(values({}, { AWS_ROLE_ARN: "a,arn:b" }, "roleArn"), [["a,arn:b", "AWS_ROLE_ARN"]]);
  });

  await t.step("names the variable of an invalid value", () => {
    const message = 'ARAR_EXPECT_ACCOUNT is "12"; expected a 12-digit account ID';
    assertEquals(refusal(() => read({}, { ARAR_EXPECT_ACCOUNT: "111111111111,12" })), message);
  });
});

Deno.test("readValues() refuses what STS would refuse", async (t) => {
  const identity = "expected 2 to 64 characters of A-Za-z0-9_+=,.@-, not starting with aws:";
  const rows: readonly (readonly [TypedOptions, string])[] = [
    [{ roleSessionName: "a b" }, '--role-session-name is "a b"; expected 2 to 64 characters of A-Za-z0-9_+=,.@-'],
    [{ externalId: "é!" }, '--external-id is "é!"; expected 2 to 1224 characters of A-Za-z0-9_+=,.@:/-'],
    [{ sourceIdentity: "a" }, `--source-identity is "a"; ${identity}`],
    [{ sourceIdentity: "aws:alice" }, `--source-identity is "aws:alice"; ${identity}`],
    [
      { serialNumber: "x" },
      '--serial-number is "x"; expected the ARN of an MFA device (arn:aws:iam::123456789012:mfa/NAME) or its serial number',
    ],
    [{ timeout: "0" }, '--timeout is "0"; expected 1 to 3600 seconds'],
    [
      { print: "yaml" },
      '--print is "yaml"; expected process, env, export, fish, powershell, json, terragrunt, github, plan',
    ],
    ...["eu_west_1", "EU-WEST-1", "eu-west-1.", "eu-west-1.evil.example/", "-eu", "eu-", "é", "a".repeat(64)].map((
      region,
    ): [TypedOptions, string] => [
      { region },
      `--region is "${region}"; expected a region, such as eu-west-1`,
    ]),
  ];
  for (const [options, message] of rows) {
    await t.step(message, () => assertEquals(refusal(() => read(options)), message));
  }

  const forms: readonly (readonly [
    "roleSessionName" | "externalId" | "serialNumber",
    readonly string[],
    readonly string[],
  ])[] = [
    ["roleSessionName", ["ci", "Aa0_+=,.@-", "erin@example.com", "x".repeat(64)], [
      ...["x", "x".repeat(65), "a b", "a/b", "a:b", "a#b", "é1", "日本", "ab\n", " ab", "a\u0000b"],
    ]],
    ["externalId", ["ab", "a".repeat(1224), "A_z0+=,.@:/-"], ["a", "a".repeat(1225), "a b", "a\n", "ä€", "a*"]],
    ["serialNumber", ["arn:aws-us-gov:iam::123456789012:mfa/a/b", "GAHT12345678", "x".repeat(256)], [
      ...["GAHT1234", "x".repeat(257), "GAHT 12345678", "GAHT12345678\n", "é23456789"],
    ]],
  ];
  for (const [key, good, bad] of forms) {
    await t.step(`of ${key}, and nothing else`, () => {
      for (const value of good) assertEquals(read({ [key]: value })[key]?.value, value);
      for (const value of bad) assertMatch(refusal(() => read({ [key]: value })), /^--[a-z-]+ is "/, value);
    });
  }
});

Deno.test("profileValue()", async (t) => {
  const from = origin("mfa_serial in [profile x] of ~/.aws/config");
  const region = { value: "No", from: origin("region in it") };
  const section = new Map([["mfa_serial", { value: "GAHT12345678", from }], ["region", region]]);

  await t.step("reads the profile key of the option, and returns its origin", () => {
    const serial = { value: "GAHT12345678", from };
    assertEquals(profileValue(OPTIONS.serialNumber, section, SYSTEM), serial);
    assertEquals(profileValue(OPTIONS.externalId, section, SYSTEM), undefined);
    assertEquals(profileValue(OPTIONS.audience, section, SYSTEM), undefined);
  });

  await t.step("checks the value like that of the option", () => {
    const message = 'region in it is "No"; expected a region, such as eu-west-1';
    assertEquals(refusal(() => profileValue(OPTIONS.region, section, SYSTEM)), message);
  });
});

const check = (...words: Parameters<typeof read>) => refuseConflicts(read(...words));

Deno.test("refuseConflicts()", async (t) => {
  const pairs: readonly TypedOptions[] = [
    { roleSessionName: "x1", usernameSession: true },
    { profile: "p", webIdentityTokenFile: "f" },
    { profile: "p", webIdentityTokenEnv: "N" },
    { profile: "p", oidc: true },
    { webIdentityTokenFile: "f", webIdentityTokenEnv: "N" },
    { webIdentityTokenFile: "f", oidc: true },
    { webIdentityTokenEnv: "N", oidc: true },
    { print: "json", dryRun: true },
  ];
  for (const options of pairs) {
    const [one, other] = Object.keys(options).map(longName);
    await t.step(`refuses ${one} with ${other}`, () => {
      assertThrows(() => check(options), ArarError, `${one} and ${other} cannot be combined: `);
    });
  }

  await t.step("allows a typed option with an exported one, which it overrides", () => {
    check({ roleSessionName: "x1" }, { ARAR_USERNAME_SESSION: "1" });
    check({ usernameSession: true }, { AWS_ROLE_SESSION_NAME: "x1" });
  });

  await t.step("refuses a typed option without the one it requires", () => {
    assertThrows(() => check({ audience: "a" }), ArarError, "--audience requires --oidc");
    check({ audience: "a" }, { ARAR_GITHUB_OIDC: "1" });
    assertThrows(() => check({ minTtl: "10m" }), ArarError, "--min-ttl requires --cache");
    check({}, { ARAR_MIN_TTL: "10m", ARAR_AUDIENCE: "a" });
  });
});

Deno.test("readEnv()", async (t) => {
  /** A process with these variables, of which some cannot be read. */
  const world = (env: Readonly<Record<string, string>>, unreadable: readonly string[], lists = true) => ({
    os: "linux" as const,
    env: () => ({ ...env }),
    hasEnv: (name: string) => name in env || unreadable.includes(name),
    envNames: () => lists ? [...Object.keys(env), ...unreadable] : undefined,
  });
  const message = (name: string) => `${name} is set to bytes that are not UTF-8, so arar cannot read it`;

  await t.step("keeps names as they are, but converts them to upper case on Windows", () => {
    const system = world({ Aws_Profile: "ci", PATH: "x" }, []);
    assertEquals({ ...readEnv(system) }, { Aws_Profile: "ci", PATH: "x" });
    assertEquals(readEnv({ ...system, os: "windows" }), { AWS_PROFILE: "ci", PATH: "x" });
  });

  for (const name of ["ARAR_POLCY", "AWS_SESSION_TOKEN", "AWS_BEARER_TOKEN_FOO", "BOTO_CONFIG", "TMPDIR"]) {
    await t.step(`refuses ${name} if it is not UTF-8`, () => {
      assertEquals(refusal(() => readEnv(world({ A: "b" }, [name]))), message(name));
    });
  }

  await t.step("refuses any other such variable when it is read, even where no names can be listed", () => {
    const env = readEnv(world({ A: "b" }, ["HOME", "ARAR_POLICY"], false));
    assertEquals(env.A, "b");
    for (const name of ["HOME", "ARAR_POLICY"]) assertThrows(() => env[name], ArarError, message(name));
  });

  await t.step("leaves alone what arar does not read, and PATH", () => {
    const env = readEnv(world({ A: "b" }, ["LS_COLORS", "PATH"]));
    assertEquals([{ ...env }, env.PATH], [{ A: "b" }, undefined]);
  });
});

Deno.test("refuseUnknownNames()", async (t) => {
  await t.step("accepts the variables of all options and the other documented ones", () => {
    const names = [...OPTION_LIST.flatMap((option: Option) => envNames(option)), ...OTHER_NAMES];
    refuseUnknownNames(Object.fromEntries(names.map((name) => [name, "x"])));
    refuseUnknownNames({ PATH: "x", ARARAT: "x", XARAR_TAG: "x" });
  });

  await t.step("accepts the variables of the install script", () => {
    const names = readText(".github/devcontainer/src/arar/install.sh").match(/\bARAR_\w+/g) ?? [];
    assertEquals(names.length > 4, true);
    refuseUnknownNames(Object.fromEntries(names.map((name) => [name, "x"])));
  });

  const rows = [
    ["ARAR_USER_NAME_SESSION", 'unknown variable "ARAR_USER_NAME_SESSION"; did you mean ARAR_USERNAME_SESSION?'],
    ["ARAR_PASSWORD_OF_MINE_XYZ", 'unknown variable "ARAR_PASSWORD_OF_MINE_XYZ"'],
    ["ARAR_DRY_RUN", "ARAR_DRY_RUN is not supported: use --dry-run, and unset ARAR_DRY_RUN"],
    ["ARAR_PRINT", "ARAR_PRINT is not supported: use --print, and unset ARAR_PRINT"],
  ] as const;
  for (const [name, message] of rows) {
    await t.step(`refuses ${name}`, () => assertEquals(refusal(() => refuseUnknownNames({ [name]: "1" })), message));
  }
});
