/**
 * The command's environment, name by name, on the real program.
 */
import { assert, assertEquals, assertMatch } from "@std/assert";
import { REMOVED } from "../../lib/variables.ts";
import { startSts, TERRAFORM_ROLE } from "../sts_server.ts";
import { failure, job, jobEnv, SHOW, show } from "./job.ts";

/** Values that do not affect a run with exported keys. */
const HARMLESS = Object.fromEntries(
  REMOVED.map(({ name }) => [name, name === "ARAR_TOKEN_CODE" ? "794613" : `left-${name}`]),
);
const INHERITED = {
  ...HARMLESS,
  AWS_BEARER_TOKEN_ANY_OTHER: "left-token",
  AWS_ROLE_ARN: TERRAFORM_ROLE.arn,
  AWS_ROLE_SESSION_NAME: "inherited",
};

Deno.test("the command's environment", async (t) => {
  await t.step("has the session's keys, its expiration and both region variables", async () => {
    await using sts = await startSts();
    const { env } = await show(sts, ["-u"], {
      AWS_SESSION_TOKEN: "",
      AWS_CREDENTIAL_EXPIRATION: "2020-01-01T00:00:00Z",
    });
    assertMatch(env.AWS_ACCESS_KEY_ID ?? "", /^ASIA/);
    assert(sts.secrets().includes(env.AWS_SECRET_ACCESS_KEY ?? ""), "the secret key is one that STS issued");
    assert(sts.secrets().includes(env.AWS_SESSION_TOKEN ?? ""), "the token is one that STS issued");
    assertMatch(env.AWS_CREDENTIAL_EXPIRATION ?? "", /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/);
    assert(Date.parse(env.AWS_CREDENTIAL_EXPIRATION ?? "") > Date.now(), "the session has expired");
    assertEquals([env.AWS_REGION, env.AWS_DEFAULT_REGION], ["us-east-1", "us-east-1"]);
  });

  await t.step("has none of the variables that would override the role: they are unset, not empty", async () => {
    await using sts = await startSts();
    const { env } = await show(sts, [], INHERITED);
    assertEquals(Object.keys(env).filter((name) => name in INHERITED), []);
  });

  await t.step("is otherwise unchanged", async () => {
    await using sts = await startSts();
    const others = {
      AWS_CONFIG_FILE: "/nowhere/config",
      AWS_SHARED_CREDENTIALS_FILE: "/nowhere/credentials",
      AWS_STS_REGIONAL_ENDPOINTS: "regional",
      AWS_MAX_ATTEMPTS: "5",
      AWS_PAGER: "",
      ARAR_VERBOSE: "0",
      ARAR_TIMEOUT: "60",
      EMPTY: "",
      "with.dot": "=x=",
      LINES: "one\ntwo",
      UNICODE: "日本語",
    };
    const { env } = await show(sts, [], others);
    const before = Object.keys(jobEnv(sts, others));
    const gone = before.filter((name) => env[name] !== others[name as keyof typeof others] && name in others);
    assertEquals(gone, []);
    const added = Object.keys(env).filter((name) => name.startsWith("AWS_") && !before.includes(name));
    assertEquals(added.sort(), ["AWS_CREDENTIAL_EXPIRATION", "AWS_REGION", "AWS_SESSION_TOKEN"]);
    assertEquals(env.AWS_ENDPOINT_URL_STS, sts.url);
  });

  await t.step("keeps the variables named by --keep-env, which refuses those that arar sets", async () => {
    await using sts = await startSts();
    const { env } = await show(
      sts,
      ["--keep-env=AWS_ROLE_ARN", "--keep-env", "AWS_PROFILE", "--keep-env=NOT_THERE"],
      INHERITED,
    );
    const left = Object.keys(env).filter((name) => name in INHERITED).sort();
    assertEquals(left, ["AWS_PROFILE", "AWS_ROLE_ARN"]);
    assertEquals(env.AWS_PROFILE, HARMLESS.AWS_PROFILE);
    assertEquals(failure(await job(sts, ["--keep-env=AWS_SESSION_TOKEN", ...SHOW])), [
      '--keep-env "AWS_SESSION_TOKEN": arar sets this variable for the command, so it cannot be kept',
    ]);
  });
});
