/** The walk does what was asked, in order, and its failures are printed once. */
import { assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { run } from "../lib/run.ts";
import { fakeSts } from "./fake_sts.ts";
import { type FakeOptions, fakeSystem } from "./fake_system.ts";
import { ALICE, callerEnv, TERRAFORM_ROLE } from "./sts_server.ts";

const JOB = { ...callerEnv(ALICE), AWS_ROLE_ARN: TERRAFORM_ROLE.arn, AWS_DEFAULT_REGION: "us-east-1" };

async function walk(options: FakeOptions) {
  const sts = fakeSts();
  const fake = fakeSystem({ env: JOB, fetch: sts.fetch, now: Date.now(), ...options });
  const code = await run(fake.system);
  return { code, sts, fake, actions: fake.actions, stdout: fake.stdout(), stderr: fake.stderr() };
}

Deno.test("run()", async (t) => {
  await t.step("assumes the role, changes its environment, runs the command and ends as it did", async () => {
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

  await t.step("refuses a session that cannot be an environment variable, and changes nothing", async () => {
    const sts = fakeSts();
    const { code, actions, stderr } = await walk({
      args: ["--", "make"],
      fetch: async (url, init) => {
        const response = await sts.fetch(url, init);
        return new Response((await response.text()).replace("<SessionToken>", "<SessionToken>\0"), response);
      },
    });
    assertEquals([code, actions], [125, []]);
    assertEquals(stderr, "arar: cannot set AWS_SESSION_TOKEN for the command: its value contains a NUL character\n");
  });

  await t.step("starts the canary once the credentials are there, and only for a command beside it", async () => {
    const rows = [
      [["-u", "--", "make"], ["ask", "ask", "canary", "spawn"]],
      [["--exec", "--", "make"], ["ask"]],
      [[], ["ask"]],
    ] as const;
    for (const [args, expected] of rows) {
      const order: string[] = [];
      const sts = fakeSts();
      const { system } = fakeSystem({ env: JOB, now: Date.now(), args, canReplaceProcess: true });
      await run({
        ...system,
        fetch: (url, options) => {
          order.push("ask");
          return sts.fetch(url, options);
        },
        startCanary: (signals) => {
          order.push("canary");
          return system.startCanary(signals);
        },
        spawn: (command) => {
          order.push("spawn");
          return system.spawn(command);
        },
      });
      assertEquals(order, [...expected]);
    }
  });

  await t.step("dies of the signal that killed the command", async () => {
    const { code, actions } = await walk({ args: ["--", "make"], end: { kind: "signalled", signal: 15 } });
    assertEquals([code, actions.at(-1)], [143, "die 15"]);
  });

  await t.step("assumes the role as a check where there is no command", async () => {
    const { code, actions, stdout, stderr } = await walk({});
    assertEquals([code, actions, stderr], [0, [], ""]);
    assertMatch(stdout, /^arn:aws:sts::123456789012:assumed-role\/terraform-role\/arar-\d+ until .*Z\n$/);
  });

  await t.step("touches nothing where the settings are wrong", async () => {
    const { code, actions, sts, stderr } = await walk({ args: ["--region", "No", "--", "make"] });
    assertEquals([code, actions, sts.requests], [125, [], []]);
    assertEquals(stderr, 'arar: --region is "No"; expected a region, such as eu-west-1\n');
  });

  await t.step("asks STS for nothing where the command could not be run", async () => {
    const exec = await walk({ args: ["--exec", "--", "make"] });
    assertEquals([exec.code, exec.sts.requests], [125, []]);
    const lossy = await walk({ args: ["--", "cat", "caf\ufffd"] });
    assertEquals([lossy.code, lossy.sts.requests], [125, []]);
  });

  await t.step("becomes the command under --exec", async () => {
    const { code, actions } = await walk({ args: ["--exec", "--", "make", "x"], canReplaceProcess: true });
    assertEquals([code, actions.at(-1)], [127, "exec make x"]);
  });

  await t.step("asks for the MFA code at the terminal", async () => {
    const serial = ALICE.mfa?.serial ?? "";
    const code = ALICE.mfa?.codes[0] ?? "";
    const { sts, stderr, ...result } = await walk({ args: ["--serial-number", serial, "make"], typed: ["x", code] });
    assertEquals(result.code, 0, stderr);
    assertEquals(sts.requests[0]?.params.TokenCode, code);
    assertEquals(stderr.split("MFA code for ").length, 3);
  });

  await t.step("runs nothing in an account that was not expected", async () => {
    const { code, actions, stderr } = await walk({ args: ["--expect-account=210987654321", "--", "make"] });
    assertEquals([code, actions], [125, []]);
    assertStringIncludes(
      stderr,
      "is in account 123456789012, --expect-account expects 210987654321\n",
    );
  });

  await t.step("compares names without case on Windows", async () => {
    const { AWS_ROLE_ARN, ...rest } = JOB;
    const env = { ...rest, "Aws_Role_Arn": AWS_ROLE_ARN };
    assertEquals((await walk({ os: "windows", env, args: ["make"] })).code, 0);
    assertEquals((await walk({ env, args: ["make"] })).code, 125);
  });

  await t.step("prints help and version, and minds a reader that goes away as little as others do", async () => {
    assertMatch((await walk({ args: ["--version"] })).stdout, /^arar \d+\.\d+\.\d+ \(deno 0\.0\.0, test\)\n$/);
    assertMatch((await walk({ args: ["-h"] })).stdout, /^arar, /);
    const gone = Object.assign(new Error("broken pipe"), { name: "BrokenPipe" });
    assertEquals((await walk({ args: ["-h"], stdoutError: gone })).code, 0);
    const full = await walk({ args: ["-h"], stdoutError: new Error("no space") });
    assertEquals([full.code, full.stderr], [125, "arar: cannot write to stdout\n"]);
  });

  await t.step("hides a secret that stands where none belongs", async () => {
    const { code, stderr } = await walk({ args: ["--region", ALICE.secretAccessKey] });
    assertEquals(code, 125);
    assertMatch(stderr, /^arar: --region is "\*\*\*"; expected /);
  });

  await t.step("hides it in what it says on the way too, and in a question", async () => {
    const misplaced = [
      "--role-session-name",
      "alice+SECRET-EXAMPLE-only",
      "--serial-number",
      "alice+SECRET-EXAMPLE-only",
    ];
    const env = { ...JOB, AWS_SESSION_TOKEN: "alice+SECRET-EXAMPLE-only" };
    const { stderr } = await walk({ args: ["-v", ...misplaced], env, typed: ["794613"] });
    assertStringIncludes(stderr, "arar: session name: *** (--role-session-name)\n");
    assertStringIncludes(stderr, "MFA code for ***: ");
    assertEquals(stderr.includes("SECRET"), false);
  });

  await t.step("shows a failure of its own making as such, without its message", async () => {
    const system = fakeSystem({ env: JOB }).system;
    let stderr = "";
    const broken = {
      ...system,
      writeStderr: (text: string) => void (stderr += text),
      guardSignals: () => {
        throw new RangeError(`with ${ALICE.secretAccessKey} in it`);
      },
    };
    assertEquals(await run(broken), 125);
    assertEquals(
      stderr,
      "arar: internal error (RangeError); please report it at https://github.com/ikedam/arar/issues\n",
    );
  });
});
