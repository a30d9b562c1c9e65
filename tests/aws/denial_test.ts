/** What is suggested after a denial: what AWS names, the token's claims, and otherwise common causes. */
import { assert, assertEquals, assertFalse } from "@std/assert";
import { denialHints, type Denied, tokenHints } from "../../lib/aws/denial.ts";
import type { RoleRequest } from "../../lib/aws/role_request.ts";
import { REQUEST } from "./requests.ts";

const NOW = Date.parse("2026-11-24T12:00:00Z");
const ALICE = "arn:aws:iam::123456789012:user/alice";
const PLAIN = `User: ${ALICE} is not authorized to perform: sts:AssumeRole on resource: ${REQUEST.roleArn}`;

function token(claims: Readonly<Record<string, unknown>>): string {
  const encode = (value: unknown) =>
    new TextEncoder().encode(JSON.stringify(value)).toBase64({ alphabet: "base64url", omitPadding: true });
  return `${encode({ alg: "RS256" })}.${encode(claims)}.c2lnbmF0dXJl`;
}

function hints(message: string, more: Partial<Denied> = {}): readonly string[] {
  return denialHints(message, { role: REQUEST, caller: ALICE, now: NOW, ...more });
}

const GITHUB = {
  iss: "https://token.actions.githubusercontent.com",
  aud: "sts.amazonaws.com",
  sub: "repo:octo-org/octo-repo:environment:prod",
  repository: "octo-org/octo-repo",
  "repository_id": "74",
  environment: "prod",
  ref: "refs/heads/main",
  exp: NOW / 1000 + 300,
};
const GITHUB_CLAIMS = 'the token has iss "https://token.actions.githubusercontent.com", aud "sts.amazonaws.com", ' +
  'sub "repo:octo-org/octo-repo:environment:prod", repository "octo-org/octo-repo", repository_id "74", ' +
  'environment "prod", ref "refs/heads/main"; a trust policy tests token.actions.githubusercontent.com:aud, ' +
  "token.actions.githubusercontent.com:sub, ...";

Deno.test("denialHints() lists common causes", async (t) => {
  const trust =
    "the role's trust policy does not allow this caller, or the caller's own policy does not allow sts:AssumeRole";
  const gone = "the role does not exist, or its name is misspelled";
  const name = "the trust policy requires the user name as the session name: use -u";
  const externalId = "it requires an external ID: use --external-id";
  const mfa = "it requires MFA: use --serial-number";
  const rows: readonly (readonly [string, Partial<RoleRequest>, readonly string[]])[] = [
    ["what was not given", {}, [trust, gone, name, externalId, mfa]],
    ["no -u if it was given", { sessionName: { kind: "user-name" } }, [trust, gone, externalId, mfa]],
    ["no external ID if it was given", { externalId: "customer" }, [trust, gone, name, mfa]],
    ["no MFA if it was given", { mfa: { serialNumber: "GAHT12345678", code: { kind: "ask" } } }, [
      ...[trust, gone, name, externalId],
    ]],
    ["the permission that tags need", { tags: [{ key: "a", value: "b" }] }, [
      ...[trust, gone, name, externalId, mfa, "session tags need sts:TagSession in the trust policy"],
    ]],
    ["the permission that a source identity needs", { sourceIdentity: "alice" }, [
      ...[trust, gone, name, externalId, mfa, "a source identity needs sts:SetSourceIdentity in the trust policy"],
    ]],
  ];
  for (const [what, role, causes] of rows) {
    await t.step(what, () => {
      assertEquals(hints(PLAIN, { role: { ...REQUEST, ...role } }), [`common causes: ${causes.join("; ")}`]);
    });
  }

  await t.step("after the claims of a token", () => {
    const message = "Not authorized to perform sts:AssumeRoleWithWebIdentity";
    assertEquals(hints(message, { token: token(GITHUB), caller: undefined }), [
      GITHUB_CLAIMS,
      `common causes: the role's trust policy does not accept these claims; ${gone}`,
    ]);
  });
});

Deno.test("denialHints() does not guess if AWS names what denied", async (t) => {
  // https://docs.aws.amazon.com/IAM/latest/UserGuide/troubleshoot_access-denied.html
  const organization = "arn:aws:organizations::111122223333:policy/o-1";
  const named = [
    "with an explicit deny in a service control policy",
    `with an explicit deny in a service control policy: ${organization}/service_control_policy/p-1`,
    `with an explicit deny in a resource control policy: ${organization}/resource_control_policy/p-1`,
    "with an explicit deny in an identity-based policy: arn:aws:iam::123456789012:policy/Deny. Go to https://us-east-1.console.aws.amazon.com/iam/home?region=us-east-1#/authorization-details/EXAMPLE",
    "with an explicit deny in a permissions boundary: arn:aws:iam::123456789012:policy/Boundary",
    "with an explicit deny in a session policy",
    "with an explicit deny in a VPC endpoint policy",
    ...["identity-based policy", "permissions boundary", "session policy", "service control policy"].map((policy) =>
      `because no ${policy} allows the sts:AssumeRole action`
    ),
  ];
  for (const reason of named) {
    await t.step(reason.slice(0, 60), () => assertEquals(hints(`${PLAIN} ${reason}`), []));
  }

  await t.step("but does if the trust policy has no allow: any of its conditions may have failed", () => {
    const message = `${PLAIN} because no resource-based policy allows the sts:AssumeRole action`;
    assert(hints(message)[0]?.startsWith("common causes: "));
  });
});

Deno.test("denialHints() does not suggest -u to the root user, for whom it would fail", () => {
  const root = ["the root user of an account cannot assume roles: use the keys of an IAM user or role"];
  assertEquals(hints("Roles may not be assumed by root accounts.", { caller: undefined }), root);
  assertEquals(hints(PLAIN, { caller: "arn:aws:iam::123456789012:root" }), root);
});

Deno.test("denialHints() recognizes a wrong MFA code", () => {
  assertEquals(hints("MultiFactorAuthentication failed with invalid MFA one time pass code. "), [
    "the MFA code is wrong or was already used: each code works once, so wait for the next one",
  ]);
});

Deno.test("tokenHints()", async (t) => {
  const of = (claims: Readonly<Record<string, unknown>>, roleArn = REQUEST.roleArn) =>
    tokenHints(token(claims), { role: { ...REQUEST, roleArn }, now: NOW });
  const audience = (name: string, value: string, wanted = "sts.amazonaws.com") =>
    `the token's ${name} is ${value}, not "${wanted}": the OIDC provider in IAM and the trust policy must both accept it`;

  await t.step("show the claims, and nothing else if nothing is unusual", () => {
    assertEquals(of(GITHUB), [GITHUB_CLAIMS]);
  });

  await t.step("begin with an audience that is not STS's", () => {
    const [first, second] = of({ ...GITHUB, aud: "https://github.com/octo-org" });
    assertEquals(first, audience("aud", '"https://github.com/octo-org"'));
    assert(second?.startsWith("the token has "));
    assertEquals(of({ ...GITHUB, aud: ["a", "b"] })[0], audience("aud", '"a" and "b"'));
    assertEquals(of({ ...GITHUB, aud: undefined })[0], audience("aud", "missing"));
    assertEquals(of({ ...GITHUB, aud: ["a", "sts.amazonaws.com"] }).length, 1);
  });

  await t.step("know STS's audience in China", () => {
    const china = "arn:aws-cn:iam::123456789012:role/deploy";
    assertEquals(of({ ...GITHUB, aud: "sts.amazonaws.com.cn" }, china).length, 1);
    assertEquals(of(GITHUB, china)[0], audience("aud", '"sts.amazonaws.com"', "sts.amazonaws.com.cn"));
  });

  await t.step("say that AWS uses azp as the audience, as in Google's tokens", () => {
    const google = { iss: "https://accounts.google.com", aud: "sts.amazonaws.com", azp: "1234", sub: "1234" };
    assertEquals(of(google), [
      audience("azp, which AWS uses as its aud,", '"1234"'),
      'the token has iss "https://accounts.google.com", aud "sts.amazonaws.com", azp "1234", sub "1234"; ' +
      "a trust policy tests accounts.google.com:aud, accounts.google.com:sub, ...",
    ]);
  });

  await t.step("say when it expired", () => {
    assert(of({ ...GITHUB, exp: NOW / 1000 - 60 })[0]?.includes(", exp 2026-11-24T11:59:00.000Z (expired); "));
    for (const exp of ["soon", -1, Number.MAX_VALUE, undefined]) {
      assertFalse(of({ ...GITHUB, exp })[0]?.includes("exp "));
    }
  });

  await t.step("recognize GitHub's immutable subject, not a repository whose name ends in a number", () => {
    for (
      const sub of ["repo:octo-org@1/octo-repo@74:ref:refs/heads/main", "repo:octo-org-1/octo-repo-74:pull_request"]
    ) {
      assertEquals(
        of({ ...GITHUB, sub }).at(-1),
        "its sub has GitHub's immutable format, which includes IDs: a trust policy for " +
          '"repo:octo-org/octo-repo:..." does not match it',
      );
    }
    assertEquals(of({ ...GITHUB, repository: "org-1/repo-2", sub: "repo:org-1/repo-2:pull_request" }).length, 1);
  });

  await t.step("say that it is not a JWT", () => {
    for (const text of ["opaque", "a.b.c", `a.${btoa("[]")}.c`, "a.!!.c", `${token(GITHUB)}.more`]) {
      assertEquals(tokenHints(text, { role: REQUEST, now: NOW }), [
        "the token is not a JWT, so it cannot be an OIDC token",
      ]);
    }
  });

  await t.step("show neither the token nor its signature", () => {
    const whole = token({ ...GITHUB, aud: "other", jti: "id-of-the-token" });
    const text = tokenHints(whole, { role: REQUEST, now: NOW }).join("\n");
    for (const part of [...whole.split("."), "id-of-the-token"]) assertFalse(text.includes(part));
  });
});
