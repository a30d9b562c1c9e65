/** Which variable holds a GitLab job's token. */
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

function find(env: Env, audience?: string) {
  const job = { GITLAB_CI: "true", CI: "true", ...env };
  const { token, usedNames } = findCiToken(job, audience === undefined ? {} : wish(audience));
  return [token.kind === "environment" && token.name, usedNames];
}

Deno.test("gitlabToken()", async (t) => {
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

  const refused: readonly (readonly [what: string, env: Env, lines: readonly string[]])[] = [
    ["does not choose between two tokens", { ONE: STS, TWO: OTHER }, [
      'ONE and TWO are tokens for "sts.amazonaws.com"',
      "select one with --web-identity-token-env",
    ]],
    ["says what to add to the job, and which tokens it has", { LAB: GITLAB, CI_JOB_TOKEN: "glcbt-64_x" }, [
      'GitLab CI provides no OIDC token to this job: no variable contains one for "sts.amazonaws.com"',
      'add to the job `id_tokens: { STS_AMAZONAWS_COM_ID_TOKEN: { aud: "sts.amazonaws.com" } }`',
      'LAB is one for "https://gitlab.com": select it with --audience',
    ]],
  ];
  for (const [what, env, lines] of refused) {
    await t.step(what, () => {
      const { message, hints } = assertThrows(() => find(env), ArarError);
      assertEquals([message, ...hints], lines);
    });
  }
});

Deno.test("gitlabSetup() names the token after its audience, as a variable may be named", () => {
  assertEquals(gitlabSetup("1st://a-b"), 'add to the job `id_tokens: { _ST___A_B_ID_TOKEN: { aud: "1st://a-b" } }`');
});
