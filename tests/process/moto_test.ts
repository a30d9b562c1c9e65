/** arar with servers and commands from other projects: boto3, the AWS CLI and terraform behind it, moto as AWS. */
import { assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { arar, type ArarResult, baseEnv } from "../arar.ts";
import { type MotoServer, startMoto } from "../moto_server.ts";
import { profileFiles } from "../profile/profiles.ts";
import { AWS, HAS_BOTO3, hasAws, PYTHON } from "../python.ts";
import { hasProgram, skipUnless } from "./job.ts";
import type { Env } from "./signers.ts";

const roleArn = (name: string) => `arn:aws:iam::123456789012:role/${name}`;
const ROLE: Env = { AWS_ROLE_ARN: roleArn("terraform-role") };
const withoutMoto = [
  skipUnless(hasProgram("moto_server", "--help"), "no moto_server on PATH"),
  skipUnless(HAS_BOTO3, "no boto3 for python3"),
].some(Boolean);
const withoutAws = skipUnless(hasAws(), "no aws on PATH");
const withoutTerraform = skipUnless(hasProgram("terraform", "version"), "no terraform on PATH");

/** Creates a user and a bucket; prints the user's keys. */
const SET_UP = `
import boto3, json
iam = boto3.client("iam")
iam.create_user(UserName="ci-bot")
key = iam.create_access_key(UserName="ci-bot")["AccessKey"]
boto3.client("s3").create_bucket(Bucket="state")
print(json.dumps({"AWS_ACCESS_KEY_ID": key["AccessKeyId"], "AWS_SECRET_ACCESS_KEY": key["SecretAccessKey"]}))
`;

async function python(script: string, env: Env): Promise<string> {
  const { stdout, stderr, success } = await new Deno.Command(PYTHON, {
    args: ["-c", script],
    clearEnv: true,
    env: { ...baseEnv(), ...env },
  }).output();
  if (!success) throw new Error(new TextDecoder().decode(stderr));
  return new TextDecoder().decode(stdout);
}

/** What a job exports: the keys of a user in moto, and moto's URL. */
async function setUp(moto: MotoServer): Promise<Env> {
  const base = { AWS_ENDPOINT_URL: moto.url, AWS_DEFAULT_REGION: "us-east-1" };
  const keys: Env = JSON.parse(
    await python(SET_UP, { ...base, AWS_ACCESS_KEY_ID: "testing", AWS_SECRET_ACCESS_KEY: "testing" }),
  );
  return { ...base, ...keys };
}

Deno.test({
  name: "clients behind arar",
  ignore: withoutMoto,
  fn: async (t) => {
    await using moto = await startMoto();
    const env = await setUp(moto);

    await t.step("boto3 acts as the role, with the user name as the session name", async () => {
      const script = `
import boto3
session = boto3.Session()
print(session.client("sts").get_caller_identity()["Arn"])
session.client("s3").put_object(Bucket="state", Key="from-boto3", Body=b"x")
print(session.get_credentials().method, session.region_name)
`;
      const before = await python('import boto3; print(boto3.client("sts").get_caller_identity()["Arn"])', env);
      assertEquals(before, "arn:aws:iam::123456789012:user/ci-bot\n");
      const { code, stdout, stderr } = await arar(["-u", "--", PYTHON, "-c", script], { env: { ...env, ...ROLE } });
      const [arn, signer] = stdout.split("\n");
      assertEquals([code, stderr, arn], [0, "", "arn:aws:sts::123456789012:assumed-role/terraform-role/ci-bot"]);
      assertEquals(signer, "env us-east-1");
    });

    for (const [what, options, change, expected, config] of UNDER_AWS) {
      await t.step({
        name: `the AWS CLI has ${what}`,
        ignore: withoutAws,
        fn: async () => {
          using files = profileFiles(config ?? "");
          const words = [...options, "--", AWS, "sts", "get-caller-identity", "--query", "Arn", "--output=text"];
          const { code, stdout, stderr } = await arar(words, { env: { ...env, ...files.env, ...change } });
          assertEquals([code, stderr], [0, ""]);
          assertMatch(stdout.trim(), expected);
        },
      });
    }

    await t.step({
      name: "terraform keeps its state in S3, and arar passes on all codes of -detailed-exitcode",
      ignore: withoutTerraform,
      fn: async () => {
        const folder = await Deno.makeTempDir({ prefix: "arar-terraform-" });
        try {
          await Deno.writeTextFile(`${folder}/main.tf`, CONFIGURATION);
          await walk((...words) =>
            arar(["-u", "--", "terraform", ...words], { env: { ...env, ...ROLE, ...QUIET }, cwd: folder })
          );
        } finally {
          await Deno.remove(folder, { recursive: true });
        }
        const state =
          'print(boto3.client("s3").get_object(Bucket="state", Key="arar.tfstate")["Body"].read().decode())';
        assertStringIncludes(await python(`import boto3; ${state}`, env), '"value": "hello"');
      },
    });
  },
});

const profile = (heading: string, role: string) =>
  `[${heading}]\nrole_arn = ${roleArn(role)}\ncredential_source = Environment\n`;

const UNDER_AWS: readonly (readonly [what: string, options: readonly string[], Env, RegExp, config?: string])[] = [
  [
    "the role of AWS_PROFILE, assumed with exported keys",
    [],
    { AWS_PROFILE: "cicd" },
    /:assumed-role\/iam-example-role\/arar-\d+$/,
    profile("profile cicd", "iam-example-role"),
  ],
  [
    "the role of [default], assumed with exported keys",
    [],
    {},
    /:assumed-role\/iam-example-role\/arar-\d+$/,
    profile("default", "iam-example-role"),
  ],
  [
    "the user name as the session name with -u, regardless of AWS_PROFILE",
    ["-u"],
    { ...ROLE, AWS_PROFILE: "not-there" },
    /:assumed-role\/terraform-role\/ci-bot$/,
  ],
  [
    "the last role of a chain",
    ["--profile=cicd", "--role-arn", roleArn("second"), "--role-arn", roleArn("team/third")],
    {},
    /:assumed-role\/third\/arar-\d+$/,
    profile("profile cicd", "first"),
  ],
];

async function walk(terraform: (...words: readonly string[]) => Promise<ArarResult>): Promise<void> {
  const init = await terraform("init", "-no-color", "-input=false");
  assertEquals([init.code, init.stderr], [0, ""], init.stdout + init.stderr);
  const plan = ["plan", "-detailed-exitcode", "-no-color", "-input=false"];
  const changes = await terraform(...plan);
  assertEquals([changes.code, changes.stderr], [2, ""]);
  const apply = await terraform("apply", "-auto-approve", "-no-color", "-input=false");
  assertEquals([apply.code, apply.stderr], [0, ""]);
  assertMatch(apply.stdout, /Apply complete! Resources: 1 added/);
  const same = await terraform(...plan);
  assertEquals([same.code, same.stderr], [0, ""]);
  const broken = await terraform(...plan, "-var=word=");
  assertEquals(broken.code, 1);
  assertStringIncludes(broken.stderr, "a word is needed");
}

/** Disables the version check and everything else that would leave this machine. */
const QUIET = { CHECKPOINT_DISABLE: "1", TF_IN_AUTOMATION: "1", AWS_EC2_METADATA_DISABLED: "true" };

/** `terraform_data` is built in: no provider is downloaded. */
const CONFIGURATION = `
terraform {
  backend "s3" {
    bucket         = "state"
    key            = "arar.tfstate"
    use_path_style = true
  }
}
variable "word" {
  default = "hello"
  validation {
    condition     = var.word != ""
    error_message = "a word is needed"
  }
}
resource "terraform_data" "word" {
  input = var.word
}
`;
