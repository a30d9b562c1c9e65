/** Keys that cannot be right, exported or written in a file: what is said of them, before anybody is asked. */
import { assertEquals } from "@std/assert";
import { profileFiles } from "../profile/profiles.ts";
import { ALICE, callerEnv, ROLE_SESSION, startSts, TERRAFORM_ROLE } from "../sts_server.ts";
import { failure } from "./job.ts";
import { type Env, run } from "./signers.ts";

const ROLE: Env = { AWS_ROLE_ARN: TERRAFORM_ROLE.arn };
const KEYS: Env = callerEnv(ALICE);
const SESSION: Env = callerEnv(ROLE_SESSION);
const { accessKeyId: ID, secretAccessKey: SECRET } = ALICE;
const secrets = () => [SECRET, ROLE_SESSION.sessionToken ?? SECRET];

Deno.test("arar with exported keys", async (t) => {
  const rows: readonly (readonly [string, Env, string])[] = [
    [
      "a line break behind the id",
      { ...KEYS, AWS_ACCESS_KEY_ID: `${ID}\n` },
      "AWS_ACCESS_KEY_ID ends with a line break",
    ],
    [
      "a CR behind the secret",
      { ...KEYS, AWS_SECRET_ACCESS_KEY: `${SECRET}\r` },
      "AWS_SECRET_ACCESS_KEY ends with a line break",
    ],
    [
      "a space before the secret",
      { ...KEYS, AWS_SECRET_ACCESS_KEY: ` ${SECRET}` },
      "AWS_SECRET_ACCESS_KEY begins with a space",
    ],
    [
      "a line break behind the token",
      { ...SESSION, AWS_SESSION_TOKEN: `${ROLE_SESSION.sessionToken}\n` },
      "AWS_SESSION_TOKEN ends with a line break",
    ],
    [
      "quotation marks",
      { ...KEYS, AWS_SECRET_ACCESS_KEY: `"${SECRET}"` },
      "AWS_SECRET_ACCESS_KEY is quoted",
    ],
    [
      "both empty, in a fork's pull request",
      { AWS_ACCESS_KEY_ID: "", AWS_SECRET_ACCESS_KEY: "", GITHUB_ACTIONS: "true" },
      "AWS_ACCESS_KEY_ID is set but empty (GitHub does not pass secrets to pull requests from forks)",
    ],
    ["an empty secret", { ...KEYS, AWS_SECRET_ACCESS_KEY: "" }, "AWS_SECRET_ACCESS_KEY is set but empty"],
    ["an empty token of a session", { ...SESSION, AWS_SESSION_TOKEN: "" }, "AWS_SESSION_TOKEN is set but empty"],
    [
      "id and secret swapped",
      { AWS_ACCESS_KEY_ID: SECRET, AWS_SECRET_ACCESS_KEY: ID },
      "AWS_SECRET_ACCESS_KEY is an access key ID, not a secret access key; is it swapped with AWS_ACCESS_KEY_ID?",
    ],
  ];
  for (const [what, env, message] of rows) {
    await t.step(`says what is wrong: ${what}`, async () => {
      await using sts = await startSts();
      // A mode that shows the key of the source must not show a secret either.
      for (const words of [[], ["-v"], ["--dry-run"]]) {
        const result = await run(sts, words, { ...ROLE, ...env }, { secrets });
        assertEquals(failure(result), [message]);
        assertEquals(result.stderr.includes(SECRET.slice(-4)), false);
      }
      assertEquals(sts.requests.length, 0);
    });
  }
});

Deno.test("arar with keys in a file", async (t) => {
  const rows = [
    ["quotation marks", ID, `"${SECRET}"`, "aws_secret_access_key in [p] of FILE is quoted"],
    ["nothing", ID, "", "aws_secret_access_key in [p] of FILE is empty"],
    [
      "id and secret swapped",
      SECRET,
      ID,
      "aws_secret_access_key in [p] of FILE is an access key ID, not a secret access key; " +
      "is it swapped with aws_access_key_id in [p] of FILE?",
    ],
  ] as const;
  for (const [what, id, secret, message] of rows) {
    await t.step(`says what is wrong: ${what}`, async () => {
      using files = profileFiles("", `[p]\naws_access_key_id = ${id}\naws_secret_access_key = ${secret}\n`);
      await using sts = await startSts();
      const result = await run(sts, ["--profile=p"], { ...ROLE, ...files.env }, { secrets });
      assertEquals(failure(result), [message.replaceAll("FILE", `${files.folder}/credentials`)]);
      assertEquals(sts.requests.length, 0);
    });
  }
});
