/** Every example of the documents, as it stands there: each runs here, or has a reason why it cannot. */
import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { join } from "node:path";
import { ararWords, baseEnv } from "../arar.ts";
import { startMetadata } from "../metadata_server.ts";
import { type MotoServer, startMoto } from "../moto_server.ts";
import { listFiles, readText } from "../project/sources.ts";
import { commandsOf } from "../release/workflow.ts";
import { ALICE, GITHUB, role, startSts, type StsServer, TERRAFORM_ROLE, WEB_IDENTITY_ROLE } from "../sts_server.ts";
import { actions, type EnvChange, hasProgram, jobEnv } from "./job.ts";
import { type ObjectStore, startObjectStore } from "./object_store.ts";

/** What stands behind three backticks and the name of a language, by that name. */
const EXAMPLES = ["README.md", ".github/REFERENCE.md", ".github/COMPATIBILITY.md", ".github/TROUBLESHOOTING.md"]
  .flatMap((path) =>
    [...readText(path).matchAll(/^```(\w+)(?: ([\w-]+))?\n(.*?)^```$/gms)].map(([, , name = "", text = ""]) => ({
      path,
      name,
      text,
    }))
  );

const NOT_RUN: Readonly<Record<string, string>> = {
  "help": "it is what arar --help prints, which docs_test.ts compares",
  "environment-picture": "a drawing",
  "try-it": "it is what CI runs",
  "devcontainer": "its CLI and its registry cannot be reached; the Feature is tested in tests/release",
  "dockerfile": "an image needs a registry; the install script is tested in tests/release",
  "completions": "each shell has a test in tests/cli/completion",
  "library": "mod_test.ts checks its types, and runs the examples of lib/mod.ts",
  "permissions": "the host is AWS; permissions_test.ts tries the same list",
  "verify": "the files are on GitHub; release_job_test.ts makes them",
};

const NEEDS_CLIENTS = missing(["terraform", "version"], ["aws", "--version"]);
const NEEDS_MOTO = missing(["moto_server", "--help"], ["aws", "--version"]);

/** How each of the others runs, and what it needs. */
const RUNS: Readonly<Record<string, { readonly lacks?: string; run(text: string): Promise<void> }>> = {
  "pitch": {
    lacks: NEEDS_CLIENTS,
    run: (text) =>
      withJob({}, async ({ shell, sts }) => {
        await shell("arar -- terraform init -no-color");
        const script = text.replace(/AWS_ACCESS_KEY_ID=AKIA\.\.\. AWS_SECRET_ACCESS_KEY=\.\.\./, "KEYS=above");
        assertMatch(script, /KEYS=above\nexport AWS_ROLE_ARN=/);
        assertMatch(await shell(script), /1 to add/);
        assertEquals(sts.requests.at(-1)?.params.RoleSessionName, "alice");
      }),
  },
  "user-policy": {
    lacks: NEEDS_MOTO,
    run: (text) =>
      withMoto(text, [
        "iam create-user --user-name ci",
        "iam put-user-policy --user-name ci --policy-name assume --policy-document file://example.json",
      ]),
  },
  "trust-policy": { lacks: NEEDS_MOTO, run: (text) => withMoto(text, [CREATE_ROLE]) },
  "oidc-trust-policy": { lacks: NEEDS_MOTO, run: (text) => withMoto(text, [CREATE_ROLE]) },
  "quick-start": {
    lacks: NEEDS_CLIENTS,
    run: (text) =>
      withJob({}, async ({ shell }) => {
        const shown = await shell(text);
        assertMatch(shown, /^arn:aws:sts::\d+:assumed-role\/terraform-role\/alice until \S+\n/);
        assertMatch(shown, /"Arn": "arn:aws:sts::\d+:assumed-role\/terraform-role\/alice"/);
      }),
  },
  "github": {
    lacks: NEEDS_CLIENTS,
    async run(text) {
      await using metadata = await startMetadata();
      // Its `env:` says which role; the job's own says the rest.
      const [, arn = ""] = /AWS_ROLE_ARN: (\S+)/.exec(text) ?? [];
      const env = { ...NO_KEYS, GITHUB_ACTIONS: "true", ...metadata.githubEnv, AWS_ROLE_ARN: arn };
      await withJob(env, async ({ shell }) => {
        for (const command of commandsOf(text)) assertMatch(await shell(command), /1 to add/);
      });
    },
  },
  "gitlab": ci(() => ({ GITLAB_CI: "true", STS_AMAZONAWS_COM_ID_TOKEN: GITHUB.mint({ aud: "sts.amazonaws.com" }) })),
  "bitbucket": ci(() => ({
    BITBUCKET_BUILD_NUMBER: "1",
    BITBUCKET_STEP_OIDC_TOKEN: GITHUB.mint({ aud: "sts.amazonaws.com" }),
  })),
  "circleci": {
    lacks: NEEDS_CLIENTS,
    run: (text) =>
      withJob({ AWS_ROLE_ARN: DEPLOY }, async ({ folder, shell }) => {
        await Deno.writeTextFile(join(folder, "deploy.sh"), SHOW_SESSION, { mode: 0o755 });
        for (const command of commandsOf(text)) assertStringIncludes(await shell(command), "assumed-role/deploy/alice");
      }),
  },
  "chain": {
    lacks: NEEDS_CLIENTS,
    run: (text) =>
      withJob({}, async ({ shell, sts }) => {
        await shell("arar -- terraform init -no-color");
        assertMatch(await shell(text), /1 to add/);
        assertMatch(sts.requests.at(-1)?.params.RoleArn ?? "", /:role\/spoke$/);
      }),
  },
  "long-run": {
    lacks: NEEDS_CLIENTS,
    run: (text) =>
      withJob({}, async ({ shell }) => {
        await shell("arar -- terraform init -no-color");
        assertMatch(await shell(text), /1 added/);
      }),
  },
  "several-commands": {
    lacks: NEEDS_CLIENTS,
    run: (text) =>
      withJob({}, async ({ shell, sts }) => {
        assertMatch(await shell(text), /1 to add/);
        assertEquals(actions(sts), ["GetCallerIdentity", "AssumeRole"]);
      }),
  },
  "credential-process": {
    lacks: NEEDS_CLIENTS,
    run: (text) =>
      withJob({ ...NO_KEYS, AWS_CONFIG_FILE: "config", AWS_SHARED_CREDENTIALS_FILE: "credentials" }, async (job) => {
        const { accessKeyId, secretAccessKey } = ALICE;
        const keys = `[cicd]\naws_access_key_id = ${accessKeyId}\naws_secret_access_key = ${secretAccessKey}\n`;
        await Deno.writeTextFile(join(job.folder, "config"), text);
        await Deno.writeTextFile(join(job.folder, "credentials"), keys);
        const shown = await job.shell("aws --profile deploy sts get-caller-identity --query Arn --output text");
        assertMatch(shown, /:assumed-role\/terraform-role\//);
      }),
  },
};

const DEPLOY = "arn:aws:iam::123456789012:role/deploy";
const NO_KEYS = { AWS_ACCESS_KEY_ID: undefined, AWS_SECRET_ACCESS_KEY: undefined, AWS_ROLE_ARN: undefined };
const CREATE_ROLE = "iam create-role --role-name terraform-role --assume-role-policy-document file://example.json";
const SHOW_SESSION = `#!/bin/sh\necho "$ARAR_SESSION_ARN"\n`;

/** A snippet whose script says on its own lines what a shell runs. */
function ci(env: () => EnvChange) {
  return {
    lacks: NEEDS_CLIENTS,
    run: (text: string) =>
      withJob({ ...NO_KEYS, AWS_ROLE_ARN: DEPLOY, ...env() }, async ({ folder, shell }) => {
        await Deno.writeTextFile(join(folder, "bin", "aws"), SHOW_SESSION, { mode: 0o755 });
        const [, script = ""] = text.split(/^ *script:\n/m);
        const lines = script.split("\n").map((line) => line.replace(/^ *- /, ""));
        assertStringIncludes(await shell(lines.join("\n")), "assumed-role/deploy/");
      }),
  };
}

/** A folder with `arar` on PATH, a terraform project, and what a shell says to the example. */
async function withJob(change: EnvChange, use: (job: Job) => Promise<void>): Promise<void> {
  const trust = { ...WEB_IDENTITY_ROLE.trust, principals: [ALICE.arn] };
  const other = { principals: ["arn:aws:iam::111111111111:role/hub"] };
  await using sts = await startSts({
    roles: [
      { ...role("terraform-role", trust), arn: TERRAFORM_ROLE.arn },
      role("deploy", trust),
      { ...role("hub", { principals: [ALICE.arn] }), arn: "arn:aws:iam::111111111111:role/hub" },
      { ...role("spoke", other), arn: "arn:aws:iam::222222222222:role/spoke" },
    ],
  });
  await using store = await startObjectStore();
  const folder = await Deno.makeTempDir();
  const words = ararWords().map((word) => `'${word}'`).join(" ");
  for (const bin of ["bin", ".local/bin"]) {
    await Deno.mkdir(join(folder, bin), { recursive: true });
    await Deno.writeTextFile(join(folder, bin, "arar"), `#!/bin/sh\nexec ${words} "$@"\n`, { mode: 0o755 });
  }
  // Nothing is installed; what would be downloaded has to be a file of this repository.
  await Deno.writeTextFile(join(folder, "bin", "curl"), `#!/bin/sh\necho "$@" >>downloads\n`, {
    mode: 0o755,
  });
  await Deno.writeTextFile(join(folder, "main.tf"), terraformProject(store));
  const python = ["PYENV_ROOT", "PYENV_VERSION"].map((name) => [name, Deno.env.get(name)]);
  const env = jobEnv(sts, {
    ...baseEnv(),
    ...Object.fromEntries(python),
    HOME: folder,
    PATH: `${join(folder, "bin")}:${Deno.env.get("PATH")}`,
    XDG_CACHE_HOME: join(folder, "cache"),
    CHECKPOINT_DISABLE: "1",
    ...change,
  });
  const shell = async (script: string) => {
    const options = { args: ["-e", "-c", script], env, clearEnv: true, cwd: folder };
    const { code, stdout, stderr } = await new Deno.Command("sh", options).output();
    const [shown, said] = [stdout, stderr].map((bytes) => new TextDecoder().decode(bytes));
    assertEquals(code, 0, `${shown}\n${said}`);
    return shown ?? "";
  };
  await use({ folder, sts, shell });
  await Deno.remove(folder, { recursive: true });
}

interface Job {
  readonly folder: string;
  readonly sts: StsServer;
  shell(script: string): Promise<string>;
}

function terraformProject({ url }: ObjectStore): string {
  return `terraform {
  backend "s3" {
    bucket                      = "state"
    key                         = "terraform.tfstate"
    endpoints                   = { s3 = "${url}" }
    use_path_style              = true
    skip_credentials_validation = true
    skip_metadata_api_check     = true
    skip_requesting_account_id  = true
  }
}
resource "terraform_data" "one" {}
`;
}

/** One for all examples, if there is one. */
let moto: MotoServer | undefined;

/** A policy that moto accepts, which reads it as IAM does. */
async function withMoto(text: string, commands: readonly string[]): Promise<void> {
  assert(moto);
  await moto.reset();
  const cwd = await Deno.makeTempDir();
  await Deno.writeTextFile(join(cwd, "example.json"), text);
  const keys = { AWS_ACCESS_KEY_ID: ALICE.accessKeyId, AWS_SECRET_ACCESS_KEY: ALICE.secretAccessKey };
  const env = { ...Deno.env.toObject(), ...keys, AWS_ENDPOINT_URL: moto.url, AWS_DEFAULT_REGION: "us-east-1" };
  for (const command of commands) {
    const { code, stderr } = await new Deno.Command("aws", { args: command.split(" "), env, cwd, clearEnv: true })
      .output();
    assertEquals(code, 0, new TextDecoder().decode(stderr));
  }
  await Deno.remove(cwd, { recursive: true });
}

function missing(...programs: readonly (readonly [string, string])[]): string {
  if (Deno.build.os === "windows") return "no sh on Windows";
  const lacking = programs.find(([name, argument]) => !hasProgram(name, argument));
  return lacking ? `no ${lacking[0]} on PATH` : "";
}

Deno.test("the examples of the documents", async (t) => {
  await using started = NEEDS_MOTO ? undefined : await startMoto();
  moto = started;

  await t.step("have a name each, and run here or have a reason why not", () => {
    const known = [...Object.keys(RUNS), ...Object.keys(NOT_RUN)];
    assertEquals(EXAMPLES.map(({ name }) => name).sort(), known.sort());
  });

  await t.step("download nothing that is not in this repository", () => {
    const files = [".github/actions/setup", ...listFiles(".github")];
    const paths = EXAMPLES.flatMap(({ text }) =>
      [...text.matchAll(/arar\/(?:v1|v\$\{ARAR_VERSION\})\/(\S+)|ikedam\/arar\/(\S+)@v1/g)]
        .map(([, script, action]) => script ?? action ?? "")
    );
    assertEquals([paths.length > 4, paths.filter((path) => !files.includes(path))], [true, []]);
  });

  for (const { path, name, text } of EXAMPLES) {
    const example = RUNS[name];
    // That an example cannot run anywhere is no case that was left out: it is said in NOT_RUN, and checked above.
    if (!example) continue;
    const title = `${path}: ${name}`;
    if (example.lacks) await t.step({ name: `${title} (skipped: ${example.lacks})`, ignore: true, fn() {} });
    else await t.step(title, () => example.run(text));
  }
});
