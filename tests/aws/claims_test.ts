/** What is read from an OIDC token. */
import { assertEquals, assertFalse } from "@std/assert";
import { audiences, readClaims, stsAudience, tokenHints } from "../../lib/aws/claims.ts";
import { GITHUB } from "../sts_server.ts";
import { GITHUB_CLAIMS, GITHUB_JOB, NOW, token } from "./tokens.ts";

const ROLE = "arn:aws:iam::123456789012:role/deploy";

Deno.test("readClaims()", async (t) => {
  await t.step("reads a signed token, ignoring white space around it", () => {
    const claims = readClaims(` ${GITHUB.mint({ aud: "a", sub: "s" })}\n`);
    assertEquals([claims?.iss, claims?.aud, claims?.sub], [GITHUB.url, "a", "s"]);
  });

  await t.step("reads letters outside ASCII", () => {
    const payload = new TextEncoder().encode('{"sub":"Zoë"}').toBase64({ alphabet: "base64url", omitPadding: true });
    assertEquals(readClaims(`e30.${payload}.x`), { sub: "Zoë" });
  });

  for (const token of ["", "opaque", "a.b", "e30.e30.", "e30.W10.x", "e30.bnVsbA.x", "e30.e30.x.y"]) {
    await t.step(`refuses ${JSON.stringify(token)}`, () => assertEquals(readClaims(token), undefined));
  }
});

Deno.test("audiences() reads one, several or none", () => {
  const rows = [[{ aud: "a" }, ["a"]], [{ aud: ["a", 1, "b"] }, ["a", "b"]], [{}, []], [undefined, []]] as const;
  for (const [claims, expected] of rows) assertEquals(audiences(claims), expected);
});

Deno.test("stsAudience() is different in China", () => {
  const expected = ["sts.amazonaws.com", "sts.amazonaws.com.cn", "sts.amazonaws.com"];
  assertEquals(["aws", "aws-cn", undefined].map(stsAudience), expected);
});

Deno.test("tokenHints()", async (t) => {
  const of = (claims: Readonly<Record<string, unknown>>, roleArn = ROLE) =>
    tokenHints(token(claims), { roleArn, now: NOW }, ["the advice"]);
  const audience = (name: string, value: string, wanted = "sts.amazonaws.com") =>
    `the token's ${name} is ${value}, not "${wanted}": the OIDC provider in IAM and the trust policy must both accept it`;

  await t.step("show the claims after the advice, and nothing else if nothing is unusual", () => {
    assertEquals(of(GITHUB_JOB), ["the advice", ...GITHUB_CLAIMS]);
  });

  await t.step("begin with an audience that is not STS's", () => {
    const [first, second] = of({ ...GITHUB_JOB, aud: "https://github.com/octo-org" });
    assertEquals(first, audience("aud", '"https://github.com/octo-org"'));
    assertEquals(second, "the advice");
    assertEquals(of({ ...GITHUB_JOB, aud: ["a", "b"] })[0], audience("aud", '"a" and "b"'));
    assertEquals(of({ ...GITHUB_JOB, aud: undefined })[0], audience("aud", "missing"));
    assertEquals(of({ ...GITHUB_JOB, aud: ["a", "sts.amazonaws.com"] })[0], "the advice");
  });

  await t.step("do not expect STS's audience of a CI that has its own", () => {
    for (
      const iss of [
        "https://oidc.circleci.com/org/0",
        "https://api.bitbucket.org/2.0/workspaces/w/pipelines-config/identity/oidc",
        "https://vstoken.dev.azure.com/0",
        "https://demo.app.spacelift.io",
        "https://oidc.vercel.com/team",
      ]
    ) {
      const [hint] = of({ iss, aud: "own", sub: "s" });
      assertEquals(
        hint,
        'the token\'s aud is "own": the OIDC provider in IAM and the trust policy must both accept it',
      );
    }
    assertEquals(of({ iss: "https://oidc.circleci.com.example", aud: "own" })[0], audience("aud", '"own"'));
  });

  await t.step("know STS's audience in China", () => {
    const china = "arn:aws-cn:iam::123456789012:role/deploy";
    assertEquals(of({ ...GITHUB_JOB, aud: "sts.amazonaws.com.cn" }, china)[0], "the advice");
    assertEquals(of(GITHUB_JOB, china)[0], audience("aud", '"sts.amazonaws.com"', "sts.amazonaws.com.cn"));
  });

  await t.step("say that AWS uses azp as the audience, as in Google's tokens", () => {
    const google = { iss: "https://accounts.google.com", aud: "sts.amazonaws.com", azp: "1234", sub: "1234" };
    assertEquals(of(google), [
      audience("azp, which AWS uses as its aud,", '"1234"'),
      "the advice",
      "a trust policy tests these claims of the token as accounts.google.com:aud, accounts.google.com:sub and so on:",
      ...['iss: "https://accounts.google.com"', 'aud: "sts.amazonaws.com"', 'azp: "1234"', 'sub: "1234"'].map((claim) =>
        `token ${claim}`
      ),
    ]);
  });

  await t.step("say when it expired", () => {
    assertEquals(of({ ...GITHUB_JOB, exp: NOW / 1000 - 60 }).at(-1), "token exp: 2026-11-24T11:59:00Z (expired)");
    for (const exp of ["soon", -1, Number.MAX_VALUE, undefined]) {
      assertEquals(of({ ...GITHUB_JOB, exp }).at(-1), 'token ref: "refs/heads/main"');
    }
  });

  await t.step("recognize GitHub's immutable subject, not a repository whose name ends in a number", () => {
    for (
      const sub of ["repo:octo-org@1/octo-repo@74:ref:refs/heads/main", "repo:octo-org-1/octo-repo-74:pull_request"]
    ) {
      assertEquals(
        of({ ...GITHUB_JOB, sub })[0],
        "the token's sub has GitHub's immutable format, which includes IDs: a trust policy for " +
          '"repo:octo-org/octo-repo:..." does not match it',
      );
    }
    assertEquals(
      of({ ...GITHUB_JOB, repository: "org-1/repo-2", sub: "repo:org-1/repo-2:pull_request" })[0],
      "the advice",
    );
  });

  await t.step("say that it is not a JWT", () => {
    for (const text of ["opaque", "a.b.c", `a.${btoa("[]")}.c`, "a.!!.c", `${token(GITHUB_JOB)}.more`]) {
      assertEquals(tokenHints(text, { roleArn: ROLE, now: NOW }, ["the advice"]), [
        "the token is not a JWT, so it cannot be an OIDC token",
      ]);
    }
  });

  await t.step("show neither the token nor its signature", () => {
    const whole = token({ ...GITHUB_JOB, aud: "other", jti: "id-of-the-token" });
    const text = tokenHints(whole, { roleArn: ROLE, now: NOW }, []).join("\n");
    for (const part of [...whole.split("."), "id-of-the-token"]) assertFalse(text.includes(part));
  });
});
