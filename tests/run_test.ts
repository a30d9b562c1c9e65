/** Whole runs without a process: the steps in order, and the errors. */
import { assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { run } from "../lib/run.ts";
import { fakeSts } from "./fake_sts.ts";
import { type FakeOptions, fakeSystem } from "./fake_system.ts";
import { ALICE, callerEnv, TERRAFORM_ROLE } from "./sts_server.ts";

const JOB = { ...callerEnv(ALICE), AWS_ROLE_ARN: TERRAFORM_ROLE.arn, AWS_DEFAULT_REGION: "us-east-1" };

async function walk(options: FakeOptions) {
  const sts = fakeSts();
  const fake = fakeSystem({ env: JOB, connect: sts.connect, now: Date.now(), ...options });
  const code = await run(fake.system);
  return { code, sts, fake, actions: fake.actions, stdout: fake.stdout(), stderr: fake.stderr() };
}

Deno.test("run()", async (t) => {
  await t.step("assumes the role, changes its environment, runs the command and ends with its exit code", async () => {
    const { code, fake, actions, sts, stderr } = await walk({
      args: ["-u", "--", "make", "it so"],
      end: { kind: "exited", code: 7 },
    });
    assertEquals([code, stderr], [7, ""]);
    assertEquals(sts.requests.map(({ action }) => action), ["GetCallerIdentity", "AssumeRole"]);
    assertEquals(actions.map((action) => action.replace(/=.*$/s, "=")), [
      "delete AWS_ROLE_ARN",
      "delete AWS_ACCESS_KEY_ID",
      "delete AWS_SECRET_ACCESS_KEY",
      "set AWS_ACCESS_KEY_ID=",
      "set AWS_SECRET_ACCESS_KEY=",
      "set AWS_SESSION_TOKEN=",
      "set AWS_CREDENTIAL_EXPIRATION=",
      "set ARAR_SESSION_ARN=",
      "set AWS_REGION=",
      "spawn make it so",
    ]);
    assertMatch(fake.env.AWS_ACCESS_KEY_ID ?? "", /^ASIA/);
  });

  await t.step("shows neither its own MFA code nor the plan twice", async () => {
    const args = ["--serial-number=GAHT12345678", "--token-code=794613", "--", "tool", "--otp=794613"];
    const { stdout, stderr, sts } = await walk({ args: ["-v", "--dry-run", ...args] });
    assertEquals([stdout.includes("794613"), stderr, sts.requests], [false, "", []]);
    assertStringIncludes(stdout, "--otp=***");
  });

  await t.step("refuses a session that does not fit into an environment variable, and changes nothing", async () => {
    const { connect } = fakeSts((text) => text.replace("<SessionToken>", "<SessionToken>\0"));
    const { code, actions, stderr } = await walk({ args: ["--", "make"], connect });
    assertEquals([code, actions], [125, []]);
    assertEquals(stderr, "arar: cannot set AWS_SESSION_TOKEN for the command: its value contains a NUL character\n");
  });

  const wrong: readonly (readonly [what: string, from: RegExp, to: string, message: string])[] = [
    [
      "another role",
      /assumed-role\/terraform-role/,
      "assumed-role/evil",
      'session "arn:aws:sts::123456789012:assumed-role/evil/alice" is not one of role "' + TERRAFORM_ROLE.arn + '"',
    ],
    [
      "another account",
      /sts::\d{12}:/,
      "sts::666666666666:",
      'session "arn:aws:sts::666666666666:assumed-role/terraform-role/alice" is not one of role "' +
      TERRAFORM_ROLE.arn + '"',
    ],
    [
      "a session that has expired",
      /<Expiration>[^<]*/,
      "<Expiration>2020-01-01T00:00:00Z",
      'session "arn:aws:sts::123456789012:assumed-role/terraform-role/alice" expired at 2020-01-01T00:00:00Z already',
    ],
  ];
  for (const [what, from, to, message] of wrong) {
    await t.step(`runs nothing if STS issues ${what}`, async () => {
      const { connect } = fakeSts((text) => text.includes("AssumeRoleResult") ? text.replace(from, to) : text);
      const { code, actions, stderr } = await walk({ args: ["-u", "--", "make"], connect });
      assertEquals([code, actions, stderr.split("\n")[0]], [125, [], `arar: ${message}`]);
    });
  }

  await t.step("starts the canary once it has the credentials, and only for a child process", async () => {
    const rows = [
      [["-u", "--", "make"], ["connect", "spawn", "canary"]],
      [["--exec", "--", "make"], ["connect"]],
      [[], ["connect"]],
    ] as const;
    for (const [args, expected] of rows) {
      const order: string[] = [];
      const sts = fakeSts();
      const { system } = fakeSystem({ env: JOB, now: Date.now(), args, canReplaceProcess: true });
      const noted =
        <Args extends unknown[], Result>(name: string, action: (...args: Args) => Result) => (...args: Args) => {
          order.push(name);
          return action(...args);
        };
      await run({
        ...system,
        connect: noted("connect", sts.connect),
        startCanary: noted("canary", system.startCanary),
        spawn: noted("spawn", system.spawn),
      });
      assertEquals(order, [...expected]);
    }
  });

  await t.step("makes no call to STS if the command cannot be run", async () => {
    const exec = await walk({ args: ["--exec", "--", "make"] });
    assertEquals([exec.code, exec.sts.requests], [125, []]);
    const lossy = await walk({ args: ["--", "cat", "caf\ufffd"] });
    assertEquals([lossy.code, lossy.sts.requests], [125, []]);
  });

  await t.step("compares names without case on Windows", async () => {
    const { AWS_ROLE_ARN, ...rest } = JOB;
    const env = { ...rest, "Aws_Role_Arn": AWS_ROLE_ARN };
    assertEquals((await walk({ os: "windows", env, args: ["make"] })).code, 0);
    assertEquals((await walk({ env, args: ["make"] })).code, 125);
  });

  await t.step("prints help and version, and ignores a closed pipe", async () => {
    assertMatch((await walk({ args: ["--version"] })).stdout, /^arar \d+\.\d+\.\d+ \(deno 0\.0\.0, test\)\n$/);
    assertMatch((await walk({ args: ["-h"] })).stdout, /^arar, /);
    const gone = Object.assign(new Error("broken pipe"), { name: "BrokenPipe" });
    assertEquals((await walk({ args: ["-h"], stdoutError: gone })).code, 0);
    const full = await walk({ args: ["-h"], stdoutError: new Error("no space") });
    assertEquals([full.code, full.stderr], [125, "arar: cannot write to stdout\n"]);
  });

  await t.step("masks a secret in an error", async () => {
    const { code, stderr } = await walk({ args: ["--region", ALICE.secretAccessKey] });
    assertEquals(code, 125);
    assertMatch(stderr, /^arar: --region is "\*\*\*"; expected /);
  });

  await t.step("masks a secret in verbose output and prompts", async () => {
    const secret = "alice+SECRET-EXAMPLE-only";
    const args = ["-v", `--role-session-name=${secret}`, `--serial-number=${secret}`];
    const { stderr } = await walk({
      args,
      env: { ...JOB, AWS_CONTAINER_AUTHORIZATION_TOKEN: secret },
      typed: ["794613"],
    });
    assertStringIncludes(stderr, "arar: session name: *** (--role-session-name)\n");
    assertStringIncludes(stderr, "MFA code for ***: ");
    assertEquals(stderr.includes("SECRET"), false);
  });

  await t.step("reports an internal error without its message", async () => {
    const { system, stderr } = fakeSystem({ env: JOB });
    const guardSignals = () => {
      throw new RangeError(`with ${ALICE.secretAccessKey} in it`);
    };
    assertEquals(await run({ ...system, guardSignals }), 125);
    const report = "please report it at https://github.com/ikedam/arar/issues";
    assertEquals(stderr(), `arar: internal error (RangeError); ${report}\n`);
  });
});
