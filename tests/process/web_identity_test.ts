/** OIDC tokens in files and variables, with which a role is assumed. */
import { assertEquals } from "@std/assert";
import { ALICE, callerEnv, GITHUB, PATH_ROLE, startSts, TERRAFORM_ROLE, WEB_IDENTITY_ROLE } from "../sts_server.ts";
import { SHOW } from "./job.ts";
import { assertChecked, calls, type Env, run, shownEnv } from "./signers.ts";

Deno.test("arar with a web identity", async (t) => {
  const minted = () => GITHUB.mint({ aud: "sts.amazonaws.com" });

  async function withTokenFile(use: (path: string, token: string) => Promise<void>) {
    const path = await Deno.makeTempFile({ prefix: "arar-token-" });
    const token = minted();
    try {
      await Deno.writeTextFile(path, `${token}\n`);
      await use(path, token);
    } finally {
      await Deno.remove(path);
    }
  }

  const rows:
    readonly (readonly [string, (path: string) => { args: readonly string[]; env: Env }, readonly string[]])[] = [
      [
        "of AWS_WEB_IDENTITY_TOKEN_FILE",
        (path) => ({ args: [], env: { AWS_WEB_IDENTITY_TOKEN_FILE: path, AWS_ROLE_ARN: WEB_IDENTITY_ROLE.arn } }),
        [],
      ],
      [
        "of AWS_WEB_IDENTITY_TOKEN_FILE, then assumes --role-arn",
        (path) => ({
          args: ["--role-arn", TERRAFORM_ROLE.arn],
          env: { AWS_WEB_IDENTITY_TOKEN_FILE: path, AWS_ROLE_ARN: WEB_IDENTITY_ROLE.arn },
        }),
        [TERRAFORM_ROLE.arn],
      ],
      [
        "of a flag for the first --role-arn, then assumes the next, even if keys are exported",
        (path) => ({
          args: [
            "--web-identity-token-file",
            path,
            "--role-arn",
            WEB_IDENTITY_ROLE.arn,
            "--role-arn",
            TERRAFORM_ROLE.arn,
          ],
          env: { ...callerEnv(ALICE), AWS_ROLE_ARN: PATH_ROLE.arn },
        }),
        [TERRAFORM_ROLE.arn],
      ],
      [
        "of a flag for AWS_ROLE_ARN",
        (path) => ({
          args: ["--web-identity-token-file", path],
          env: { ...callerEnv(ALICE), AWS_ROLE_ARN: WEB_IDENTITY_ROLE.arn },
        }),
        [],
      ],
    ];
  for (const [what, given, further] of rows) {
    await t.step(`uses the token file ${what}`, async () => {
      await withTokenFile(async (path, token) => {
        const { args, env } = given(path);
        await using sts = await startSts();
        assertChecked(await run(sts, args, env, { secrets: () => [token] }));
        assertEquals(calls(sts), [
          ["AssumeRoleWithWebIdentity", "nobody", WEB_IDENTITY_ROLE.arn],
          ...further.map((arn) => ["AssumeRole", "session", arn] as const),
        ]);
        assertEquals(sts.requests[0]?.params.WebIdentityToken, token);
      });
    });
  }

  await t.step("uses the token in a variable, which is removed for the command", async () => {
    const token = minted();
    await using sts = await startSts();
    const { code, stdout, stderr } = await run(
      sts,
      ["--web-identity-token-env", "CI_JWT", "--role-arn", WEB_IDENTITY_ROLE.arn, "--", ...SHOW],
      { CI_JWT: token, OTHER: "stays" },
      { commandShowsSecrets: true, secrets: () => [token] },
    );
    assertEquals(code, 0, stderr);
    const child = shownEnv(stdout);
    assertEquals([child.CI_JWT, child.OTHER], [undefined, "stays"]);
    assertEquals(sts.requests[0]?.params.WebIdentityToken, token);
  });

  await t.step("names a missing file, without any call", async () => {
    await using sts = await startSts();
    const { code, stderr } = await run(
      sts,
      ["--web-identity-token-file=/nowhere", "--role-arn", WEB_IDENTITY_ROLE.arn],
      {},
    );
    assertEquals([code, stderr], [125, 'arar: the token file "/nowhere" does not exist\n']);
    assertEquals(sts.requests.length, 0);
  });
});
