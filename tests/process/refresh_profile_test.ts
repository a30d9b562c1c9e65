/**
 * `--refresh` if the default profile has credentials, which every SDK prefers to an endpoint.
 */
import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { ararCommand } from "../arar.ts";
import { until } from "../patience.ts";
import { ALICE, callerEnv, startSts } from "../sts_server.ts";
import { job, jobEnv, shellJob } from "./job.ts";
import { ALONE, script, sessionSeconds, untilKeys } from "./refreshed.ts";

const SECONDS = await sessionSeconds(script("await credentials()"));

/** A home whose default profile has credentials, and a folder for temporary files. */
async function startShadow() {
  const home = await Deno.makeTempDir();
  await Deno.mkdir(`${home}/.aws`);
  await Deno.mkdir(`${home}/tmp`);
  await Deno.writeTextFile(`${home}/.aws/config`, CONFIG);
  await Deno.writeTextFile(`${home}/.aws/credentials`, CREDENTIALS);
  return {
    change: { ...ALONE, HOME: home, USERPROFILE: home, TMPDIR: `${home}/tmp`, TEMP: `${home}/tmp`, TMP: `${home}/tmp` },
    temporary: () => Array.fromAsync(Deno.readDir(`${home}/tmp`), ({ name }) => `${home}/tmp/${name}`),
    [Symbol.asyncDispose]: () => Deno.remove(home, { recursive: true }),
  };
}

const CONFIG = `[default]
region = eu-west-1
role_arn = arn:aws:iam::123456789012:role/x
source_profile = base
[profile base]
region = eu-west-2
[profile written-here]
aws_access_key_id = AKIAHERE
aws_secret_access_key = config-secret
`;
const CREDENTIALS = `[default]
aws_access_key_id = AKIADEFAULT
aws_secret_access_key = default-secret
[base]
aws_access_key_id = AKIABASE
aws_secret_access_key = base-secret
`;

Deno.test("--refresh with credentials in the default profile", async (t) => {
  // tests/clients shows which credentials each client uses.
  await t.step("selects a temporary profile, and writes no secret", async () => {
    await using sts = await startSts();
    await using shadow = await startShadow();
    const show = `const { AWS_PROFILE, AWS_CONFIG_FILE, AWS_SHARED_CREDENTIALS_FILE } = Deno.env.toObject();
      const config = Deno.readTextFileSync(AWS_CONFIG_FILE);
      console.log(JSON.stringify({ AWS_PROFILE, AWS_SHARED_CREDENTIALS_FILE, config }));`;
    const { code, stdout, stderr } = await job(sts, ["--refresh", "--", ...script(show)], shadow.change);
    assertEquals([code, stderr], [
      0,
      "arar: warning: with --refresh the command cannot use [profile written-here], which holds keys; " +
      "move them to the credentials file\n",
    ]);
    assertEquals(JSON.parse(stdout), {
      AWS_PROFILE: "arar-refresh",
      config: CONFIG.slice(0, CONFIG.indexOf("[profile written-here]")) +
        "[profile arar-refresh]\nregion = eu-west-1\n",
    });
    assertEquals(await shadow.temporary(), []);
  });

  await t.step({
    name: "leaves no file behind, even if a signal comes early",
    ignore: Deno.build.os === "windows",
    fn: async () => {
      await using sts = await startSts();
      await using shadow = await startShadow();
      for (const signal of ["SIGTERM", "SIGINT", "SIGHUP"] as const) {
        const options = { env: jobEnv(sts, shadow.change) };
        const child = ararCommand(["--refresh", "--", "sleep", "60"], options, { stdin: "null", stderr: "null" })
          .spawn();
        await until(async () => (await shadow.temporary()).at(0), 1);
        child.kill(signal);
        assertEquals([(await child.status).signal, await shadow.temporary()], [signal, []]);
      }
    },
  });

  await t.step({
    name: "names the reason if the file is larger than the limit for files, and leaves none behind",
    ignore: Deno.build.os === "windows",
    fn: async () => {
      await using sts = await startSts();
      await using shadow = await startShadow();
      const large = `${CONFIG}[profile large]\nx = ${"x".repeat(8_000_000)}\n`;
      await Deno.writeTextFile(`${shadow.change.HOME}/.aws/config`, large);
      const { code, stderr } = await shellJob(sts, `ulimit -f 8000; exec "$@" --refresh -- true`, shadow.change);
      assertEquals([code, await shadow.temporary()], [125, []]);
      assertStringIncludes(stderr, "arar: --refresh cannot write a temporary file: file too large\n");
    },
  });

  await t.step("renews with the default profile as the source", async () => {
    await using sts = await startSts({ sessionSeconds: SECONDS });
    const home = await Deno.makeTempDir();
    await Deno.mkdir(`${home}/.aws`);
    const { AWS_ACCESS_KEY_ID: id, AWS_SECRET_ACCESS_KEY: secret } = callerEnv(ALICE);
    const keys = JSON.stringify({ Version: 1, AccessKeyId: id, SecretAccessKey: secret });
    await Deno.writeTextFile(`${home}/keys.json`, keys);
    await Deno.writeTextFile(`${home}/.aws/config`, `[default]\ncredential_process = cat ${home}/keys.json\n`);
    const change = { HOME: home, USERPROFILE: home, AWS_ACCESS_KEY_ID: undefined, AWS_SECRET_ACCESS_KEY: undefined };
    const { code, stderr } = await job(
      sts,
      ["--refresh", "--", ...script(untilKeys(3))],
      change,
    );
    await Deno.remove(home, { recursive: true });
    assertEquals(code, 0, stderr);
    assert(sts.requests.length >= 3);
  });
});
