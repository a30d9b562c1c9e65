/**
 * `--refresh` on the real program, with sessions of a few seconds and the clients that people use.
 * Must not know how a session is renewed.
 */
import { assert, assertEquals, assertGreaterOrEqual, assertStringIncludes } from "@std/assert";
import { denoFlags } from "../arar.ts";
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
import { hasProgram, job } from "./job.ts";
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
    assertStringIncludes(first, "arar: warning: the session cannot be renewed after ");
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

/** Files of a user whose default profile has credentials of its own, by every way that an SDK prefers to an endpoint. */
const SHADOWS: Readonly<Record<string, { readonly config: string; readonly credentials: string }>> = {
  "keys": {
    config: "[default]\nregion = eu-west-1\ns3 =\n  max_concurrent_requests = 5\n",
    credentials: `[default]\naws_access_key_id = AKIASHADOW\naws_secret_access_key = shadow\n`,
  },
  "keys in the config file": {
    config: "[profile default]\naws_access_key_id = AKIASHADOW\naws_secret_access_key = shadow\n",
    credentials: "",
  },
  "a process": { config: "[default]\ncredential_process = false\n", credentials: "" },
  "a role": {
    config: "[default]\nrole_arn = arn:aws:iam::123456789012:role/x\nsource_profile = base\n",
    credentials: "[base]\naws_access_key_id = AKIASHADOW\naws_secret_access_key = shadow\n",
  },
  "single sign-on": {
    config: "[default]\nsso_session = s\nsso_account_id = 123456789012\nsso_role_name = r\n" +
      "[sso-session s]\nsso_start_url = https://example.com\nsso_region = us-east-1\n",
    credentials: "",
  },
};

/** Runs a command under `--refresh` in a home with these files; what it prints. */
async function behindShadow(files: { readonly config: string; readonly credentials: string }, command: string[]) {
  await using sts = await startSts();
  const home = await Deno.makeTempDir();
  await Deno.mkdir(`${home}/.aws`);
  await Deno.writeTextFile(`${home}/.aws/config`, files.config);
  await Deno.writeTextFile(`${home}/.aws/credentials`, files.credentials);
  const runtime = `${home}/runtime`;
  await Deno.mkdir(runtime, { mode: 0o700 });
  const change = { ...ALONE, HOME: home, USERPROFILE: home, XDG_RUNTIME_DIR: runtime };
  const { code, stdout, stderr } = await job(sts, ["--refresh", "--", ...command], change);
  const left = await Array.fromAsync(Deno.readDir(runtime));
  await Deno.remove(home, { recursive: true });
  assertEquals([code, left], [0, []], `${stdout}\n${stderr}`);
  return stdout.trim();
}

Deno.test("--refresh beside a default profile with credentials", async (t) => {
  for (const [what, files] of Object.entries(SHADOWS)) {
    await withBoto3(t, `wins over ${what} in boto3`, async () => {
      const python = "import boto3; print(boto3.Session().get_credentials().method)";
      assertEquals(await behindShadow(files, [PYTHON, "-c", python]), "container-role");
    });

    await t.step(`wins over ${what} in the JavaScript SDK`, async () => {
      const path = `${await Deno.makeTempDir()}/client.ts`;
      await Deno.writeTextFile(
        path,
        `import { STSClient } from "@aws-sdk/client-sts";
         console.log((await new STSClient({ region: "us-east-1" }).config.credentials()).accessKeyId.slice(0, 4));`,
      );
      const shown = await behindShadow(files, [Deno.execPath(), "run", "--quiet", ...denoFlags(), "-A", path]);
      assertEquals(shown, "ASIA");
    });
  }

  await withTerraform(t, "wins over keys in terraform", async () => {
    await using store = await startObjectStore();
    const folder = await Deno.makeTempDir();
    await Deno.writeTextFile(
      `${folder}/main.tf`,
      terraformProject("http://127.0.0.1:9", store.url)
        .replace("skip_region_validation", "skip_credentials_validation = true\nskip_region_validation"),
    );
    const files = SHADOWS["keys"];
    assert(files);
    await behindShadow(files, ["terraform", `-chdir=${folder}`, "init", "-no-color"]);
    await Deno.remove(folder, { recursive: true });
    assert(store.accessKeyIds.length > 0 && store.accessKeyIds.every((id) => id.startsWith("ASIA")));
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
