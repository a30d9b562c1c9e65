/** arar with moto, another project's STS, and boto3 and the AWS CLI as the command. */
import { assertEquals, assertMatch } from "@std/assert";
import { arar, baseEnv } from "../arar.ts";
import { startMoto } from "../moto_server.ts";
import { profileFiles } from "../profile/profiles.ts";
import { AWS, HAS_AWS, HAS_BOTO3, PYTHON } from "../python.ts";
import { hasProgram, skipUnless } from "./job.ts";
import type { Env } from "./signers.ts";

const roleArn = (name: string) => `arn:aws:iam::123456789012:role/${name}`;

/** Creates a user and a bucket; prints the user's keys. */
const SET_UP = `
import boto3, json
iam = boto3.client("iam")
iam.create_user(UserName="ci-bot")
key = iam.create_access_key(UserName="ci-bot")["AccessKey"]
boto3.client("s3").create_bucket(Bucket="state")
print(json.dumps({"AWS_ACCESS_KEY_ID": key["AccessKeyId"], "AWS_SECRET_ACCESS_KEY": key["SecretAccessKey"]}))
`;

const BOTO3 = `
import boto3
session = boto3.Session()
session.client("s3").put_object(Bucket="state", Key="from-boto3", Body=b"x")
print(session.client("sts").get_caller_identity()["Arn"], session.get_credentials().method, session.region_name)
`;

async function python(script: string, env: Env): Promise<string> {
  const command = new Deno.Command(PYTHON, { args: ["-c", script], clearEnv: true, env: { ...baseEnv(), ...env } });
  const { stdout, stderr, success } = await command.output();
  if (!success) throw new Error(new TextDecoder().decode(stderr));
  return new TextDecoder().decode(stdout);
}

Deno.test({
  name: "a client behind arar, with moto as AWS,",
  ignore: [
    skipUnless(hasProgram("moto_server", "--help"), "no moto_server on PATH"),
    skipUnless(HAS_BOTO3, "no boto3 for python3"),
  ].some(Boolean),
  fn: async (t) => {
    await using moto = await startMoto();
    const base = { AWS_ENDPOINT_URL: moto.url, AWS_DEFAULT_REGION: "us-east-1" };
    const testing = { AWS_ACCESS_KEY_ID: "testing", AWS_SECRET_ACCESS_KEY: "testing" };
    const env: Env = { ...base, ...JSON.parse(await python(SET_UP, { ...base, ...testing })) };
    using files = profileFiles(`[profile cicd]\nrole_arn = ${roleArn("first")}\ncredential_source = Environment\n`);

    await t.step("acts as the role, with the user name as the session name: boto3", async () => {
      const role = { AWS_ROLE_ARN: roleArn("terraform-role") };
      const { code, stdout, stderr } = await arar(["-u", "--", PYTHON, "-c", BOTO3], { env: { ...env, ...role } });
      const expected = "arn:aws:sts::123456789012:assumed-role/terraform-role/ci-bot env us-east-1\n";
      assertEquals([code, stderr, stdout], [0, "", expected]);
    });

    await t.step({
      name: "acts as the last role after that of AWS_PROFILE: the AWS CLI",
      ignore: skipUnless(HAS_AWS, "no aws on PATH"),
      fn: async () => {
        const words = ["--role-arn", roleArn("second"), "--role-arn", roleArn("team/third"), "--"];
        const command = [AWS, "sts", "get-caller-identity", "--query", "Arn", "--output=text"];
        const { code, stdout, stderr } = await arar(["--profile=cicd", ...words, ...command], {
          env: { ...env, ...files.env },
        });
        assertEquals([code, stderr], [0, ""]);
        assertMatch(stdout, /:assumed-role\/third\/arar-\d+\n$/);
      },
    });
  },
});
