/** Runs every example of the documents as printed, unless there is a reason why it cannot run. */
import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { startMetadata } from "../metadata_server.ts";
import { type MotoServer, startMoto } from "../moto_server.ts";
import { listFiles } from "../project/sources.ts";
import { HAS_AWS } from "../python.ts";
import { commandsOf } from "../release/workflow.ts";
import { ALICE, callerEnv, GITHUB, role, ROLE_SESSION, user, WEB_IDENTITY_ROLE } from "../sts_server.ts";
import { type Example, examplesOf, type Job, roleOf, scriptOf, variablesOf, withJob } from "./examples.ts";
import { actions, type EnvChange, hasProgram } from "./job.ts";

const EXAMPLES: readonly Example[] = ["README.md", ...listFiles(".github", ".md")]
  // recipes_test.ts runs these.
  .filter((path) => path !== ".github/RECIPES.md").flatMap(examplesOf);

const NOT_RUN: Readonly<Record<string, string>> = {
  "environment-picture": "it is a drawing",
  "help": "it is what --help prints; docs_test.ts compares them",
  "jsr": "it asks JSR; package_test.ts runs the same package",
  "library": "mod_test.ts checks its types, and runs the examples of lib/mod.ts",
  "permissions": "the host is AWS; permissions_test.ts tries the same list",
  "tasks": "CI runs them",
  "tests": "CI runs them",
  "try-it": "CI runs it",
  "verify": "it asks GitHub; release_job_test.ts makes the files",
};

/** The trust policies of OIDC.md, which docs_test.ts compares with the issuers. */
const isPolicy = (name: string) => name.startsWith("oidc-") && name !== "oidc-create";

const CLIENTS = missing(["terraform", "version"], ["aws", "--version"]);
const MOTO = missing(["moto_server", "--help"], ["aws", "--version"]);
const SHELL = missing();

/** How each of the others runs, and what this machine lacks to run it. */
const RUNS: Readonly<Record<string, { readonly lacks: string; run(text: string): Promise<void> }>> = {
  "pitch": {
    lacks: CLIENTS,
    run: (text) =>
      withJob({}, async ({ shell, sts }) => {
        await shell("arar -- terraform init -no-color");
        const script = text.replace("AWS_ACCESS_KEY_ID=AKIA... AWS_SECRET_ACCESS_KEY=...", "KEYS=alice");
        assertMatch(script, /KEYS=alice\nexport AWS_ROLE_ARN=/);
        assertMatch(await shell(script), /1 to add/);
        assertEquals(sts.requests.at(-1)?.params.RoleSessionName, "alice");
      }),
  },
  "setup-keys": { lacks: MOTO, run: (text) => onMoto(["aws iam create-user --user-name ci", text]) },
  "quick-start": {
    lacks: CLIENTS,
    run: (text) =>
      withJob(CI_USER, async ({ shell, failing }) => {
        for (const shown of [await shell(text), ...await Promise.all(TERMINALS.map((run) => shell(run(text))))]) {
          assertMatch(shown, /^arn:aws:sts::\d+:assumed-role\/terraform-role\/ci until \S+\n/);
          assertMatch(shown, /"Arn": "arn:aws:sts::\d+:assumed-role\/terraform-role\/ci"/);
        }
        // The trust policy is about the name.
        assertStringIncludes(await failing(text.replaceAll(" -u", "")), "use -u");
      }),
  },
  "setup-oidc": { lacks: MOTO, run: (text) => onMoto([text]) },
  "oidc-create": {
    lacks: MOTO,
    async run(text) {
      for (const ci of ["gitlab", "circleci", "bitbucket"]) {
        const policy = textOf(`oidc-${ci}`);
        const { Statement: { Principal: { Federated }, Condition: { StringEquals } } } = JSON.parse(policy);
        const issuer = Federated.split(":oidc-provider/")[1];
        const variables = `ISSUER=https://${issuer} AUDIENCE=${StringEquals[`${issuer}:aud`]}\n`;
        const commands = text.replace(/^ISSUER=.*\n/, variables);
        assertEquals(commands === text, ci === "gitlab");
        await onMoto([`cat >trust.json <<'END'\n${policy}END\n${commands}`], "deploy");
      }
    },
  },
  "github": {
    lacks: CLIENTS,
    async run(text) {
      const roles = [roleOf(textOf("setup-oidc"), role("terraform-role"))];
      for (const branch of ["main", "other"]) {
        const sub = `repo:your-name/your-repository:ref:refs/heads/${branch}`;
        await using metadata = await startMetadata({ claims: { sub } });
        const env = { ...NO_KEYS, ...GITHUB_JOB, ...metadata.githubEnv, ...variablesOf(text) };
        await withJob({ env, roles }, (job) => branch === "main" ? runsPlan(job, text) : isDenied(job, text, sub));
      }
      // As the text below it says for keys.
      const keys = { ...CI_USER, env: { ...CI_USER.env, ...GITHUB_JOB, ...variablesOf(text) } };
      await withJob(keys, (job) => runsPlan(job, text.replaceAll("--oidc", "-u")));
    },
  },
  "gitlab": ci({ GITLAB_CI: "true", STS_AMAZONAWS_COM_ID_TOKEN: mint }),
  "bitbucket": ci({ BITBUCKET_BUILD_NUMBER: "1", BITBUCKET_STEP_OIDC_TOKEN: mint }),
  "circleci": {
    lacks: SHELL,
    run: (text) =>
      withJob({ env: variablesOf(text), roles: DEPLOY, installs: true }, async ({ write, shell }) => {
        await write("deploy.sh", SHOW_SESSION);
        for (const command of commandsOf(text)) assertStringIncludes(await shell(command), "assumed-role/deploy/alice");
      }),
  },
  "dockerfile": {
    lacks: SHELL,
    run: (text) =>
      withJob({ installs: true }, async ({ folder, write, shell }) => {
        const [, packages = "", install = ""] = /^RUN (.*) \\\n && (.* sh \/tmp\/install.sh) && rm /m.exec(text) ?? [];
        const [, entry = "[]"] = /^ENTRYPOINT (.*)$/m.exec(text) ?? [];
        assertMatch(packages, /^apt-get update && apt-get install .*\bca-certificates curl$/);
        await shell(`curl -fsSL ${INSTALL_SCRIPT} >install.sh`);
        await shell(install.replace("${ARAR_VERSION}", "1.2.3").replace("/tmp/install.sh", "./install.sh"));
        await write("command", SHOW_SESSION);
        const words: readonly string[] = JSON.parse(entry);
        assertStringIncludes(await shell(`${words.join(" ")} ${folder}/command`), "assumed-role/terraform-role/alice");
      }),
  },
  "profile": {
    lacks: CLIENTS,
    run: (text) =>
      withJob({ env: { AWS_ROLE_ARN: undefined, AWS_PROFILE: "ci", AWS_CONFIG_FILE: "config" } }, async (job) => {
        await job.write("config", text);
        assertMatch(await job.shell("arar -u"), /:assumed-role\/terraform-role\/alice until /);
      }),
  },
  "chain": {
    lacks: CLIENTS,
    run: (text) => {
      const hub = { ...role("hub", { principals: [ALICE.arn] }), arn: "arn:aws:iam::111111111111:role/hub" };
      const spoke = { ...role("spoke", { principals: [hub.arn] }), arn: "arn:aws:iam::222222222222:role/spoke" };
      return withJob({ roles: [hub, spoke] }, async ({ shell, sts }) => {
        await shell(text.replace("terraform plan", "terraform init -no-color"));
        assertMatch(await shell(text), /1 to add/);
        assertEquals(sts.requests.at(-1)?.params.RoleArn, spoke.arn);
      });
    },
  },
  "narrow": {
    lacks: SHELL,
    run: (text) =>
      withJob({ env: { ...NO_KEYS, ...callerEnv(ROLE_SESSION) } }, async ({ shell, write, sts }) => {
        await write("readonly.json", `{"Version":"2012-10-17","Statement":[]}`);
        for (const program of ["agent", "one-shot"]) await write(program, SHOW_SESSION);
        assertEquals(await shell(text), `${ROLE_SESSION.arn}\n`.repeat(2));
        assertEquals(actions(sts), ["GetScopedCredentials", "GetScopedCredentials"]);
      }),
  },
  "long-run": {
    lacks: CLIENTS,
    run: (text) =>
      withJob({}, async ({ shell }) => {
        await shell("arar -- terraform init -no-color");
        assertMatch(await shell(text), /1 added/);
      }),
  },
  "several-commands": {
    lacks: CLIENTS,
    run: (text) =>
      withJob({}, async ({ shell, sts }) => {
        assertMatch(await shell(text), /1 to add/);
        assertEquals(actions(sts), ["GetCallerIdentity", "AssumeRole"]);
      }),
  },
  "print-export": {
    lacks: SHELL,
    run: (text) =>
      withJob({}, async ({ shell, failing }) => {
        const script = `${text}\necho "$AWS_ACCESS_KEY_ID"`;
        assertMatch(await shell(script), /^ASIA\w+\n$/);
        // The script must not go on as the source user; `failing` runs it under `set -e`.
        const denied = `AWS_ROLE_ARN=arn:aws:iam::123456789012:role/other; ${script}; echo went on >&2`;
        for (const prefix of ["", "set +e; "]) {
          const said = await failing(prefix + denied);
          assertStringIncludes(said, "AccessDenied");
          assert(!said.includes("went on"), said);
        }
      }),
  },
  "makefile": {
    lacks: missing(["make", "--version"]),
    run: (text) =>
      withJob({}, async ({ shell, write, sts }) => {
        const recipe = 'all:\n\t@one="$$ARAR_SESSION_ARN"; echo one\n\techo "$$one$$ARAR_SESSION_ARN"\n';
        const arn = (times: number) =>
          new RegExp(`^one\n(arn:aws:sts::\\d+:assumed-role/terraform-role/alice){${times}}\n`);
        await write("Makefile", `${text}${recipe}`);
        assertMatch(await shell("make --silent"), arn(1));
        assertEquals(actions(sts), ["GetCallerIdentity", "AssumeRole"]);
        await write("Makefile", `.ONESHELL:\n${text}${recipe}`);
        assertMatch(await shell("make --silent"), arn(2));
        // What the text says for GNU Make 3.81.
        await write("Makefile", `SHELL := arar -u -- /bin/sh\n${recipe}`);
        assertMatch(await shell("make --silent"), arn(1));
      }),
  },
  "credential-process": {
    lacks: CLIENTS,
    run: (text) =>
      withJob(
        { env: { ...NO_KEYS, AWS_CONFIG_FILE: "config", AWS_SHARED_CREDENTIALS_FILE: "credentials" } },
        async ({ shell, write }) => {
          const { accessKeyId, secretAccessKey } = ALICE;
          await write("config", text);
          await write(
            "credentials",
            `[cicd]\naws_access_key_id = ${accessKeyId}\naws_secret_access_key = ${secretAccessKey}\n`,
          );
          const shown = await shell("aws --profile deploy sts get-caller-identity --query Arn --output text");
          assertMatch(shown, /:assumed-role\/terraform-role\//);
        },
      ),
  },
};

const INSTALL_SCRIPT = "https://raw.githubusercontent.com/ikedam/arar/v1/.github/devcontainer/src/arar/install.sh";
const NO_KEYS: EnvChange = { AWS_ACCESS_KEY_ID: undefined, AWS_SECRET_ACCESS_KEY: undefined, AWS_ROLE_ARN: undefined };
const GITHUB_JOB: EnvChange = { GITHUB_ACTIONS: "true" };
const DEPLOY = [role("deploy", { ...WEB_IDENTITY_ROLE.trust, principals: [ALICE.arn] })];
const SHOW_SESSION = `#!/bin/sh\necho "$ARAR_SESSION_ARN"\n`;

/** The user and the role of the quick start. */
const CI_USER = {
  env: callerEnv(user("ci", "AKIACIXXXXXXXEXAMPLE")),
  users: [user("ci", "AKIACIXXXXXXXEXAMPLE")],
  roles: [roleOf(textOf("setup-keys"), role("terraform-role"))],
};

function textOf(name: string): string {
  return EXAMPLES.find((example) => example.name === name)?.text ?? "";
}

function mint(): string {
  return GITHUB.mint({ aud: "sts.amazonaws.com" });
}

async function runsPlan({ shell }: Job, text: string): Promise<void> {
  const [init = "", plan = "", ...rest] = commandsOf(text);
  await shell(init);
  assertMatch(await shell(plan), /1 to add/);
  assertEquals(rest, []);
}

/** README promises that the message says what the trust policy lacks. */
async function isDenied({ failing }: Job, text: string, sub: string): Promise<void> {
  assertStringIncludes(await failing(commandsOf(text)[0] ?? ""), `token sub: "${sub}"`);
}

/** A CI whose configuration has a list of shell lines. */
function ci(env: Readonly<Record<string, string | (() => string)>>) {
  return {
    lacks: SHELL,
    run: (text: string) => {
      const own = Object.entries(env).map(([name, value]) => [name, typeof value === "string" ? value : value()]);
      const all = { ...NO_KEYS, ...Object.fromEntries(own), ...variablesOf(text) };
      return withJob({ env: all, roles: DEPLOY, installs: true }, async ({ shell, write }) => {
        await write("bin/aws", SHOW_SESSION);
        assertStringIncludes(await shell(scriptOf(text)), "assumed-role/deploy/");
      });
    },
  };
}

/** One for all examples, if there is one. */
let moto: MotoServer | undefined;

/** Runs scripts on moto, which checks policies as IAM does. */
async function onMoto(scripts: readonly string[], role = "terraform-role"): Promise<void> {
  assert(moto);
  await moto.reset();
  const env = { AWS_ENDPOINT_URL: moto.url, AWS_ENDPOINT_URL_STS: undefined };
  await withJob({ env }, async ({ shell }) => {
    for (const script of scripts) await shell(script);
    assertStringIncludes(await shell("aws iam list-attached-role-policies --role-name " + role), "ReadOnly");
  });
}

/** Shells as on a terminal: they read the text line by line, and zsh takes a `#` for a command. */
const TERMINALS = ["bash --norc", "zsh -f"].filter((shell) => hasProgram(shell.split(" ")[0] ?? "", "--version"))
  .map((shell) => (text: string) => `${shell} -i <<'END'\nset -e\n${text}\nEND\n`);

function missing(...programs: readonly (readonly [string, string])[]): string {
  if (Deno.build.os === "windows") return "no sh on Windows";
  const lacking = programs.find(([name, argument]) => name === "aws" ? !HAS_AWS : !hasProgram(name, argument));
  return lacking ? `no ${lacking[0]} on PATH` : "";
}

Deno.test("the examples of the documents", async (t) => {
  await using started = MOTO ? undefined : await startMoto({ managedPolicies: true });
  moto = started;

  await t.step("have a name each, and run here or have a reason not to", () => {
    const known = [...Object.keys(RUNS), ...Object.keys(NOT_RUN)];
    assertEquals(EXAMPLES.map(({ name }) => name).filter((name) => !isPolicy(name)).sort(), known.sort());
  });

  await t.step("download nothing from outside this repository", () => {
    const files = [".github/actions/setup", ...listFiles(".github")];
    const paths = EXAMPLES.flatMap(({ text }) =>
      [...text.matchAll(/arar\/(?:v1|v\$\{ARAR_VERSION\})\/(\S+)|ikedam\/arar\/(\S+)@v1/g)]
        .map(([, script, action]) => script ?? action ?? "")
    );
    assertEquals([paths.length > 4, paths.filter((path) => !files.includes(path))], [true, []]);
  });

  for (const { path, name, text } of EXAMPLES) {
    const example = RUNS[name];
    // An example that cannot run anywhere is in NOT_RUN, which the first case checks; that is no skipped case.
    if (!example) continue;
    const title = `${path}: ${name}`;
    if (example.lacks) await t.step({ name: `${title} (skipped: ${example.lacks})`, ignore: true, fn() {} });
    else await t.step(title, () => example.run(text));
  }
});
