/**
 * The examples of README for long runs, repeated runs and other tools, as they stand there.
 * Must not know how arar does what they show.
 */
import { assertEquals, assertMatch } from "@std/assert";
import { join } from "node:path";
import { ararWords, baseEnv } from "../arar.ts";
import { ALICE, startSts, type StsServer } from "../sts_server.ts";
import { actions, type EnvChange, hasProgram, jobEnv } from "./job.ts";
import { type ObjectStore, startObjectStore } from "./object_store.ts";

const README = await Deno.readTextFile(new URL("../../README.md", import.meta.url));

/** The first code block of that language under a heading. */
function example(heading: string, language: string): string | undefined {
  const [, section] = README.split(new RegExp(`^##+ ${heading}$`, "m"));
  return section?.split(/^##+ /m)[0]?.split(new RegExp(`^\`\`\`${language}\\n`, "m"))[1]?.split(/^```$/m)[0];
}

/** A folder with `arar` on PATH, a terraform project, and what a shell says to the example. */
async function inJob(sts: StsServer, change: EnvChange, use: (job: Job) => Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir();
  await using store = await startObjectStore();
  const words = ararWords().map((word) => `'${word}'`).join(" ");
  await Deno.mkdir(join(folder, "bin"));
  await Deno.writeTextFile(join(folder, "bin", "arar"), `#!/bin/sh\nexec ${words} "$@"\n`, { mode: 0o755 });
  await Deno.writeTextFile(join(folder, "main.tf"), terraformProject(store));
  const python = ["PYENV_ROOT", "PYENV_VERSION"].map((name) => [name, Deno.env.get(name)]);
  const env = jobEnv(sts, {
    ...baseEnv(),
    ...Object.fromEntries(python),
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
  await use({ folder, shell });
  await Deno.remove(folder, { recursive: true });
}

interface Job {
  readonly folder: string;
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

const missing = Deno.build.os === "windows"
  ? "no sh on Windows"
  : [["terraform", "version"], ["aws", "--version"]].map(([name = "", ...args]) =>
    hasProgram(name, ...args) ? "" : `no ${name}`
  )
    .find((reason) => reason !== "");

/** A case for the example under a heading. */
async function runs(
  t: Deno.TestContext,
  heading: string,
  language: string,
  use: (text: string) => Promise<void>,
): Promise<void> {
  const text = example(heading, language);
  const reason = missing ?? (text === undefined ? `README has no example under "${heading}"` : undefined);
  const name = `runs the example of ${heading}`;
  if (text === undefined || reason !== undefined) {
    await t.step({ name: `${name} (skipped: ${reason})`, ignore: true, fn: () => {} });
  } else await t.step(name, () => use(text));
}

Deno.test("README", async (t) => {
  await runs(t, "Long runs", "sh", async (text) => {
    await using sts = await startSts();
    await inJob(sts, {}, async ({ shell }) => {
      await shell("arar -- terraform init -no-color");
      assertMatch(await shell(text), /1 added/);
    });
  });

  await runs(t, "Several commands in one job", "sh", async (text) => {
    await using sts = await startSts();
    await inJob(sts, {}, async ({ shell }) => {
      assertMatch(await shell(text), /1 to add/);
    });
    assertEquals(actions(sts), ["GetCallerIdentity", "AssumeRole"]);
  });

  await runs(t, "From other tools", "ini", async (text) => {
    await using sts = await startSts();
    const keys = { AWS_ACCESS_KEY_ID: undefined, AWS_SECRET_ACCESS_KEY: undefined, AWS_ROLE_ARN: undefined };
    await inJob(
      sts,
      { ...keys, AWS_CONFIG_FILE: "config", AWS_SHARED_CREDENTIALS_FILE: "credentials" },
      async (job) => {
        const { accessKeyId, secretAccessKey } = ALICE;
        await Deno.writeTextFile(join(job.folder, "config"), text);
        await Deno.writeTextFile(
          join(job.folder, "credentials"),
          `[cicd]\naws_access_key_id = ${accessKeyId}\naws_secret_access_key = ${secretAccessKey}\n`,
        );
        const shown = await job.shell("aws --profile deploy sts get-caller-identity --query Arn --output text");
        assertMatch(shown, /:assumed-role\/terraform-role\//);
      },
    );
  });
});
