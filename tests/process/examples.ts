/**
 * The world in which the examples of the documents run: a folder with a terraform project, a shell, STS, and a release
 * to install.
 */
import { assertEquals } from "@std/assert";
import { join } from "node:path";
import { ararWords, baseEnv } from "../arar.ts";
import { readText } from "../project/sources.ts";
import { AWS, HAS_AWS } from "../python.ts";
import { findProgram, makeWorld, SCRIPT } from "../release/install_world.ts";
import { writeScripts } from "../scripts.ts";
import { type Caller, type Role, startSts, type StsServer } from "../sts_server.ts";
import { type EnvChange, jobEnv } from "./job.ts";
import { type ObjectStore, startObjectStore } from "./object_store.ts";

/** A fenced block, with the name that follows its language. */
export interface Example {
  readonly path: string;
  readonly name: string;
  readonly text: string;
}

/** Every fenced block of a document. */
export function examplesOf(path: string): readonly Example[] {
  return [...readText(path).matchAll(/^```(\w+)(?: ([\w-]+))?\n(.*?)^```$/gms)]
    .map(([, , name = "", text = ""]) => ({ path, name, text }));
}

/** The job in which an example runs. */
export interface Job {
  readonly folder: string;
  readonly sts: StsServer;
  /** Runs a script that must succeed; returns its stdout. */
  shell(script: string): Promise<string>;
  /** Runs a script that must fail; returns its stderr. */
  failing(script: string): Promise<string>;
  write(name: string, text: string): Promise<void>;
}

/** Differences from alice's job. */
export interface JobOptions {
  readonly env?: EnvChange;
  readonly roles?: readonly Role[];
  readonly users?: readonly Caller[];
  /** Whether the example installs arar itself. */
  readonly installs?: true;
}

/** Runs an example in its own folder, which is also its home and the only place where it installs anything. */
export async function withJob(options: JobOptions, use: (job: Job) => Promise<void>): Promise<void> {
  const { env = {}, roles, users } = options;
  await using sts = await startSts({ ...roles && { roles }, ...users && { users } });
  await using store = await startObjectStore();
  await using release = await makeWorld();
  release.page.binary = program();
  const { folder } = release;
  const home = join(folder, "home");
  const [bin, installed] = [join(home, "bin"), join(home, ".local", "bin")];
  await Deno.mkdir(bin, { recursive: true });
  await Deno.mkdir(installed, { recursive: true });
  const write = (name: string, text: string) =>
    text.startsWith("#!") ? writeScripts({ [join(home, name)]: text }) : Deno.writeTextFile(join(home, name), text);
  if (!options.installs) await write("bin/arar", program());
  await write("bin/curl", curl());
  if (HAS_AWS) await write("bin/aws", `#!/bin/sh\nexec '${AWS}' "$@"\n`);
  await write("main.tf", terraformProject(store));
  const variables = jobEnv(sts, {
    ...baseEnv(),
    HOME: home,
    PATH: [bin, installed, Deno.env.get("PATH")].join(":"),
    XDG_CACHE_HOME: join(home, "cache"),
    TMPDIR: join(folder, "tmp"),
    CHECKPOINT_DISABLE: "1",
    ARAR_INSTALL_DIR: installed,
    ARAR_DOWNLOAD_URL: release.origin,
    ...env,
  });
  const run = async (script: string, fails: boolean) => {
    const { code, stdout, stderr } = await new Deno.Command("sh", {
      args: ["-e", "-c", script],
      env: variables,
      clearEnv: true,
      cwd: home,
      stdin: "null",
    }).output();
    const [shown, said] = [stdout, stderr].map((bytes) => new TextDecoder().decode(bytes));
    assertEquals(code !== 0, fails, `${shown}\n${said}`);
    return (fails ? said : shown) ?? "";
  };
  await use({
    folder: home,
    sts,
    write,
    shell: (script) => run(script, false),
    failing: (script) => run(script, true),
  });
}

/** The arar under test, in the form of a release binary for the install script. */
function program(): string {
  const words = ararWords().map((word) => `'${word}'`).join(" ");
  return `#!/bin/sh\nif [ "$*" = --version ]; then echo "arar 1.2.3"; else exec ${words} "$@"; fi\n`;
}

/** The real one, to which GitHub is this repository. */
function curl(): string {
  return `#!/bin/sh
case $* in
  *" https://raw.githubusercontent.com/ikedam/arar/v1/.github/devcontainer/src/arar/install.sh") cat '${SCRIPT.pathname}' ;;
  *) exec '${findProgram("curl") ?? "curl"}' "$@" ;;
esac
`;
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

/** The variables that a CI's file gives its job; those that are secrets are the job's own. */
export function variablesOf(yaml: string): Readonly<Record<string, string>> {
  return Object.fromEntries(
    [...yaml.matchAll(/(?:^ +|[{,] )(A[A-Z_]+): (?:"([^"]*)"|([^\s,}]+))/gm)]
      .map(([, name = "", quoted, bare]) => [name, quoted ?? bare ?? ""]),
  );
}

/** The lines of a `script:` list, as one script. */
export function scriptOf(yaml: string): string {
  const [, script = ""] = yaml.split(/^ *script:\n/m);
  return script.split("\n").map((line) => line.replace(/^ *- /, "")).join("\n");
}

interface Policy {
  readonly Statement: {
    readonly Principal?: { readonly AWS?: string };
    readonly Condition?: { readonly StringEquals: Readonly<Record<string, string>> };
  };
}

/** The role that the script's trust policy makes, as the embedded STS understands it. */
export function roleOf(script: string, role: Role): Role {
  const [, text = ""] = /--assume-role-policy-document '(\{.*?^\})'/ms.exec(script) ?? [];
  const { Statement: { Principal, Condition } }: Policy = JSON.parse(text);
  const tests = Condition?.StringEquals ?? {};
  const claim = (name: string) => Object.entries(tests).find(([key]) => key.endsWith(`:${name}`))?.[1];
  const [audience, subjectPrefix] = [claim("aud"), claim("sub")];
  return {
    ...role,
    trust: {
      principals: Principal?.AWS === undefined ? [] : [Principal.AWS],
      sessionNameIsUserName: tests["sts:RoleSessionName"] === "${aws:username}",
      ...audience !== undefined && subjectPrefix !== undefined && { webIdentity: { audience, subjectPrefix } },
    },
  };
}
