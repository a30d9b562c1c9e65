/**
 * The clients that people run behind arar: boto3, the AWS CLI, terraform and both JavaScript SDKs. Each calls
 * GetCallerIdentity, and is recognized by its user agent.
 */
import { fileURLToPath } from "node:url";
import { denoFlags } from "../arar.ts";
import { hasProgram } from "../process/job.ts";
import { AWS, HAS_BOTO3, hasAws, PYTHON } from "../python.ts";

/** A client. */
export interface Client {
  readonly name: string;
  /** Shell words that call GetCallerIdentity. */
  readonly words: string;
  /** Matches its user agent. */
  readonly userAgent: RegExp;
  /** Why it cannot be used here. */
  readonly missing?: string;
}

/** A temporary folder with the programs of the clients. */
export interface ClientFolder extends AsyncDisposable {
  readonly clients: readonly Client[];
}

const V2 = "npm:aws-sdk@2.1693.0/clients/sts.js";
const V2_FLAGS = ["--no-config", `--lock=${fileURLToPath(new URL("aws_sdk_v2.lock", import.meta.url))}`, "--frozen"];

const SCRIPTS = {
  "v2.mjs": `import STS from "${V2}";
await new STS({ region: "us-east-1", endpoint: process.env.AWS_ENDPOINT_URL_STS }).getCallerIdentity().promise();`,
  "v3.mjs": `import { GetCallerIdentityCommand, STSClient } from "@aws-sdk/client-sts";
await new STSClient({ region: "us-east-1" }).send(new GetCallerIdentityCommand({}));`,
  "main.tf": `terraform {
  backend "s3" {
    bucket                     = "state"
    key                        = "terraform.tfstate"
    region                     = "us-east-1"
    use_path_style             = true
    skip_region_validation     = true
    skip_metadata_api_check    = true
    skip_requesting_account_id = true
  }
}`,
};

/** Prepares the clients. Terraform's state is in the bucket `state` of `AWS_ENDPOINT_URL_S3`. */
export async function prepareClients(): Promise<ClientFolder> {
  const folder = await Deno.makeTempDir({ prefix: "arar-clients-" });
  for (const [name, text] of Object.entries(SCRIPTS)) await Deno.writeTextFile(`${folder}/${name}`, text);
  return {
    clients: clientsIn(folder),
    [Symbol.asyncDispose]: () => Deno.remove(folder, { recursive: true }),
  };
}

function clientsIn(folder: string): readonly Client[] {
  const deno = [Deno.execPath(), "run", "--quiet", "-A"];
  return [
    {
      name: "boto3",
      words: shell([PYTHON, "-c", "import boto3; boto3.client('sts', region_name='us-east-1').get_caller_identity()"]),
      userAgent: /^Boto3\//,
      ...unless(HAS_BOTO3, "no boto3 for python3"),
    },
    {
      name: "the AWS CLI",
      words: shell([AWS, "--region", "us-east-1", "sts", "get-caller-identity"]),
      userAgent: /^aws-cli\//,
      ...unless(hasAws(), "no aws on PATH"),
    },
    {
      name: "terraform",
      words: shell(["terraform", `-chdir=${folder}`, "init", "-no-color", "-reconfigure"]),
      userAgent: /HashiCorp/,
      ...unless(hasProgram("terraform", "version"), "no terraform on PATH"),
    },
    {
      name: "the JavaScript SDK v3",
      words: shell([...deno, ...denoFlags(), `${folder}/v3.mjs`]),
      userAgent: /^aws-sdk-js\//,
    },
    {
      name: "the JavaScript SDK v2",
      words: shell([...deno, ...V2_FLAGS, `${folder}/v2.mjs`]),
      userAgent: /^aws-sdk-nodejs\//,
      ...unless(hasProgram(Deno.execPath(), "cache", "--quiet", ...V2_FLAGS, V2), "npm's aws-sdk cannot be loaded"),
    },
  ];
}

function unless(there: boolean, missing: string): Pick<Client, "missing"> {
  return there ? {} : { missing };
}

function shell(words: readonly string[]): string {
  return words.map((word) => `'${word.replaceAll("'", `'\\''`)}'`).join(" ");
}
