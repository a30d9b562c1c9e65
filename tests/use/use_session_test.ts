/**
 * What is done with a session besides running a command with it, on the real program.
 */
import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { join } from "node:path";
import { ararWords, baseEnv } from "../arar.ts";
import { actions, type EnvChange, failure, job, jobEnv, SHOW, show, skipUnless } from "../process/job.ts";
import { AWS, HAS_BOTO3, hasAws, PYTHON } from "../python.ts";
import { ALICE, startSts, type StsServer, TERRAFORM_ROLE } from "../sts_server.ts";

/** Prints the session; the result is what stands on stdout. */
async function printed(sts: StsServer, format: string, args: readonly string[] = []): Promise<string> {
  const options = { commandShowsSecrets: true };
  const { code, stdout, stderr } = await job(sts, [`--print=${format}`, ...args], {}, options);
  assertEquals([code, stderr], [0, ""]);
  return stdout;
}

Deno.test("--print", async (t) => {
  await t.step("gives what a command would be given, in every shell's words", async () => {
    await using sts = await startSts();
    const lines = {
      export: (await printed(sts, "export")).split("\n"),
      fish: (await printed(sts, "fish")).split("\n"),
      powershell: (await printed(sts, "powershell")).split("\n"),
      env: (await printed(sts, "env")).split("\n"),
    };
    for (const name of ["AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", "AWS_REGION"]) {
      assert(lines.export.some((line) => line.startsWith(`export ${name}='`)), name);
      assert(lines.fish.some((line) => line.startsWith(`set -gx ${name} '`)), name);
      assert(lines.powershell.some((line) => line.startsWith(`$env:${name} = '`)), name);
      assert(lines.env.some((line) => line.startsWith(`${name}=`)), name);
    }
    assert(lines.export.includes("unset AWS_PROFILE"));
    assert(!lines.export.includes("unset ARAR_OIDC"));
    // A container that reads the file has no region of ours.
    assert(lines.env.includes("AWS_DEFAULT_REGION=us-east-1"));
  });

  await t.step("gives process JSON that an SDK takes", async () => {
    await using sts = await startSts();
    const { Version, AccessKeyId, AccountId, Expiration } = JSON.parse(await printed(sts, "process"));
    assertEquals({ Version, AccountId }, { Version: 1, AccountId: "123456789012" });
    assertMatch(AccessKeyId, /^ASIA/);
    assert(Date.parse(Expiration) > Date.now());
  });

  await t.step("gives terragrunt the keys and the region", async () => {
    await using sts = await startSts();
    const { awsCredentials, envs } = JSON.parse(await printed(sts, "terragrunt"));
    assertMatch(awsCredentials.ACCESS_KEY_ID, /^ASIA/);
    assertEquals(Object.keys(envs), ["AWS_CREDENTIAL_EXPIRATION", "AWS_REGION"]);
  });

  await t.step({
    name: "makes eval in a POSIX shell all that is needed",
    ignore: Deno.build.os === "windows",
    fn: async () => {
      await using sts = await startSts();
      const words = ararWords().map((word) => `'${word}'`).join(" ");
      const { stdout, success } = await new Deno.Command("sh", {
        args: [
          "-c",
          `set -e; credentials=$(${words} -u --print export); eval "$credentials"; exec "$@"`,
          "sh",
          ...SHOW,
        ],
        env: { ...baseEnv(), ...jobEnv(sts, { AWS_PROFILE: "shadow", HOME: "/nonexistent" }) },
        clearEnv: true,
      }).output();
      assert(success);
      const { env } = JSON.parse(new TextDecoder().decode(stdout));
      assertMatch(env.AWS_ACCESS_KEY_ID, /^ASIA/);
      assertEquals([env.AWS_PROFILE, env.AWS_ROLE_ARN], [undefined, undefined]);
    },
  });

  await t.step("takes no command, and no unknown format", async () => {
    await using sts = await startSts();
    assertStringIncludes(failure(await job(sts, ["--print=json", "--", "true"]))[0] ?? "", "drop one");
    assertStringIncludes(failure(await job(sts, ["--print=yaml"]))[0] ?? "", "expected process, env, export");
    assertEquals(actions(sts), []);
  });
});

Deno.test("--print github", async (t) => {
  const inGithub = async (use: (env: EnvChange, file: string) => Promise<void>) => {
    const file = await Deno.makeTempFile();
    await Deno.writeTextFile(file, "BEFORE=1\n");
    await use({ GITHUB_ACTIONS: "true", GITHUB_ENV: file }, file);
    await Deno.remove(file);
  };

  await t.step("appends to the job's environment, and masks the secrets on stderr first", async () => {
    await using sts = await startSts();
    await inGithub(async (change, file) => {
      // Masking shows the secrets to the runner, so this is the one run that is not scanned for them.
      const { code, stdout, stderr } = await job(sts, ["--print=github"], change, { secrets: () => [] });
      assertEquals([code, stdout], [0, ""]);
      const text = await Deno.readTextFile(file);
      const values = [...text.matchAll(/^(\w+)<<(arar_[0-9a-f]{32})\n(.*)\n\2$/gm)].map((
        [, name, , value],
      ) => [name, value]);
      const env = Object.fromEntries(values);
      assert(text.startsWith("BEFORE=1\n"));
      assertEquals(Object.keys(env), [
        "AWS_ACCESS_KEY_ID",
        "AWS_SECRET_ACCESS_KEY",
        "AWS_SESSION_TOKEN",
        "AWS_CREDENTIAL_EXPIRATION",
        "AWS_REGION",
      ]);
      const masked = [env.AWS_ACCESS_KEY_ID, env.AWS_SECRET_ACCESS_KEY, env.AWS_SESSION_TOKEN];
      assertEquals(stderr, `\n${masked.map((value) => `::add-mask::${value}\n`).join("")}`);
    });
  });

  await t.step("is for GitHub Actions only", async () => {
    await using sts = await startSts();
    for (const change of [{}, { GITHUB_ACTIONS: "true" }, { GITHUB_ENV: "/tmp/never-written" }]) {
      assertStringIncludes(
        failure(await job(sts, ["--print=github"], change))[0] ?? "",
        "--print github is for GitHub Actions",
      );
    }
    assertEquals(actions(sts), []);
  });

  await t.step({
    name: "is refused if stderr is a file",
    ignore: Deno.build.os === "windows",
    fn: async () => {
      await using sts = await startSts();
      await inGithub(async (change, file) => {
        const words = ararWords().map((word) => `'${word}'`).join(" ");
        const { code } = await new Deno.Command("sh", {
          args: ["-c", `${words} --print github 2>"$LOG"`],
          env: { ...baseEnv(), ...jobEnv(sts, change), LOG: `${file}.log` },
          clearEnv: true,
        }).output();
        const log = await Deno.readTextFile(`${file}.log`);
        await Deno.remove(`${file}.log`);
        assertEquals(code, 125);
        assertStringIncludes(log, "arar: cannot mask: stderr is redirected to a file");
        for (const secret of sts.secrets()) assert(!log.includes(secret));
        assertEquals(await Deno.readTextFile(file), "BEFORE=1\n");
      });
    },
  });
});

Deno.test("--mask", async (t) => {
  await t.step("masks before a command runs, in GitHub Actions only", async () => {
    await using sts = await startSts();
    const github = { GITHUB_ACTIONS: "true" };
    const { stderr } = await job(sts, ["--mask", "--", ...SHOW], github, {
      secrets: () => [],
      commandShowsSecrets: true,
    });
    assertEquals(stderr.match(/^::add-mask::.+$/gm)?.length, 3);
    assertEquals((await show(sts, ["--mask"])).stderr, "");
  });
});

Deno.test("--dry-run", async (t) => {
  await t.step("shows the plan without a call, and without a secret that stands in the command", async () => {
    await using sts = await startSts();
    const secret = ALICE.secretAccessKey;
    const command = ["terraform", "plan", `-var=password=${secret}`, "two words"];
    const text = await job(sts, ["-u", "--dry-run", "--refresh", "--", ...command], { AWS_PROFILE: "ignored" });
    assertEquals([text.code, text.stderr], [0, ""]);
    assertStringIncludes(
      text.stdout,
      "session name: the caller's IAM user name, from STS (--username-session)\n",
    );
    assertStringIncludes(
      text.stdout,
      "environment: set AWS_CONTAINER_CREDENTIALS_FULL_URI, AWS_CONTAINER_AUTHORIZATION_TOKEN, ARAR_SESSION_ARN, AWS_REGION; " +
        "removed AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, AWS_PROFILE, AWS_ROLE_ARN\n",
    );
    assertStringIncludes(text.stdout, "command: terraform plan '-var=password=***' 'two words' (");
    const json = await job(sts, ["-u", "--print=plan", "--", ...command]);
    assertEquals(JSON.parse(json.stdout).command, ["terraform", "plan", "-var=password=***", "two words"]);
    assertEquals(actions(sts), []);
  });

  await t.step("names a source that would have to be asked, and does not ask it", async () => {
    await using sts = await startSts();
    await withConfig("[profile p]\ncredential_process = touch asked\n", async (change, home) => {
      const { code, stdout } = await job(sts, ["--profile=p", "--dry-run"], change, { cwd: home });
      assertEquals(code, 0);
      assertMatch(stdout, /^source: profile \(\[profile p\] of /);
      assertEquals((await Array.fromAsync(Deno.readDir(home))).map(({ name }) => name), ["config"]);
    });
  });

  await t.step("still refuses what could not work", async () => {
    await using sts = await startSts();
    failure(await job(sts, ["--dry-run"], { AWS_ROLE_ARN: "not-an-arn" }));
  });
});

/** A config file of its own, in a folder of its own. */
async function withConfig(text: string, use: (change: EnvChange, home: string) => Promise<void>): Promise<void> {
  const home = await Deno.makeTempDir();
  await Deno.writeTextFile(join(home, "config"), text);
  await use({ AWS_CONFIG_FILE: join(home, "config") }, home);
  await Deno.remove(home, { recursive: true });
}

/** As the reference's "Other tools" has it: a profile that starts arar, and the one whose keys arar starts from. */
function processProfile(): string {
  const { accessKeyId, secretAccessKey } = ALICE;
  const process = [
    ...ararWords(),
    "--cache",
    "--profile",
    "base",
    "--role-arn",
    TERRAFORM_ROLE.arn,
    "--print",
    "process",
  ];
  return `[profile base]
aws_access_key_id = ${accessKeyId}
aws_secret_access_key = ${secretAccessKey}
[profile deploy]
credential_process = ${process.map((word) => `"${word}"`).join(" ")}
`;
}

Deno.test("credential_process", async (t) => {
  const CLIENTS: Readonly<Record<string, readonly [string, ...string[]]>> = {
    aws: [AWS, "sts", "get-caller-identity", "--output", "text", "--query", "Arn"],
    boto3: [PYTHON, "-c", "import boto3; print(boto3.client('sts').get_caller_identity()['Arn'])"],
  };
  const has = { aws: hasAws(), boto3: HAS_BOTO3 };
  for (const [name, [program, ...args]] of Object.entries(CLIENTS)) {
    const ignore = skipUnless(Object.entries(has).some(([one, there]) => one === name && there), `no ${name}`);
    await t.step({
      name: `starts arar for ${name}, which asks STS once for all of its runs`,
      ignore: ignore,
      fn: async () => {
        await using sts = await startSts();
        await withConfig(processProfile(), async (change, home) => {
          const own = { AWS_ACCESS_KEY_ID: undefined, AWS_SECRET_ACCESS_KEY: undefined, AWS_ROLE_ARN: undefined };
          const env = jobEnv(sts, {
            ...change,
            ...own,
            ...inheritedForPython(),
            AWS_PROFILE: "deploy",
            XDG_CACHE_HOME: home,
          });
          for (const _ of [1, 2]) {
            const { stdout, stderr } = await new Deno.Command(program, { args, env, clearEnv: true }).output();
            assertMatch(
              new TextDecoder().decode(stdout),
              /:assumed-role\/terraform-role\//,
              new TextDecoder().decode(stderr),
            );
          }
          assertEquals(actions(sts), ["AssumeRole", "GetCallerIdentity", "GetCallerIdentity"]);
        });
      },
    });
  }
});

/** What programs in Python, and the arar that they start, need besides AWS's names. */
function inheritedForPython(): EnvChange {
  const names = ["HOME", "PYENV_ROOT", "PYENV_VERSION"].filter((name) => Deno.env.get(name) !== undefined);
  return { ...baseEnv(), ...Object.fromEntries(names.map((name) => [name, Deno.env.get(name)])) };
}
