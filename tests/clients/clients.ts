/**
 * The clients that people run behind arar: SDKs, and tools for S3. Each makes one call, and is recognized by its user
 * agent.
 */
import { delimiter, join } from "node:path";
import { fileURLToPath } from "node:url";
import { denoFlags } from "../arar.ts";
import { hasProgram } from "../process/job.ts";
import { AWS, awsVersion, HAS_BOTO3, PYTHON } from "../python.ts";

/** A client. */
export interface Client {
  readonly name: string;
  /** Shell words that call GetCallerIdentity, or list the bucket `state` of `AWS_ENDPOINT_URL_S3`. */
  readonly words: string;
  /** Matches its user agent. */
  readonly userAgent: RegExp;
  /** What it calls; STS by default. */
  readonly calls?: "S3";
  /** It has no container credentials (GDAL 3.6, Ruby 3.168: not by a whole URL), so `--refresh` is nothing for it. */
  readonly withoutRefresh?: true;
  /** Why it cannot be used here. */
  readonly missing?: string;
}

/** A temporary folder with the programs of the clients. */
export interface ClientFolder extends AsyncDisposable {
  readonly clients: readonly Client[];
}

const V2 = "npm:aws-sdk@2.1693.0/clients/sts.js";
const V2_FLAGS = ["--no-config", `--lock=${fileURLToPath(new URL("aws_sdk_v2.lock", import.meta.url))}`, "--frozen"];
/** Where Debian's packages put Go's sources. */
const GO = { GO111MODULE: "off", GOPATH: "/usr/share/gocode", GOFLAGS: "" };

const SCRIPTS = {
  "v2.mjs": `import STS from "${V2}";
await new STS({ region: "us-east-1", endpoint: process.env.AWS_ENDPOINT_URL_STS }).getCallerIdentity().promise();`,
  "v3.mjs": `import { GetCallerIdentityCommand, STSClient } from "@aws-sdk/client-sts";
await new STSClient({ region: "us-east-1" }).send(new GetCallerIdentityCommand({}));`,
  "v1.go": `package main
import ("os"; "github.com/aws/aws-sdk-go/aws"; "github.com/aws/aws-sdk-go/aws/session"; "github.com/aws/aws-sdk-go/service/sts")
func main() {
	config := aws.NewConfig().WithRegion("us-east-1").WithEndpoint(os.Getenv("AWS_ENDPOINT_URL_STS"))
	if _, err := sts.New(session.Must(session.NewSession(config))).GetCallerIdentity(nil); err != nil { panic(err) }
}`,
  "v2.go": `package main
import ("context"; "os"; "github.com/aws/aws-sdk-go-v2/config"; "github.com/aws/aws-sdk-go-v2/service/sts")
func main() {
	c, err := config.LoadDefaultConfig(context.TODO(), config.WithRegion("us-east-1"))
	if err != nil { panic(err) }
	url := sts.WithEndpointResolver(sts.EndpointResolverFromURL(os.Getenv("AWS_ENDPOINT_URL_STS")))
	if _, err = sts.NewFromConfig(c, url).GetCallerIdentity(context.TODO(), nil); err != nil { panic(err) }
}`,
  "sts.rb": `require "aws-sdk-core"
Aws::STS::Client.new(region: "us-east-1", endpoint: ENV["AWS_ENDPOINT_URL_STS"]).get_caller_identity`,
  "cdk/manifest.json": JSON.stringify({
    version: "36.0.0",
    artifacts: {
      Stack: {
        type: "aws:cloudformation:stack",
        environment: "aws://unknown-account/us-east-1",
        properties: { templateFile: "template.json" },
      },
    },
  }),
  "cdk/template.json": JSON.stringify({ Resources: { Queue: { Type: "AWS::SQS::Queue" } } }),
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
  await Deno.mkdir(`${folder}/cdk`);
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
    ...[1, 2].map((version) => {
      const aws = awsCli(version);
      return {
        name: `the AWS CLI v${version}`,
        // The first releases of v2 do not know AWS_ENDPOINT_URL_STS.
        words: `${
          shell([aws ?? ""])
        } --endpoint-url "$AWS_ENDPOINT_URL_STS" --region us-east-1 sts get-caller-identity`,
        userAgent: new RegExp(`^aws-cli/${version}\\.`),
        ...unless(aws !== undefined, "not on PATH"),
      };
    }),
    {
      name: "terraform",
      words: shell(["terraform", `-chdir=${folder}`, "init", "-no-color", "-reconfigure"]),
      userAgent: /HashiCorp/,
      ...unless(hasProgram("terraform", "version"), "no terraform on PATH"),
    },
    {
      name: "the JavaScript SDK v3",
      words: shell([...deno, ...denoFlags(), `${folder}/v3.mjs`]),
      userAgent: /^aws-sdk-js\/(?!.* (?:aws-cdk|arar)\/)/,
    },
    {
      name: "the JavaScript SDK v2",
      words: shell([...deno, ...V2_FLAGS, `${folder}/v2.mjs`]),
      userAgent: /^aws-sdk-nodejs\//,
      ...unless(hasProgram(Deno.execPath(), "cache", "--quiet", ...V2_FLAGS, V2), "npm's aws-sdk cannot be loaded"),
    },
    { ...goProgram(folder, "v1"), name: "the Go SDK v1", userAgent: /^aws-sdk-go\// },
    { ...goProgram(folder, "v2"), name: "the Go SDK v2", userAgent: /^aws-sdk-go-v2\// },
    {
      name: "the Ruby SDK v3",
      words: shell(["ruby", `${folder}/sts.rb`]),
      userAgent: /^aws-sdk-ruby3\//,
      withoutRefresh: true,
      ...unless(hasProgram("ruby", "-e", 'require "aws-sdk-core"'), "no aws-sdk-core for ruby"),
    },
    {
      name: "the CDK",
      words: `AWS_ENDPOINT_URL="$AWS_ENDPOINT_URL_S3" CDK_DISABLE_CLI_TELEMETRY=true ` +
        `cdk --app ${shell([`${folder}/cdk`])} deploy --all --no-notices --no-version-reporting`,
      userAgent: /^aws-sdk-js\/.* aws-cdk\//,
      ...unless(hasProgram("cdk", "--version"), "not on PATH"),
    },
    {
      name: "rclone",
      words:
        `RCLONE_S3_PROVIDER=Other RCLONE_S3_ENV_AUTH=true RCLONE_S3_ENDPOINT="$AWS_ENDPOINT_URL_S3" rclone ls :s3:state`,
      userAgent: /^rclone\//,
      calls: "S3",
      ...unless(hasProgram("rclone", "version"), "not on PATH"),
    },
    {
      name: "restic",
      words: `RESTIC_PASSWORD=x restic --no-cache --repo "s3:$AWS_ENDPOINT_URL_S3/state" snapshots`,
      userAgent: /^MinIO /,
      calls: "S3",
      ...unless(hasProgram("restic", "version"), "not on PATH"),
    },
    {
      name: "s3cmd",
      words:
        `s3cmd --no-ssl --host="\${AWS_ENDPOINT_URL_S3#http://}" --host-bucket="\${AWS_ENDPOINT_URL_S3#http://}" ls s3://state`,
      userAgent: /^$/,
      withoutRefresh: true,
      calls: "S3",
      ...unless(hasProgram("s3cmd", "--version"), "not on PATH"),
    },
    {
      name: "GDAL",
      words: `AWS_S3_ENDPOINT="\${AWS_ENDPOINT_URL_S3#http://}" AWS_HTTPS=NO AWS_VIRTUAL_HOSTING=FALSE ` +
        "GDAL_HTTP_USERAGENT=gdal ogrinfo /vsis3/state/x.json",
      userAgent: /^gdal$/,
      withoutRefresh: true,
      calls: "S3",
      ...unless(hasProgram("ogrinfo", "--version"), "no ogrinfo on PATH"),
    },
  ];
}

/** An AWS CLI of this version, if there is one. */
function awsCli(version: number): string | undefined {
  const folders = (Deno.env.get("PATH") ?? "").split(delimiter).map((folder) => join(folder, "aws"));
  return [AWS, ...folders].find((path) => awsVersion(path).startsWith(`aws-cli/${version}.`));
}

function goProgram(folder: string, name: "v1" | "v2"): Pick<Client, "words" | "missing"> {
  const program = `${folder}/${name}`;
  try {
    const args = ["build", "-o", program, `${program}.go`];
    const { success } = new Deno.Command("go", { args, env: GO, stderr: "null" }).outputSync();
    return { words: shell([program]), ...unless(success, `its sources are not in ${GO.GOPATH}`) };
  } catch {
    return { words: "", missing: "no go on PATH" };
  }
}

function unless(there: boolean, missing: string): Pick<Client, "missing"> {
  return there ? {} : { missing };
}

function shell(words: readonly string[]): string {
  return words.map((word) => `'${word.replaceAll("'", `'\\''`)}'`).join(" ");
}
