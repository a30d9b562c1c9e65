/**
 * `--refresh` on the real program, with sessions of a few seconds and the clients that people use.
 */
import { assert, assertEquals, assertGreaterOrEqual, assertStringIncludes } from "@std/assert";
import { ararCommand, ararWords } from "../arar.ts";
import { PYTHON } from "../python.ts";
import {
  ALICE,
  ALICE_MFA,
  callerEnv,
  GITHUB,
  MFA_ROLE,
  startSts,
  TERRAFORM_ROLE,
  WEB_IDENTITY_ROLE,
} from "../sts_server.ts";
import { hasProgram, job, jobEnv } from "./job.ts";
import { startObjectStore } from "./object_store.ts";

/** Long enough for a client to use what it was just given, short enough to cross several renewals in a test. */
const SECONDS = 4;

/** A program in JavaScript as the command. `credentials()` asks as an SDK does; it gives status and body. */
function script(text: string): string[] {
  return [
    Deno.execPath(),
    "eval",
    `const { AWS_CONTAINER_CREDENTIALS_FULL_URI: uri, AWS_CONTAINER_AUTHORIZATION_TOKEN: token } = Deno.env.toObject();
     const credentials = async () => {
       const response = await fetch(uri, { headers: { authorization: token } });
       return { status: response.status, ...await response.json() };
     };
     const pause = (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds));
     ${text}`,
  ];
}

/** A case for a program that may not be there. */
function stepWith(program: string, args: readonly string[]) {
  const ignore = !hasProgram(program, ...args);
  const why = ignore ? ` (skipped: no ${program} ${args.join(" ")})` : "";
  return (t: Deno.TestContext, name: string, fn: () => Promise<void>) => t.step({ name: name + why, ignore, fn });
}

const withBoto3 = stepWith(PYTHON, ["-c", "import boto3"]);
const withAws = stepWith("aws", ["--version"]);
const withTerraform = stepWith("terraform", ["version"]);

/** What keeps clients from asking anybody but STS and the endpoint. */
const ALONE = { AWS_EC2_METADATA_DISABLED: "true", CHECKPOINT_DISABLE: "1", ...pyenv() };

/** A shim of pyenv's finds its programs by these. */
function pyenv(): Record<string, string> {
  const names = ["PYENV_ROOT", "PYENV_VERSION"];
  const set = names.flatMap((name) => {
    const value = Deno.env.get(name);
    return value === undefined ? [] : [[name, value]];
  });
  return Object.fromEntries(set);
}

Deno.test("--refresh", async (t) => {
  await t.step("gives the command an endpoint in place of keys, and takes it away with the command", async () => {
    await using sts = await startSts();
    const { code, stdout, stderr } = await job(
      sts,
      ["-v", "--refresh", "--", ...script("console.log(JSON.stringify([Deno.env.toObject(), await credentials()]))")],
      { AWS_PROFILE: "shadow", AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE: "/shadow" },
      { commandShowsSecrets: true },
    );
    assertEquals(code, 0, stderr);
    const [env, credentials] = JSON.parse(stdout);
    const names = Object.keys(env).filter((name) => name.startsWith("AWS_")).sort();
    assertEquals(names, [
      "AWS_CONTAINER_AUTHORIZATION_TOKEN",
      "AWS_CONTAINER_CREDENTIALS_FULL_URI",
      "AWS_DEFAULT_REGION",
      "AWS_ENDPOINT_URL_STS",
      "AWS_REGION",
    ]);
    assertEquals([credentials.status, credentials.AccountId], [200, "123456789012"]);
    assert(!stderr.includes(env.AWS_CONTAINER_AUTHORIZATION_TOKEN), "the token stands on stderr");
    const { port } = new URL(env.AWS_CONTAINER_CREDENTIALS_FULL_URI);
    const gone = await Deno.connect({ hostname: "127.0.0.1", port: Number(port) }).then(() => false, () => true);
    assert(gone, "the endpoint outlives the command");
  });

  await t.step("ends as the command does", async () => {
    await using sts = await startSts();
    assertEquals((await job(sts, ["--refresh", "--", ...script("Deno.exit(42)")])).code, 42);
    assertEquals((await job(sts, ["--refresh", "--", "no-such-command-at-all"])).code, 127);
  });

  await t.step("answers fifty clients at once, during a renewal too", async () => {
    let roles = 0;
    await using sts = await startSts({
      sessionSeconds: SECONDS,
      faults: ({ action }) => action === "AssumeRole" && ++roles > 1 ? { kind: "hang" } : undefined,
    });
    const { code, stdout, stderr } = await job(
      sts,
      [
        "--refresh",
        "--",
        ...script(`
          await pause(${SECONDS * 600});
          const all = await Promise.all(Array.from({ length: 50 }, credentials));
          console.log(all.filter(({ status }) => status === 200).length);
        `),
      ],
    );
    assertEquals([code, stdout.trim(), roles], [0, "50", 2], stderr);
  });

  await t.step("says why once a session could not be renewed: to the command, and in one line on stderr", async () => {
    let roles = 0;
    await using sts = await startSts({
      sessionSeconds: SECONDS,
      faults: ({ action }) =>
        action === "AssumeRole" && ++roles > 1
          ? { kind: "error", code: "AccessDenied", message: "not any more", status: 403 }
          : undefined,
    });
    const { stdout, stderr } = await job(sts, [
      "--refresh",
      "--",
      ...script(`
        const seen = [];
        for (;;) {
          const { status, Code, Message } = await credentials();
          seen.push(status);
          // Its end is told a moment before the reason is known.
          if (status !== 200 && Message.includes("could not be renewed")) {
            console.log(JSON.stringify({ statuses: [...new Set(seen)], Code, Message }));
            break;
          }
          await pause(100);
        }
        await pause(3000);
      `),
    ]);
    const { statuses, Code, Message } = JSON.parse(stdout);
    assertEquals([statuses, Code], [[200, 400], "ExpiredToken"]);
    assertStringIncludes(Message, "could not be renewed: ");
    const told = stderr.split("\n").filter((line) => line.includes("could not be renewed"));
    assertEquals(told.length, 1, stderr);
    assertStringIncludes(told[0] ?? "", TERRAFORM_ROLE.arn);
  });

  await t.step("says before the start that an MFA session cannot be renewed, and asks nobody later", async () => {
    await using sts = await startSts({ sessionSeconds: SECONDS });
    const { code, stderr } = await job(sts, [
      ...["--refresh", "--role-arn", MFA_ROLE.arn],
      ...["--serial-number", ALICE_MFA.serial, "--token-code", ALICE_MFA.codes[0] ?? ""],
      "--",
      ...script("while ((await credentials()).status === 200) await pause(200); await pause(1500);"),
    ]);
    assertEquals(code, 0, stderr);
    const [first = "", second = "", ...rest] = stderr.trimEnd().split("\n");
    assertStringIncludes(first, "arar: warning: the session expires at ");
    assertStringIncludes(second, "could not be renewed: that takes an MFA code");
    assertEquals([rest, sts.requests.length], [[], 1]);
  });

  for (const hours of [-2, 2]) {
    await t.step(`counts by STS's clock where it is ${hours} hours off`, async () => {
      await using sts = await startSts({ sessionSeconds: SECONDS, clockOffsetSeconds: hours * 3600 });
      const { code, stdout, stderr } = await job(sts, [
        "--refresh",
        "--",
        ...script(`
          const keys = new Set();
          while (keys.size < 3) {
            const { status, AccessKeyId, Expiration } = await credentials();
            if (status === 200 && Date.parse(Expiration) > Date.now()) keys.add(AccessKeyId);
            await pause(100);
          }
          console.log("renewed");
        `),
      ]);
      assertEquals([code, stdout, stderr], [0, "renewed\n", ""]);
    });
  }

  await t.step("reads a web identity token again at renewal", async () => {
    await using sts = await startSts({ sessionSeconds: SECONDS });
    const file = await Deno.makeTempFile();
    await Deno.writeTextFile(file, GITHUB.mint({}));
    const { code, stderr } = await job(
      sts,
      [
        "--refresh",
        "--web-identity-token-file",
        file,
        "--",
        ...script(`
          await Deno.writeTextFile(${JSON.stringify(file)}, ${
          JSON.stringify(GITHUB.mint({ exp: Math.floor(Date.now() / 1000) + 600 }))
        });
          await pause(${SECONDS * 800});
        `),
      ],
      {
        AWS_ACCESS_KEY_ID: undefined,
        AWS_SECRET_ACCESS_KEY: undefined,
        AWS_ROLE_ARN: WEB_IDENTITY_ROLE.arn,
      },
    );
    await Deno.remove(file);
    assertEquals(code, 0, stderr);
    assertEquals(new Set(sts.requests.map(({ params }) => params.WebIdentityToken)).size, 2);
  });
});

Deno.test("--refresh across renewals", async (t) => {
  await withBoto3(t, "keeps a boto3 program going", async () => {
    await using sts = await startSts({ sessionSeconds: SECONDS });
    const { code, stdout, stderr } = await job(sts, [
      "--refresh",
      "--",
      PYTHON,
      "-c",
      `
import boto3, time
session = boto3.Session()
client, keys = session.client("sts"), []
end = time.time() + ${SECONDS * 2.5}
while time.time() < end:
    assert ":assumed-role/terraform-role/" in client.get_caller_identity()["Arn"]
    key = session.get_credentials().get_frozen_credentials().access_key
    keys += [] if key in keys else [key]
    time.sleep(0.1)
print(len(keys))
`,
    ], ALONE);
    assertEquals(code, 0, stderr);
    assertGreaterOrEqual(Number(stdout), 3);
  });

  await withAws(t, "keeps a loop of aws commands going", async () => {
    await using sts = await startSts({ sessionSeconds: SECONDS });
    const { code, stdout, stderr } = await job(sts, [
      "--refresh",
      "--",
      "sh",
      "-c",
      `set -e; for i in 1 2 3 4 5 6 7 8; do aws sts get-caller-identity --query Arn --output text; sleep 1; done`,
    ], ALONE);
    assertEquals(code, 0, stderr);
    assertEquals(stdout.match(/:assumed-role\/terraform-role\//g)?.length, 8);
    const keys = sts.requests.filter(({ action }) => action === "GetCallerIdentity").map((one) => one.accessKeyId);
    assertGreaterOrEqual(new Set(keys).size, 3);
  });

  await withTerraform(t, "keeps terraform going, its state in a bucket", async () => {
    await using sts = await startSts({ sessionSeconds: SECONDS });
    await using store = await startObjectStore();
    const folder = await Deno.makeTempDir();
    await Deno.writeTextFile(`${folder}/main.tf`, terraformProject(sts.url, store.url));
    const { code, stdout, stderr } = await job(
      sts,
      [
        "--refresh",
        "--",
        "sh",
        "-c",
        "set -e; terraform init -no-color; terraform apply -no-color -auto-approve; terraform plan -no-color -detailed-exitcode",
      ],
      ALONE,
      { cwd: folder },
    );
    await Deno.remove(folder, { recursive: true });
    assertEquals(code, 0, `${stdout}\n${stderr}`);
    assertStringIncludes(stdout, "1 added");
    assertGreaterOrEqual(sts.requests.filter(({ action }) => action === "AssumeRole").length, 4);
    assertGreaterOrEqual(new Set(store.accessKeyIds).size, 2);
  });
});

/** A project that takes longer than a session, and checks its credentials with STS at every start. */
function terraformProject(sts: string, s3: string): string {
  return `
terraform {
  backend "s3" {
    bucket                      = "state"
    key                         = "terraform.tfstate"
    region                      = "us-east-1"
    endpoints                   = { s3 = "${s3}", sts = "${sts}" }
    use_path_style              = true
    skip_region_validation      = true
    skip_metadata_api_check     = true
    skip_requesting_account_id  = true
  }
}
resource "terraform_data" "slow" {
  provisioner "local-exec" {
    command = "sleep ${SECONDS * 1.5}"
  }
}
`;
}

/** A home with a default profile that has credentials, as every SDK prefers them to an endpoint, and a folder for temporary files. */
async function startShadow() {
  const home = await Deno.makeTempDir();
  await Deno.mkdir(`${home}/.aws`);
  await Deno.mkdir(`${home}/tmp`);
  await Deno.writeTextFile(`${home}/.aws/config`, CONFIG);
  await Deno.writeTextFile(`${home}/.aws/credentials`, CREDENTIALS);
  return {
    change: { ...ALONE, HOME: home, USERPROFILE: home, TMPDIR: `${home}/tmp`, TEMP: `${home}/tmp`, TMP: `${home}/tmp` },
    temporary: () => Array.fromAsync(Deno.readDir(`${home}/tmp`), ({ name }) => `${home}/tmp/${name}`),
    [Symbol.asyncDispose]: () => Deno.remove(home, { recursive: true }),
  };
}

const CONFIG = `[default]
region = eu-west-1
role_arn = arn:aws:iam::123456789012:role/x
source_profile = base
[profile base]
region = eu-west-2
[profile written-here]
aws_access_key_id = AKIAHERE
aws_secret_access_key = config-secret
`;
const CREDENTIALS = `[default]
aws_access_key_id = AKIADEFAULT
aws_secret_access_key = default-secret
[base]
aws_access_key_id = AKIABASE
aws_secret_access_key = base-secret
`;

Deno.test("--refresh beside a default profile with credentials", async (t) => {
  // Which client signs as whom is in tests/clients.
  await t.step("chooses a profile of its own, and writes no secret", async () => {
    await using sts = await startSts();
    await using shadow = await startShadow();
    const show = `const { AWS_PROFILE, AWS_CONFIG_FILE, AWS_SHARED_CREDENTIALS_FILE } = Deno.env.toObject();
      const config = Deno.readTextFileSync(AWS_CONFIG_FILE);
      console.log(JSON.stringify({ AWS_PROFILE, AWS_SHARED_CREDENTIALS_FILE, config }));`;
    const { code, stdout, stderr } = await job(sts, ["--refresh", "--", ...script(show)], shadow.change);
    assertEquals([code, stderr], [
      0,
      "arar: warning: the command cannot use [profile written-here], which holds keys, with --refresh; " +
      "move them to the credentials file\n",
    ]);
    assertEquals(JSON.parse(stdout), {
      AWS_PROFILE: "arar-refresh",
      config: CONFIG.slice(0, CONFIG.indexOf("[profile written-here]")) +
        "[profile arar-refresh]\nregion = eu-west-1\n",
    });
    assertEquals(await shadow.temporary(), []);
  });

  await t.step("shows in a dry run which names it would set", async () => {
    await using sts = await startSts();
    await using shadow = await startShadow();
    const { stdout } = await job(sts, ["--refresh", "--dry-run", "--", "true"], shadow.change);
    assertStringIncludes(stdout, "AWS_CONTAINER_AUTHORIZATION_TOKEN, AWS_PROFILE, AWS_CONFIG_FILE");
    assertEquals(await shadow.temporary(), []);
  });

  await withBoto3(t, "leaves the command the user's other profiles", async () => {
    await using sts = await startSts();
    await using shadow = await startShadow();
    const python = `
import boto3
for profile in [None, "base"]:
    session = boto3.Session(profile_name=profile)
    print(session.region_name, session.get_credentials().access_key[:8])
`;
    const { stdout, stderr } = await job(sts, ["--refresh", "--", PYTHON, "-c", python], {
      ...shadow.change,
      AWS_DEFAULT_REGION: undefined,
    });
    const [own = "", other] = stdout.split("\n");
    assertEquals([own.slice(0, 14), other], ["eu-west-1 ASIA", "eu-west-2 AKIABASE"], stderr);
  });

  await t.step("lets an arar behind it go on from the role", async () => {
    await using sts = await startSts();
    await using shadow = await startShadow();
    const inner = [...ararWords(), "-v", "--role-arn", WEB_IDENTITY_ROLE.arn, "--dry-run"];
    const { code, stdout, stderr } = await job(sts, ["--refresh", "--", ...inner], shadow.change);
    assertEquals(code, 0, stderr);
    assertStringIncludes(stdout, "[profile arar-refresh]");
  });

  await t.step({
    name: "leaves no file behind, however early a signal comes",
    ignore: Deno.build.os === "windows",
    fn: async () => {
      await using sts = await startSts();
      await using shadow = await startShadow();
      for (const signal of ["SIGTERM", "SIGINT", "SIGHUP"] as const) {
        const options = { env: jobEnv(sts, shadow.change) };
        const child = ararCommand(["--refresh", "--", "sleep", "60"], options, { stdin: "null", stderr: "null" })
          .spawn();
        while ((await shadow.temporary()).length === 0) await new Promise((resolve) => setTimeout(resolve, 1));
        child.kill(signal);
        assertEquals([(await child.status).signal, await shadow.temporary()], [signal, []]);
      }
    },
  });

  await t.step("says which folder it needs where it cannot write", async () => {
    await using sts = await startSts();
    await using shadow = await startShadow();
    const missing = { TMPDIR: "/nonexistent/arar", TEMP: "/nonexistent/arar", TMP: "/nonexistent/arar" };
    const { code, stderr } = await job(sts, ["--refresh", "--", "true"], { ...shadow.change, ...missing });
    assertEquals(code, 125);
    assertStringIncludes(stderr, "arar: --refresh cannot write a temporary file: ");
    assertStringIncludes(stderr, "arar: hint: set TMPDIR to a folder that you can write to\n");
  });

  await t.step("renews from that very profile, where it is the source", async () => {
    await using sts = await startSts({ sessionSeconds: SECONDS });
    const home = await Deno.makeTempDir();
    await Deno.mkdir(`${home}/.aws`);
    const { AWS_ACCESS_KEY_ID: id, AWS_SECRET_ACCESS_KEY: secret } = callerEnv(ALICE);
    const keys = JSON.stringify({ Version: 1, AccessKeyId: id, SecretAccessKey: secret });
    await Deno.writeTextFile(`${home}/keys.json`, keys);
    await Deno.writeTextFile(`${home}/.aws/config`, `[default]\ncredential_process = cat ${home}/keys.json\n`);
    const change = { HOME: home, USERPROFILE: home, AWS_ACCESS_KEY_ID: undefined, AWS_SECRET_ACCESS_KEY: undefined };
    const { code, stderr } = await job(
      sts,
      ["--refresh", "--", ...script(`await pause(${SECONDS * 1500}); Deno.exit((await credentials()).status - 200);`)],
      change,
    );
    await Deno.remove(home, { recursive: true });
    assertEquals(code, 0, stderr);
    assertGreaterOrEqual(sts.requests.length, 3);
  });
});
