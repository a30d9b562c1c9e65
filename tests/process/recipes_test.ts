/** Runs every recipe of RECIPES.md as printed, with stand-ins for AWS and for what cannot run anywhere, such as Docker. */
import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { startMetadata } from "../metadata_server.ts";
import { type MotoServer, startMoto } from "../moto_server.ts";
import { AWS, HAS_AWS } from "../python.ts";
import { commandsOf } from "../release/workflow.ts";
import { ALICE, IDENTITY_CENTER, makeCertificates, role, WEB_IDENTITY_ROLE } from "../sts_server.ts";
import { serve } from "../sts_server/http.ts";
import { examplesOf, type Job, type JobOptions, variablesOf, withJob } from "./examples.ts";
import { actions, type EnvChange, hasProgram, lastAssumeRole } from "./job.ts";
import { stored } from "./signers.ts";

const RECIPES = examplesOf(".github/RECIPES.md");
const textOf = (name: string) => RECIPES.find((recipe) => recipe.name === name)?.text ?? "";

const NO_AWS: EnvChange = {
  ...Object.fromEntries(["ACCESS_KEY_ID", "SECRET_ACCESS_KEY", "ROLE_ARN"].map((name) => [`AWS_${name}`, undefined])),
  AWS_EC2_METADATA_DISABLED: "true",
};
const FILES: EnvChange = { ...NO_AWS, AWS_CONFIG_FILE: "config", AWS_SHARED_CREDENTIALS_FILE: "credentials" };
const AGENT = role("agent");
const SHOW_ENV = "#!/bin/sh\nenv\n";
const READ_ONLY = { "PolicyArns.member.1.arn": "arn:aws:iam::aws:policy/ReadOnlyAccess" };

/** The profile of somebody who has signed in: it has temporary credentials. */
const { accessKeyId: AccessKeyId, secretAccessKey: SecretAccessKey, sessionToken: SessionToken } = IDENTITY_CENTER;
const SIGNED_IN = {
  config: "[profile dev]\ncredential_process = cat keys.json\n",
  "keys.json": JSON.stringify({ Version: 1, AccessKeyId, SecretAccessKey, SessionToken }),
};

async function inJob(options: JobOptions, files: Readonly<Record<string, string>>, use: (job: Job) => Promise<void>) {
  await withJob(options, async (job) => {
    for (const [name, text] of Object.entries(files)) await job.write(name, text);
    await use(job);
  });
}

/** The variables that a command printed. */
function shownEnv(stdout: string): Readonly<Record<string, string>> {
  return Object.fromEntries(stdout.split("\n").map((line) => line.split(/=(.*)/s, 2)));
}

/** What the recipes with `deny.json` send: the managed policy, and the file byte for byte. */
function assertNarrowed(params: Readonly<Record<string, string>>): void {
  assertEquals({ ...params, ...READ_ONLY, Policy: textOf("agent-deny") }, params);
}

interface Recipe {
  /** The programs that it needs, with an argument that does nothing. */
  readonly needs?: readonly (readonly [program: string, argument: string])[];
  run(text: string): Promise<void>;
}

const AWS_CLI = ["aws", "--version"] as const;

const RUNS: Readonly<Record<string, Recipe>> = {
  "agent-role": {
    run: (text) =>
      inJob({ roles: [AGENT] }, { "bin/agent": SHOW_ENV, "deny.json": textOf("agent-deny") }, async (job) => {
        const env = shownEnv(await job.shell(text));
        assertMatch(env.ARAR_SESSION_ARN ?? "", /:assumed-role\/agent\//);
        assertEquals(env.AWS_ROLE_ARN, undefined);
        assertNarrowed(lastAssumeRole(job.sts));
        assertEquals(lastAssumeRole(job.sts).SourceIdentity, "alice");
        const elsewhere = text.replace("--expect-account 123456789012", "--expect-account 210987654321");
        assertStringIncludes(await job.failing(elsewhere), "--expect-account");
      }),
  },
  "agent-deny": {
    run(text) {
      const { Statement: { Effect, Action } } = JSON.parse(text);
      assertEquals([Effect, Action.includes("secretsmanager:GetSecretValue")], ["Deny", true]);
      return Promise.resolve();
    },
  },
  "agent-sso": {
    run: (text) =>
      inJob({ env: FILES }, { ...SIGNED_IN, "bin/agent": SHOW_ENV, "readonly.json": "{}" }, async (job) => {
        const arns = (await job.shell(text)).match(/^ARAR_SESSION_ARN=.*$/gm);
        assertEquals(arns, Array(2).fill(`ARAR_SESSION_ARN=${IDENTITY_CENTER.arn}`));
        assertEquals(actions(job.sts), ["GetCallerIdentity", "GetScopedCredentials"]);
      }),
  },
  "agent-github": {
    async run(text) {
      await using metadata = await startMetadata();
      const roles = [{ ...AGENT, trust: WEB_IDENTITY_ROLE.trust }];
      const env = { ...NO_AWS, GITHUB_ACTIONS: "true", ...metadata.githubEnv, ...variablesOf(text), ARAR_MASK: "0" };
      await inJob({ env, roles }, { "bin/agent": SHOW_ENV, "deny.json": textOf("agent-deny") }, async (job) => {
        const [command = "", ...rest] = commandsOf(text);
        assertEquals(rest, []);
        const shown = await job.shell(command);
        assertMatch(shown, /^ARAR_SESSION_ARN=.*:assumed-role\/agent\//m);
        assert(!shown.includes("ACTIONS_ID_TOKEN_REQUEST"), shown);
        assertNarrowed(job.sts.requests.at(-1)?.params ?? {});
      });
    },
  },
  "agent-profile": { needs: [AWS_CLI], run: asProfileAgent },
  "agent-mcp": { needs: [AWS_CLI], run: () => asProfileAgent(textOf("agent-profile")) },
  "agent-own": {
    run: (text) => {
      const agent = `#!/bin/sh\narar ${"$"}{1-} -- true\n`;
      return inJob({ roles: [AGENT], env: { AWS_ROLE_ARN: AGENT.arn } }, { "bin/agent": agent }, async (job) => {
        await job.shell(text);
        assertEquals({ ...lastAssumeRole(job.sts), ...READ_ONLY }, lastAssumeRole(job.sts));
        assertStringIncludes(await job.failing(`unset AWS_ROLE_ARN\n${text}`), "role");
      });
    },
  },
  "container": {
    needs: [AWS_CLI],
    run: (text) =>
      inJob({}, {}, async (job) => {
        await job.write("bin/docker", docker(job));
        assertStringIncludes(await job.shell(text), ":assumed-role/terraform-role/");
      }),
  },
  "kubeconfig": {
    needs: [["kubectl", "--help"], ["openssl", "version"], AWS_CLI],
    async run(text) {
      await using certificates = await makeCertificates();
      assert(certificates);
      const seen: (string | undefined)[] = [];
      await using api = await serve((request, response) => {
        seen.push(request.headers.authorization);
        response.end("{}");
      }, { tls: certificates.valid });
      const kubeconfig =
        `apiVersion: v1\nkind: Config\n${text}clusters: [{ name: eks, cluster: { server: "${api.url}", certificate-authority: "${certificates.caFile}" } }]\n` +
        "contexts: [{ name: eks, context: { cluster: eks, user: eks } }]\ncurrent-context: eks\n";
      const config = `[profile eks]\nrole_arn = ${AGENT.arn}\nsource_profile = user\n`;
      await inJob(
        { env: { ...FILES, KUBECONFIG: "kubeconfig" }, roles: [AGENT] },
        { kubeconfig, config, credentials: stored("user", ALICE) },
        async (job) => {
          await job.shell("kubectl get --raw /version");
          const [, encoded = ""] = /^Bearer k8s-aws-v1\.(.*)$/.exec(seen[0] ?? "") ?? [];
          const url = new URL(atob(encoded.replaceAll("-", "+").replaceAll("_", "/")));
          // The token is a signed request for the identity: EKS sends it.
          assertMatch(url.searchParams.get("X-Amz-Credential") ?? "", /^ASIA/);
          assertEquals(actions(job.sts), ["AssumeRole"]);
        },
      );
    },
  },
  "cron": {
    run: (text) =>
      withoutHome(async (job, installed) => {
        const [line = "", ...variables] = text.trim().split("\n").reverse();
        const command = line.split(" ").slice(5).join(" ");
        assertBackup(await job.shell(alone(job, variables, installed(command))));
      }),
  },
  "systemd": {
    run: (text) =>
      withoutHome(async (job, installed) => {
        const values = (name: string) =>
          [...text.matchAll(new RegExp(`^${name}=(.*)$`, "gm"))].map(([, value = ""]) => value);
        // The folder in which systemd puts what LoadCredential names.
        const [, name = "", file = ""] = /^(\w+):(.*)$/.exec(values("LoadCredential")[0] ?? "") ?? [];
        await job.shell(installed(`cp ${file} ${job.folder}/${name}`));
        const variables = values("Environment").map((value) => value.replace("%d", job.folder));
        assertBackup(await job.shell(alone(job, variables, installed(values("ExecStart")[0] ?? ""))), "refreshed");
      }),
  },
  "ansible": { needs: [["ansible-doc", "amazon.aws.aws_caller_info"]], run: () => runsPlaybook(textOf("ansible-run")) },
  "ansible-run": { needs: [["ansible-doc", "amazon.aws.aws_caller_info"]], run: runsPlaybook },
  "ecr": {
    needs: [["moto_server", "--help"], AWS_CLI],
    run: (text) =>
      onMoto({ "bin/docker": '#!/bin/sh\necho "$*"\ncat\n' }, async ({ shell }) => {
        assertMatch(await shell(text), /^login --username AWS --password-stdin 123456789012\.dkr\.ecr\.\S+\n\S{10,}/);
      }),
  },
  "rclone": {
    needs: [["moto_server", "--help"], AWS_CLI, ["rclone", "version"]],
    run: (text) =>
      onMoto({}, async ({ shell }) => {
        // As AWS, it would name the bucket in the host name, which moto has none of.
        const here = text.replace("provider=AWS", "provider=Minio");
        const settings = 'export RCLONE_S3_NO_CHECK_BUCKET=true RCLONE_S3_ENDPOINT="$AWS_ENDPOINT_URL"';
        await shell(`${BUCKET}\n${settings}\n${here}`);
        assertStringIncludes(await shell("aws s3 ls s3://state/out/"), " one.txt");
      }),
  },
  "restic": {
    needs: [["moto_server", "--help"], AWS_CLI, ["restic", "version"]],
    run: (text) =>
      onMoto({ "restic-password": "secret" }, async ({ shell }) => {
        const here = text.replace("https://s3.eu-west-1.amazonaws.com", "$AWS_ENDPOINT_URL");
        assertStringIncludes(await shell(`${BUCKET}\n${here}`), "snapshot");
        assertStringIncludes(await shell("aws s3 ls s3://state/snapshots/"), "\n");
      }),
  },
};

async function asProfileAgent(profile: string): Promise<void> {
  const files = { ...SIGNED_IN, config: `${profile}${SIGNED_IN.config}` };
  await inJob({ env: FILES, roles: [AGENT] }, files, async (job) => {
    assertStringIncludes(await job.shell(textOf("agent-mcp")), ":assumed-role/agent/");
    assertEquals({ ...lastAssumeRole(job.sts), ...READ_ONLY }, lastAssumeRole(job.sts));
  });
}

/** Starts the image's entry point, the AWS CLI, with nothing but what `-e` names, as Docker would. */
function docker({ sts }: Job): string {
  return `#!/bin/sh
[ "$1 $2 $3 $4" = "run --rm --network host" ] || exit 1
shift 4
names=
while [ "$1" = -e ]; do names="$names $2=$(printenv "$2")"; shift 2; done
shift
exec env -i PATH="$PATH" AWS_ENDPOINT_URL_STS=${sts.url} $names '${AWS}' "$@"
`;
}

/** A machine on which arar and a program are installed, and whose configuration is in /etc. */
function withoutHome(use: (job: Job, installed: (text: string) => string) => Promise<void>): Promise<void> {
  const files = {
    "bin/backup": SHOW_ENV,
    config: `[profile backup]\nregion = eu-west-1\nrole_arn = ${AGENT.arn}\nsource_profile = user\n`,
    credentials: stored("user", ALICE),
  };
  return inJob(
    { roles: [AGENT] },
    files,
    (job) =>
      use(job, (text) => text.replaceAll("/usr/local/bin/", `${job.folder}/bin/`).replaceAll("/etc/arar", job.folder)),
  );
}

/** A command with only these variables, and what leads to the stand-in for AWS. */
function alone({ folder, sts }: Job, variables: readonly string[], command: string): string {
  const own = variables.map((variable) => variable.replaceAll("/etc/arar", folder));
  return ["env -i", "PATH=/usr/bin:/bin", `DENO_DIR="$DENO_DIR"`, `AWS_ENDPOINT_URL_STS=${sts.url}`, ...own, command]
    .join(" ");
}

function assertBackup(shown: string, refreshed?: "refreshed"): void {
  const env = shownEnv(shown);
  assertMatch(env.ARAR_SESSION_ARN ?? "", /:assumed-role\/agent\//);
  assertEquals([env.HOME, env.AWS_REGION], [undefined, "eu-west-1"]);
  assertEquals(env.AWS_CONTAINER_CREDENTIALS_FULL_URI !== undefined, refreshed !== undefined);
}

function runsPlaybook(text: string): Promise<void> {
  return onMoto({ "site.yml": textOf("ansible") }, async ({ shell }) => {
    assertStringIncludes(await shell(`export AWS_URL="$AWS_ENDPOINT_URL"\n${text}`), ":assumed-role/terraform-role/");
  });
}

/** One for all recipes, if there is one. */
let moto: MotoServer | undefined;

const BUCKET = "aws s3 mb s3://state\nmkdir out\necho one >out/one.txt";

/** Runs on moto, an independent implementation of AWS's other services. */
async function onMoto(files: Readonly<Record<string, string>>, use: (job: Job) => Promise<void>): Promise<void> {
  assert(moto);
  await moto.reset();
  const env = { AWS_ENDPOINT_URL: moto.url, AWS_ENDPOINT_URL_STS: undefined, AWS_EC2_METADATA_DISABLED: "true" };
  await inJob({ env }, files, use);
}

function missing(needs: Recipe["needs"] = []): string {
  if (Deno.build.os === "windows") return "no sh on Windows";
  const lacking = needs.find(([name, argument]) => name === "aws" ? !HAS_AWS : !hasProgram(name, argument));
  return lacking ? `no ${lacking.join(" ")}` : "";
}

Deno.test("the recipes", async (t) => {
  await using started = missing([["moto_server", "--help"]]) ? undefined : await startMoto();
  moto = started;

  await t.step("have a name each, and a run", () => {
    assertEquals(RECIPES.map(({ name }) => name).sort(), Object.keys(RUNS).sort());
  });

  for (const { name, text } of RECIPES) {
    const recipe = RUNS[name];
    const lacks = missing(recipe?.needs);
    if (lacks) await t.step({ name: `${name} (skipped: ${lacks})`, ignore: true, fn() {} });
    else await t.step(name, () => recipe?.run(text));
  }
});
