/** arar with a server and a command from other projects: moto and the AWS CLI. */
import { assertEquals, assertMatch } from "@std/assert";
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

/** Runs the AWS CLI without arar; returns its stdout. */
async function aws(env: Env, ...args: readonly string[]): Promise<string> {
  const { stdout, stderr, success } = await new Deno.Command(AWS, { args: [...args], env: { ...env } }).output();
  if (!success) throw new Error(new TextDecoder().decode(stderr));
  return new TextDecoder().decode(stdout);
}

/** Creates a user in moto; returns its keys. */
async function userKeys(env: Env, name: string): Promise<Env> {
  const administrator = { ...env, AWS_ACCESS_KEY_ID: "testing", AWS_SECRET_ACCESS_KEY: "testing" };
  await aws(administrator, "iam", "create-user", "--user-name", name);
  const { AccessKey } = JSON.parse(await aws(administrator, "iam", "create-access-key", "--user-name", name));
  return { AWS_ACCESS_KEY_ID: AccessKey.AccessKeyId, AWS_SECRET_ACCESS_KEY: AccessKey.SecretAccessKey };
}

Deno.test({
  name: "the AWS CLI behind arar",
  ignore: skipped,
  fn: async (t) => {
    const rows: readonly (readonly [string, string, readonly string[], Env, RegExp])[] = [
      [
        "has the role of AWS_PROFILE, assumed with exported keys",
        `[profile cicd]\nrole_arn = ${role("iam-example-role")}\ncredential_source = Environment\n`,
        [],
        { AWS_PROFILE: "cicd" },
        /:assumed-role\/iam-example-role\/arar-\d+$/,
      ],
      [
        "has the role of [default], assumed with exported keys",
        `[default]\nrole_arn = ${role("iam-example-role")}\ncredential_source = Environment\n`,
        [],
        {},
        /:assumed-role\/iam-example-role\/arar-\d+$/,
      ],
      [
        "has the user name as the session name with -u, and ignores AWS_PROFILE",
        "",
        ["-u"],
        { AWS_ROLE_ARN: role("terraform-role"), AWS_PROFILE: "not-there" },
        /:assumed-role\/terraform-role\/alice$/,
      ],
      [
        "has the last role of a chain",
        `[profile cicd]\nrole_arn = ${role("first")}\ncredential_source = Environment\n`,
        ["--profile=cicd", "--role-arn", role("second"), "--role-arn", role("team/third")],
        {},
        /:assumed-role\/third\/arar-\d+$/,
      ],
    ];
    await using moto = await startMoto();

    const base = { AWS_ENDPOINT_URL: moto.url, AWS_DEFAULT_REGION: "us-east-1" };
    const keys = await userKeys(base, "alice");
    for (const [what, config, options, env, expected] of rows) {
      await t.step(what, async () => {
        using files = profileFiles(config);
        const all = { ...base, ...keys, ...files.env, ...env };
        const { code, stdout, stderr } = await arar([...options, "--", ...IDENTITY], { env: all });
        assertEquals([code, stderr], [0, ""]);
        assertMatch(stdout.trim(), expected);
      });
    }
  },
});
