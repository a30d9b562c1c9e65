/** Which CI is detected, and what is wrong if that is not clear. */
import { assertEquals, assertRejects, assertThrows } from "@std/assert";
import { findCiToken } from "../../../lib/aws/signers/ci.ts";
import { readToken } from "../../../lib/aws/signers/web_identity.ts";
import { ArarError } from "../../../lib/errors.ts";
import type { Env } from "../../../lib/sourced.ts";
import { refusal } from "../../profile/profiles.ts";
import { GITHUB as ISSUER } from "../../sts_server.ts";
import { startTokenServer, tokenWorld, wish } from "./token_server.ts";

const GITHUB = {
  GITHUB_ACTIONS: "true",
  ACTIONS_ID_TOKEN_REQUEST_URL: "https://issuer.example/?a=b",
  ACTIONS_ID_TOKEN_REQUEST_TOKEN: "request+TOKEN",
};

Deno.test("findCiToken()", async (t) => {
  await t.step("refuses two CIs at once, and names both", () => {
    const error = assertThrows(() => findCiToken({ ...GITHUB, CIRCLECI: "true" }), ArarError);
    assertEquals(error.message, "this looks like GitHub Actions (GITHUB_ACTIONS) and CircleCI (CIRCLECI)");
    assertEquals(error.hints.length, 1);
  });

  await t.step("ignores a variable that is empty or false", () => {
    assertEquals(findCiToken({ ...GITHUB, CIRCLECI: "false", GITLAB_CI: "" }).ci, "GitHub Actions");
  });

  await t.step("requests STS's audience, China's for a role there, or the given one", () => {
    const query = (wish: Parameters<typeof findCiToken>[1]) => {
      const { token } = findCiToken(GITHUB, wish);
      return token.kind === "request" ? new URL(token.url).search : token.kind;
    };
    assertEquals([query({}), query({ partition: "aws-us-gov" }), query({ partition: "aws-cn" })], [
      "?a=b&audience=sts.amazonaws.com",
      "?a=b&audience=sts.amazonaws.com",
      "?a=b&audience=sts.amazonaws.com.cn",
    ]);
    assertEquals(query({ partition: "aws-cn", ...wish("a b&c") }), "?a=b&audience=a%20b%26c");
  });

  await t.step("refuses an audience that the CI's token does not have, and never shows the token", () => {
    const token = ISSUER.mint({ aud: "ari:cloud:bitbucket::workspace/1" });
    const bitbucket = { BITBUCKET_BUILD_NUMBER: "7", BITBUCKET_STEP_OIDC_TOKEN: token };
    assertEquals(findCiToken(bitbucket, wish("ari:cloud:bitbucket::workspace/1")).ci, "Bitbucket Pipelines");
    const rows = [
      [bitbucket, 'Bitbucket Pipelines is for "ari:cloud:bitbucket::workspace/1"'],
      [
        { SYSTEM_OIDCREQUESTURI: "https://x", SYSTEM_ACCESSTOKEN: "t" },
        'Azure Pipelines is for "api://AzureADTokenExchange"',
      ],
      [{ VERCEL: "1", VERCEL_OIDC_TOKEN: "secret+TOKEN" }, "Vercel is for no audience"],
    ] as const;
    for (const [env, what] of rows) {
      assertEquals(
        refusal(() => findCiToken({ ...env }, wish("other"))),
        `the token of ${what}; --audience "other" cannot change that`,
      );
    }
  });
});

Deno.test("findCiToken() outside of any CI", async (t) => {
  await t.step("tries Google Cloud's metadata server, which Google's own variable may name", () => {
    const { token } = findCiToken({});
    assertEquals(token.kind === "request" && new URL(token.url).host, "metadata.google.internal");
    const message = refusal(() => findCiToken({ GCE_METADATA_HOST: "not a host" }));
    assertEquals(message, "GCE_METADATA_HOST is not the name of a host");
  });

  await t.step("lists what was tried if that does not answer either", async () => {
    const server = await startTokenServer(() => undefined);
    await server.stop();
    const { token } = findCiToken({ GCE_METADATA_HOST: server.host });
    const reading = () => readToken(tokenWorld(), token);
    const { message, detail, hints } = await assertRejects(reading, ArarError);
    assertEquals(hints, ["elsewhere, name the token with --web-identity-token-env or --web-identity-token-file"]);
    assertEquals(message, "no CI with OIDC tokens was detected");
    assertEquals(
      detail,
      "not set: GITHUB_ACTIONS, GITLAB_CI, CIRCLECI, BUILDKITE, BITBUCKET_BUILD_NUMBER, " +
        `SYSTEM_OIDCREQUESTURI, TFC_RUN_ID, TF_VAR_spacelift_run_id, VERCEL\nGoogle Cloud's ${server.host} does not answer`,
    );
  });
});

const STS = ISSUER.mint({ aud: "sts.amazonaws.com" });
const OTHER = ISSUER.mint({ aud: "sts.amazonaws.com", sub: "other" });
const GITLAB = ISSUER.mint({ aud: "https://gitlab.com" });

function find(env: Env, audience?: string) {
  const job = { GITLAB_CI: "true", CI: "true", ...env };
  const { token, usedNames } = findCiToken(job, audience === undefined ? {} : wish(audience));
  return [token.kind === "environment" && token.name, usedNames];
}

Deno.test("findCiToken() in a GitLab job", async (t) => {
  const rows:
    readonly (readonly [what: string, env: Env, found: string, used: readonly string[], audience?: string])[] = [
      [
        "prefers the name that is made from the audience",
        { A: OTHER, STS_AMAZONAWS_COM_ID_TOKEN: STS, B: GITLAB },
        "STS_AMAZONAWS_COM_ID_TOKEN",
        ["A", "STS_AMAZONAWS_COM_ID_TOKEN"],
      ],
      ["finds the only token for STS", { AWS: STS, LAB: GITLAB }, "AWS", ["AWS"]],
      ["finds the only token for another audience", { AWS: STS, LAB: GITLAB }, "LAB", ["LAB"], "https://gitlab.com"],
      ["accepts the same token in two variables, and removes both", { AWS: STS, COPY: STS }, "AWS", ["AWS", "COPY"]],
    ];
  for (const [what, env, found, used, audience] of rows) {
    await t.step(what, () => assertEquals(find(env, audience), [found, used]));
  }

  const refused: readonly (readonly [what: string, env: Env, lines: readonly string[], audience?: string])[] = [
    ["does not choose between two tokens", { ONE: STS, TWO: OTHER }, [
      'ONE and TWO are tokens for "sts.amazonaws.com"',
      "select one with --web-identity-token-env",
    ]],
    ["names the token to add after its audience, as a variable may be named", {}, [
      'GitLab CI provides no OIDC token to this job: no variable contains one for "1st://a-b"',
      'add to the job `id_tokens: { _ST___A_B_ID_TOKEN: { aud: "1st://a-b" } }`',
    ], "1st://a-b"],
    ["says what to add to the job, and which tokens it has", { LAB: GITLAB, CI_JOB_TOKEN: "glcbt-64_x" }, [
      'GitLab CI provides no OIDC token to this job: no variable contains one for "sts.amazonaws.com"',
      'add to the job `id_tokens: { STS_AMAZONAWS_COM_ID_TOKEN: { aud: "sts.amazonaws.com" } }`',
      'LAB is one for "https://gitlab.com": select it with --audience',
    ]],
  ];
  for (const [what, env, lines, audience] of refused) {
    await t.step(what, () => {
      const { message, hints } = assertThrows(() => find(env, audience), ArarError);
      assertEquals([message, ...hints], lines);
    });
  }
});
