/** The real program with `--print`, `--mask`, `--dry-run`, and as a `credential_process`. */
import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { ararWords, baseEnv } from "../arar.ts";
import { actions, type EnvChange, failure, job, jobEnv, SHOW, show, skipUnless } from "../process/job.ts";
import { profileFiles } from "../profile/profiles.ts";
import { AWS, HAS_AWS, HAS_BOTO3, PYTHON } from "../python.ts";
import { ALICE, startSts, type StsServer, TERRAFORM_ROLE } from "../sts_server.ts";

/** The output of `--print`. */
async function printed(sts: StsServer, format: string): Promise<string> {
  const { code, stdout, stderr } = await job(sts, [`--print=${format}`], {}, { commandShowsSecrets: true });
  assertEquals([code, stderr], [0, ""]);
  return stdout;
}

Deno.test("--print", async (t) => {
  await t.step("prints what a command would get, in the syntax of each shell", async () => {
    await using sts = await startSts();
    const formats = { export: "export NAME='", fish: "set -gx NAME '", powershell: "$env:NAME = '", env: "NAME=" };
    for (const [format, start] of Object.entries(formats)) {
      const lines = (await printed(sts, format)).split("\n");
      for (const name of ["AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", "AWS_REGION"]) {
        assert(lines.some((line) => line.startsWith(start.replace("NAME", name))), `${format} ${name}`);
      }
      if (format === "export") assert(lines.includes("unset AWS_PROFILE") && !lines.includes("unset ARAR_OIDC"));
      // A container that reads the file does not have our region.
      if (format === "env") assert(lines.includes("AWS_DEFAULT_REGION=us-east-1"));
    }
  });

  await t.step({
    name: "can be evaluated in a POSIX shell",
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
});

Deno.test("--print github", async (t) => {
  const inGithub = async (use: (env: EnvChange, file: string) => Promise<void>) => {
    const file = await Deno.makeTempFile();
    await Deno.writeTextFile(file, "BEFORE=1\n");
    await use({ GITHUB_ACTIONS: "true", GITHUB_ENV: file }, file);
    await Deno.remove(file);
  };

  await t.step("appends to the job's environment, after masking the secrets on stderr", async () => {
    await using sts = await startSts();
    await inGithub(async (change, file) => {
      // Not scanned for secrets, since masking shows them to the runner.
      const profile = { AWS_PROFILE: "of-the-job", AWS_SECURITY_TOKEN: "" };
      const { code, stdout, stderr } = await job(sts, ["--print=github"], { ...change, ...profile }, {
        secrets: () => [],
      });
      assertEquals([code, stdout], [0, ""]);
      const text = await Deno.readTextFile(file);
      const entries = [...text.matchAll(/^(\w+)<<(arar_[0-9a-f]{32})\n(.*)\n\2$/gm)];
      const env = Object.fromEntries(entries.map(([, name, , value]) => [name, value]));
      assert(text.startsWith("BEFORE=1\n"));
      assertEquals(Object.keys(env), [
        "AWS_ACCESS_KEY_ID",
        "AWS_SECRET_ACCESS_KEY",
        "AWS_SESSION_TOKEN",
        "AWS_CREDENTIAL_EXPIRATION",
        "AWS_REGION",
      ]);
      const masked = [env.AWS_ACCESS_KEY_ID, env.AWS_SECRET_ACCESS_KEY, env.AWS_SESSION_TOKEN];
      const warning = "arar: warning: later steps still get AWS_PROFILE, which GITHUB_ENV cannot unset and some SDKs " +
        "prefer to keys; set it only for this step\n";
      assertEquals(stderr, `\n${masked.map((value) => `::add-mask::${value}\n`).join("")}${warning}`);
    });
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
  await t.step("masks before the command runs, in GitHub Actions only", async () => {
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
  await t.step("shows the plan without a call to AWS, with secrets in the command masked", async () => {
    await using sts = await startSts();
    const secret = ALICE.secretAccessKey;
    const command = ["terraform", "plan", `-var=password=${secret}`, "two words"];
    const text = await job(sts, ["-u", "--dry-run", "--refresh", "--", ...command], { AWS_PROFILE: "ignored" });
    assertEquals([text.code, text.stderr], [0, ""]);
    assertStringIncludes(
      text.stdout,
      "environment: set AWS_CONTAINER_CREDENTIALS_FULL_URI, AWS_CONTAINER_AUTHORIZATION_TOKEN\n" +
        "environment: set ARAR_SESSION_ARN, AWS_REGION\n" +
        "environment: removed AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, AWS_PROFILE, AWS_ROLE_ARN\n",
    );
    assertStringIncludes(text.stdout, "command: terraform plan '-var=password=***' 'two words' (");
    const code = ["--serial-number", "GAHT12345678", "--token-code", "482913"];
    const coded = await job(sts, ["--dry-run", ...code, "--", "login", "--code=482913"]);
    assertStringIncludes(coded.stdout, "command: login '--code=***' (");
    const json = await job(sts, ["-u", "--print=plan", "--", ...command]);
    assertEquals(JSON.parse(json.stdout).command, ["terraform", "plan", "-var=password=***", "two words"]);
    assertEquals(actions(sts), []);
  });

  await t.step("names the source without requesting credentials from it", async () => {
    await using sts = await startSts();
    using made = profileFiles("[profile p]\ncredential_process = touch asked\n");
    const { code, stdout } = await job(sts, ["--profile=p", "--dry-run"], made.env, { cwd: made.folder });
    assertEquals(code, 0);
    assertMatch(stdout, /^source: credential_process \(\[profile p\] of /);
    assertEquals((await Array.fromAsync(Deno.readDir(made.folder))).map(({ name }) => name).includes("asked"), false);
  });

  await t.step("refuses what could not work", async () => {
    await using sts = await startSts();
    failure(await job(sts, ["--dry-run"], { AWS_ROLE_ARN: "not-an-arn" }));
  });
});

/** A profile that starts arar, and the one with its source credentials, as in "Other tools" of the reference. */
function processProfile(): string {
  const { accessKeyId, secretAccessKey } = ALICE;
  const options = ["--cache", "--profile", "base", "--role-arn", TERRAFORM_ROLE.arn, "--print", "process"];
  const process = [...ararWords(), ...options];
  return `[profile base]
aws_access_key_id = ${accessKeyId}
aws_secret_access_key = ${secretAccessKey}
[profile deploy]
credential_process = ${process.map((word) => `"${word}"`).join(" ")}
`;
}

Deno.test("credential_process", async (t) => {
  const script = "import boto3; print(boto3.client('sts').get_caller_identity()['Arn'])";
  const clients = [
    ["aws", HAS_AWS, AWS, ["sts", "get-caller-identity", "--output", "text", "--query", "Arn"]],
    ["boto3", HAS_BOTO3, PYTHON, ["-c", script]],
  ] as const;
  for (const [name, isThere, program, args] of clients) {
    await t.step({
      name: `starts arar for ${name}, with one call to STS for all of its runs`,
      ignore: skipUnless(isThere, `no ${name}`),
      fn: async () => {
        await using sts = await startSts();
        using made = profileFiles(processProfile());
        const own = { AWS_ACCESS_KEY_ID: undefined, AWS_SECRET_ACCESS_KEY: undefined, AWS_ROLE_ARN: undefined };
        const profile = { AWS_PROFILE: "deploy", XDG_CACHE_HOME: made.folder };
        const env = jobEnv(sts, { ...made.env, ...own, ...inheritedForPython(), ...profile });
        for (const _ of [1, 2]) {
          const output = await new Deno.Command(program, { args: [...args], env, clearEnv: true }).output();
          const [stdout, stderr] = [output.stdout, output.stderr].map((bytes) => new TextDecoder().decode(bytes));
          assertMatch(stdout ?? "", /:assumed-role\/terraform-role\//, stderr);
        }
        assertEquals(actions(sts), ["AssumeRole", "GetCallerIdentity", "GetCallerIdentity"]);
      },
    });
  }
});

/** The other variables that programs in Python, and the arar that they start, need. */
function inheritedForPython(): EnvChange {
  const names = ["HOME", "PYENV_ROOT", "PYENV_VERSION"].filter((name) => Deno.env.get(name) !== undefined);
  return { ...baseEnv(), ...Object.fromEntries(names.map((name) => [name, Deno.env.get(name)])) };
}
