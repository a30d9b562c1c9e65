/** What is said of a denial: what AWS names, what the token says, and else what usually denies. */
import { assert, assertEquals, assertFalse } from "@std/assert";
import { denialHints, type Denied, tokenHints } from "../../lib/aws/denial.ts";
import type { RoleRequest } from "../../lib/aws/role_request.ts";

const NOW = Date.parse("2026-11-24T12:00:00Z");
const ROLE: RoleRequest = {
  roleArn: "arn:aws:iam::123456789012:role/deploy",
  sessionName: { kind: "given", value: "ci" },
  policyArns: [],
  tags: [],
  transitiveTagKeys: [],
  passed: {},
};
const ALICE = "arn:aws:iam::123456789012:user/alice";
const PLAIN = `User: ${ALICE} is not authorized to perform: sts:AssumeRole on resource: ${ROLE.roleArn}`;

function token(claims: Readonly<Record<string, unknown>>): string {
  const encode = (value: unknown) =>
    new TextEncoder().encode(JSON.stringify(value)).toBase64({ alphabet: "base64url", omitPadding: true });
  return `${encode({ alg: "RS256" })}.${encode(claims)}.c2lnbmF0dXJl`;
}

function hints(message: string, more: Partial<Denied> = {}): readonly string[] {
  return denialHints(message, { role: ROLE, caller: ALICE, now: NOW, ...more });
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
const SAYS_GITHUB = 'the token says iss "https://token.actions.githubusercontent.com", aud "sts.amazonaws.com", ' +
  'sub "repo:octo-org/octo-repo:environment:prod", repository "octo-org/octo-repo", repository_id "74", ' +
  'environment "prod", ref "refs/heads/main"; a trust policy tests token.actions.githubusercontent.com:aud, ' +
  "token.actions.githubusercontent.com:sub, ...";

Deno.test("denialHints() lists what usually denies", async (t) => {
  const trust =
    "the role's trust policy does not name this caller, or the caller's own policy does not allow sts:AssumeRole";
  const gone = "the role does not exist, or its name is misspelt";
  const name = "the trust policy demands the user name as session name: use -u";
  const externalId = "it demands an external id: use --external-id";
  const mfa = "it demands MFA: use --serial-number";
  const device: RoleRequest["mfa"] = { serialNumber: "GAHT12345678", code: { kind: "ask" } };
  const rows: readonly (readonly [string, Partial<RoleRequest>, readonly string[]])[] = [
    ["what was not given", {}, [trust, gone, name, externalId, mfa]],
    ["no -u where it was given", { sessionName: { kind: "user-name" } }, [trust, gone, externalId, mfa]],
    ["no external id where it was given", { passed: { "external-id": "customer-42" } }, [trust, gone, name, mfa]],
    ["no MFA where it was given", { mfa: device }, [trust, gone, name, externalId]],
    ["the permission that tags need", { tags: [{ key: "a", value: "b" }] }, [
      ...[trust, gone, name, externalId, mfa],
      "session tags need sts:TagSession in the trust policy",
    ]],
    ["the permission that a source identity needs", { passed: { "source-identity": "alice" } }, [
      ...[trust, gone, name, externalId, mfa],
      "a source identity needs sts:SetSourceIdentity in the trust policy",
    ]],
  ];
  for (const [what, role, usual] of rows) {
    await t.step(what, () => {
      assertEquals(hints(PLAIN, { role: { ...ROLE, ...role } }), [`what usually denies: ${usual.join("; ")}`]);
    });
  }
});

Deno.test("denialHints() leaves guesses out where AWS names what denied", async (t) => {
  // https://docs.aws.amazon.com/IAM/latest/UserGuide/troubleshoot_access-denied.html
  const named = [
    "with an explicit deny in a service control policy",
    "with an explicit deny in a service control policy: arn:aws:organizations::111122223333:policy/o-1/service_control_policy/p-1",
    "with an explicit deny in a resource control policy: arn:aws:organizations::111122223333:policy/o-1/resource_control_policy/p-1",
    "with an explicit deny in an identity-based policy: arn:aws:iam::123456789012:policy/Deny. Go to https://us-east-1.console.aws.amazon.com/iam/home?region=us-east-1#/authorization-details/EXAMPLE",
    "with an explicit deny in a permissions boundary: arn:aws:iam::123456789012:policy/Boundary",
    "with an explicit deny in a session policy",
    "with an explicit deny in a VPC endpoint policy",
    "because no identity-based policy allows the sts:AssumeRole action",
    "because no permissions boundary allows the sts:AssumeRole action",
    "because no session policy allows the sts:AssumeRole action",
    "because no service control policy allows the sts:AssumeRole action",
  ];
  for (const reason of named) {
    await t.step(reason.slice(0, 60), () => assertEquals(hints(`${PLAIN} ${reason}`), []));
  }

  await t.step("but not where the trust policy lacks an allow: its conditions can only be guessed", () => {
    const message = `${PLAIN} because no resource-based policy allows the sts:AssumeRole action`;
    assert(hints(message)[0]?.startsWith("what usually denies: "));
  });
});

Deno.test("denialHints() of the root user does not lead to -u, which would refuse it", () => {
  const root = ["the root user of an account cannot assume roles: use the keys of an IAM user or of a role"];
  assertEquals(hints("Roles may not be assumed by root accounts.", { caller: undefined }), root);
  assertEquals(hints(PLAIN, { caller: "arn:aws:iam::123456789012:root" }), root);
});

Deno.test("denialHints() says when the MFA code was wrong", () => {
  const message = "MultiFactorAuthentication failed with invalid MFA one time pass code. ";
  assertEquals(hints(message), ["the MFA code is wrong, or was used before: a code serves once, wait for the next"]);
});

Deno.test("denialHints() of a token says what it says", () => {
  assertEquals(
    hints("Not authorized to perform sts:AssumeRoleWithWebIdentity", { token: token(GITHUB), caller: undefined }),
    [
      SAYS_GITHUB,
      "what usually denies: the role's trust policy does not accept these claims; " +
      "the role does not exist, or its name is misspelt",
    ],
  );
});

Deno.test("tokenHints()", async (t) => {
  const of = (claims: Readonly<Record<string, unknown>>, roleArn = ROLE.roleArn) =>
    tokenHints(token(claims), { role: { ...ROLE, roleArn }, now: NOW });
  const audience = (name: string, value: string, wanted = "sts.amazonaws.com") =>
    `the token's ${name} is ${value}, not "${wanted}": it must be an audience of the OIDC provider in IAM, and what the ` +
    "trust policy tests";

  await t.step("says what the token says, and nothing else where nothing is odd", () => {
    assertEquals(of(GITHUB), [SAYS_GITHUB]);
  });

  await t.step("names an audience that is not STS's first", () => {
    const [first, second] = of({ ...GITHUB, aud: "https://github.com/octo-org" });
    assertEquals(first, audience("aud", '"https://github.com/octo-org"'));
    assert(second?.startsWith("the token says "));
    assertEquals(of({ ...GITHUB, aud: ["a", "b"] })[0], audience("aud", '"a" and "b"'));
    assertEquals(of({ ...GITHUB, aud: undefined })[0], audience("aud", "missing"));
    assertEquals(of({ ...GITHUB, aud: ["a", "sts.amazonaws.com"] }).length, 1);
  });

  await t.step("knows STS's audience in China", () => {
    const china = "arn:aws-cn:iam::123456789012:role/deploy";
    assertEquals(of({ ...GITHUB, aud: "sts.amazonaws.com.cn" }, china).length, 1);
    assertEquals(of(GITHUB, china)[0], audience("aud", '"sts.amazonaws.com"', "sts.amazonaws.com.cn"));
  });

  await t.step("says that AWS takes azp for the audience, as in Google's tokens", () => {
    const [first, second] = of({
      iss: "https://accounts.google.com",
      aud: "sts.amazonaws.com",
      azp: "1234",
      sub: "1234",
    });
    assertEquals(first, audience("azp, which AWS takes for its aud,", '"1234"'));
    assertEquals(
      second,
      'the token says iss "https://accounts.google.com", aud "sts.amazonaws.com", azp "1234", sub "1234"; ' +
        "a trust policy tests accounts.google.com:aud, accounts.google.com:sub, ...",
    );
  });

  await t.step("says when it has expired", () => {
    assert(of({ ...GITHUB, exp: NOW / 1000 - 60 })[0]?.includes(", exp 2026-11-24T11:59:00.000Z (expired); "));
    for (const exp of ["soon", -1, Number.MAX_VALUE, undefined]) {
      assertFalse(of({ ...GITHUB, exp })[0]?.includes("exp "));
    }
  });

  for (const sub of ["repo:octo-org@1/octo-repo@74:ref:refs/heads/main", "repo:octo-org-1/octo-repo-74:pull_request"]) {
    await t.step(`recognizes GitHub's immutable subject ${sub}`, () => {
      assertEquals(
        of({ ...GITHUB, sub }).at(-1),
        'its sub is GitHub\'s immutable form, which names ids too: a trust policy for "repo:octo-org/octo-repo:..." ' +
          "does not match",
      );
    });
  }

  await t.step("takes no repository whose name ends in a number for one", () => {
    assertEquals(of({ ...GITHUB, repository: "org-1/repo-2", sub: "repo:org-1/repo-2:pull_request" }).length, 1);
  });

  await t.step("says when it is no JWT", () => {
    for (const text of ["opaque", "a.b.c", `a.${btoa("[]")}.c`, "a.!!.c", `${token(GITHUB)}.more`]) {
      assertEquals(tokenHints(text, { role: ROLE, now: NOW }), ["the token is not a JWT, so it is not an OIDC token"]);
    }
  });

  await t.step("shows neither the token nor its signature", () => {
    const whole = token({ ...GITHUB, aud: "other", jti: "id-of-the-token" });
    const text = tokenHints(whole, { role: ROLE, now: NOW }).join("\n");
    for (const part of [...whole.split("."), "id-of-the-token"]) assertFalse(text.includes(part));
  });
});
