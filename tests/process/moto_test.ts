/** What arar hands over works where neither the server nor the command is of our making: moto, the AWS CLI and terraform. */
import { assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { arar } from "../arar.ts";
import { profileFiles } from "../profile/profiles.ts";
import { startMoto } from "../moto_server.ts";
import { AWS, hasAws } from "../python.ts";
import { hasProgram, skipUnless } from "./job.ts";
import type { Env } from "./signers.ts";

const skipped = [
  skipUnless(hasProgram("moto_server", "--help"), "no moto_server on PATH"),
  skipUnless(hasAws(), "no aws on PATH"),
].some(Boolean);

const IDENTITY = [AWS, "sts", "get-caller-identity", "--query", "Arn", "--output=text"];
const role = (name: string) => `arn:aws:iam::123456789012:role/${name}`;

/** What an aws program of our own, outside arar, says. */
async function aws(env: Env, ...args: readonly string[]): Promise<string> {
  const { stdout, stderr, success } = await new Deno.Command(AWS, { args: [...args], env: { ...env } }).output();
  if (!success) throw new Error(new TextDecoder().decode(stderr));
  return new TextDecoder().decode(stdout);
}

/** The keys of a user that moto knows. */
async function userKeys(env: Env, name: string): Promise<Env> {
  const administrator = { ...env, AWS_ACCESS_KEY_ID: "testing", AWS_SECRET_ACCESS_KEY: "testing" };
  await aws(administrator, "iam", "create-user", "--user-name", name);
  const { AccessKey } = JSON.parse(await aws(administrator, "iam", "create-access-key", "--user-name", name));
  return { AWS_ACCESS_KEY_ID: AccessKey.AccessKeyId, AWS_SECRET_ACCESS_KEY: AccessKey.SecretAccessKey };
}

Deno.test({
  name: "arar before the aws program, against moto",
  ignore: skipped,
  fn: async (t) => {
    const rows: readonly (readonly [string, string, readonly string[], Env, RegExp])[] = [
      [
        "runs it as the role of AWS_PROFILE, signed by the exported keys",
        `[profile cicd]\nrole_arn = ${role("iam-example-role")}\ncredential_source = Environment\n`,
        [],
        { AWS_PROFILE: "cicd" },
        /:assumed-role\/iam-example-role\/arar-\d+$/,
      ],
      [
        "runs it as the role of [default], signed by the exported keys",
        `[default]\nrole_arn = ${role("iam-example-role")}\ncredential_source = Environment\n`,
        [],
        {},
        /:assumed-role\/iam-example-role\/arar-\d+$/,
      ],
      [
        "runs it under the user's name, whatever AWS_PROFILE says",
        "",
        ["-u"],
        { AWS_ROLE_ARN: role("terraform-role"), AWS_PROFILE: "not-there" },
        /:assumed-role\/terraform-role\/alice$/,
      ],
      [
        "runs it as the last role of a chain",
        `[profile cicd]\nrole_arn = ${role("first")}\ncredential_source = Environment\n`,
        ["--profile=cicd", "--role-arn", role("second"), "--role-arn", role("team/third")],
        {},
        /:assumed-role\/third\/arar-\d+$/,
      ],
    ];
    await using moto = await startMoto();

    await t.step("runs it as every kind of role", async () => {
      const base = { AWS_ENDPOINT_URL: moto.url, AWS_DEFAULT_REGION: "us-east-1" };
      const keys = await userKeys(base, "alice");
      for (const [what, config, options, env, expected] of rows) {
        using files = profileFiles(config);
        const all = { ...base, ...keys, ...files.env, ...env };
        const { code, stdout, stderr } = await arar([...options, "--", ...IDENTITY], { env: all });
        assertEquals([code, stderr], [0, ""], what);
        assertMatch(stdout.trim(), expected, what);
      }
    });

    await moto.reset();
    const env = {
      AWS_ENDPOINT_URL: moto.url,
      AWS_DEFAULT_REGION: "us-east-1",
      AWS_ACCESS_KEY_ID: "testing",
      AWS_SECRET_ACCESS_KEY: "testing",
      AWS_ROLE_ARN: role("terraform-role"),
    };

    await t.step("takes the user that moto makes up for -u", async () => {
      const { code, stdout, stderr } = await arar(["-u", "--", ...IDENTITY], { env });
      assertEquals([code, stderr], [0, ""]);
      assertMatch(stdout.trim(), /:assumed-role\/terraform-role\/moto$/);
    });

    await t.step({
      name: "is enough for terraform's S3 backend, with a user that moto makes up",
      ignore: skipUnless(hasProgram("terraform", "version"), "no terraform on PATH"),
      fn: async () => {
        const cwd = await Deno.makeTempDir({ prefix: "arar-terraform-" });
        const run = (...words: readonly string[]) =>
          arar(["-u", "--", ...words], { env: { ...env, CHECKPOINT_DISABLE: "1" }, cwd });
        try {
          await Deno.writeTextFile(`${cwd}/main.tf`, STATE_IN_S3);
          assertEquals((await run(AWS, "s3api", "create-bucket", "--bucket=state")).code, 0);
          const init = await run("terraform", "init", "-no-color", "-input=false");
          assertEquals([init.code, init.stderr], [0, ""], init.stdout + init.stderr);
          const apply = await run("terraform", "apply", "-auto-approve", "-no-color", "-input=false");
          assertEquals([apply.code, apply.stderr], [0, ""], apply.stdout + apply.stderr);
          const objects = await run(AWS, "s3api", "list-objects-v2", "--bucket=state", "--query=Contents[].Key");
          assertStringIncludes(objects.stdout, '"arar.tfstate"');
        } finally {
          await Deno.remove(cwd, { recursive: true });
        }
      },
    });
  },
});

/** `terraform_data` is built in: no provider is downloaded. */
const STATE_IN_S3 = `
terraform {
  backend "s3" {
    bucket         = "state"
    key            = "arar.tfstate"
    use_path_style = true
  }
}
resource "terraform_data" "word" {
  input = "hello"
}
`;
