/** Which of its variables a GitLab job's token is in. */
import { assertEquals, assertThrows } from "@std/assert";
import { findCiToken } from "../../../lib/aws/signers/ci_token.ts";
import { gitlabSetup } from "../../../lib/aws/signers/gitlab_token.ts";
import { ArarError } from "../../../lib/errors.ts";
import type { Env } from "../../../lib/sourced.ts";
import { GITHUB as ISSUER } from "../../sts_server.ts";
import { wish } from "./token_server.ts";

const STS = ISSUER.mint({ aud: "sts.amazonaws.com" });
const OTHER = ISSUER.mint({ aud: "sts.amazonaws.com", sub: "other" });
const GITLAB = ISSUER.mint({ aud: "https://gitlab.com" });

function find(env: Env, audience?: string): readonly [string, readonly string[]] {
  const { token, usedNames } = findCiToken(
    { GITLAB_CI: "true", CI: "true", ...env },
    audience === undefined ? {} : wish(audience),
  );
  return [token.kind === "environment" ? token.name : token.kind, usedNames];
}

function refused(env: Env, audience?: string): ArarError {
  return assertThrows(() => find(env, audience), ArarError);
}

Deno.test("gitlabToken()", async (t) => {
  await t.step("takes the name that is made from the audience, whatever else there is", () => {
    const env = { A: OTHER, STS_AMAZONAWS_COM_ID_TOKEN: STS, B: GITLAB };
    assertEquals(find(env), ["STS_AMAZONAWS_COM_ID_TOKEN", ["A", "STS_AMAZONAWS_COM_ID_TOKEN"]]);
    assertEquals(find({ HTTPS___GITLAB_COM_ID_TOKEN: GITLAB }, "https://gitlab.com")[0], "HTTPS___GITLAB_COM_ID_TOKEN");
  });

  await t.step("else the one token for that audience", () => {
    assertEquals(find({ AWS_TOKEN: STS, GITLAB_TOKEN: GITLAB }), ["AWS_TOKEN", ["AWS_TOKEN"]]);
    assertEquals(find({ AWS_TOKEN: STS, GITLAB_TOKEN: GITLAB }, "https://gitlab.com"), ["GITLAB_TOKEN", [
      "GITLAB_TOKEN",
    ]]);
  });

  await t.step("takes one token in two variables for one, and removes both", () => {
    assertEquals(find({ AWS_TOKEN: STS, COPY: STS }), ["AWS_TOKEN", ["AWS_TOKEN", "COPY"]]);
  });

  await t.step("does not choose between two", () => {
    const error = refused({ ONE: STS, TWO: OTHER });
    assertEquals(error.message, 'ONE and TWO are tokens for "sts.amazonaws.com"');
    assertEquals(error.hints, ["name one with --web-identity-token-env"]);
  });

  await t.step("says what to add to the job, and which tokens it has", () => {
    const error = refused({ GITLAB_TOKEN: GITLAB, CI_JOB_TOKEN: "glcbt-64_x" });
    assertEquals(
      error.message,
      'GitLab CI gives this job no OIDC token: no variable holds one for "sts.amazonaws.com"',
    );
    assertEquals(error.hints, [
      'add to the job `id_tokens: { STS_AMAZONAWS_COM_ID_TOKEN: { aud: "sts.amazonaws.com" } }`',
      'GITLAB_TOKEN is one for "https://gitlab.com": use it with --audience',
    ]);
  });
});

Deno.test("gitlabSetup() names the token after its audience, as a variable may be named", () => {
  assertEquals(gitlabSetup("1st://a-b"), 'add to the job `id_tokens: { _ST___A_B_ID_TOKEN: { aud: "1st://a-b" } }`');
});
