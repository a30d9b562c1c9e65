/**
 * Owns the proof that a web identity token is read, checked and refused as STS does.
 * Must not know arar.
 */
import {
  AssumeRoleWithWebIdentityCommand,
  type AssumeRoleWithWebIdentityCommandOutput,
  STSClient,
} from "@aws-sdk/client-sts";
import { assert, assertEquals } from "@std/assert";
import {
  type Claims,
  GITHUB,
  GITHUB_ISSUER,
  oidcIssuer,
  startSts,
  type StsServer,
  TERRAFORM_ROLE,
  WEB_IDENTITY_ROLE,
} from "../sts_server.ts";
import { assertRefused, REGION, whoAmI } from "./client.ts";

/** No credentials at all: the action is unsigned. */
function assumeWith(
  sts: StsServer,
  WebIdentityToken: string,
  RoleArn: string = WEB_IDENTITY_ROLE.arn,
): Promise<AssumeRoleWithWebIdentityCommandOutput> {
  const input = { RoleArn, RoleSessionName: "github", WebIdentityToken };
  const config = { endpoint: sts.url, region: REGION, maxAttempts: 1 };
  return new STSClient(config).send(new AssumeRoleWithWebIdentityCommand(input));
}

const refused: readonly [string, Partial<Claims>, string, number, string][] = [
  [
    "another audience",
    { aud: "https://github.com/octo-org" },
    "InvalidIdentityToken",
    400,
    "Incorrect token audience",
  ],
  [
    "another repository",
    { sub: "repo:evil/repo:ref:refs/heads/main" },
    "AccessDenied",
    403,
    "Not authorized to perform sts:AssumeRoleWithWebIdentity",
  ],
  [
    "an expired token",
    { exp: 1_600_000_000 },
    "ExpiredTokenException",
    400,
    "must be before the expiration date/time 1600000000",
  ],
  [
    "an issuer that is not known",
    { iss: "https://gitlab.example.com" },
    "InvalidIdentityToken",
    400,
    "No OpenIDConnect provider found in your account for https://gitlab.example.com",
  ],
];

Deno.test("assumeRoleWithWebIdentity()", async (t) => {
  await t.step("takes an issuer's token and answers a session", async () => {
    await using sts = await startSts();
    const token = GITHUB.mint({});
    const output = await assumeWith(sts, token);
    assertEquals(output.Audience, "sts.amazonaws.com");
    assertEquals(output.Provider, GITHUB_ISSUER);
    const sub = "repo:octo-org/octo-repo:ref:refs/heads/main";
    assertEquals(output.SubjectFromWebIdentityToken, sub);
    const session = {
      accessKeyId: output.Credentials?.AccessKeyId ?? "",
      secretAccessKey: output.Credentials?.SecretAccessKey ?? "",
      sessionToken: output.Credentials?.SessionToken ?? "",
    };
    const arn = "arn:aws:sts::123456789012:assumed-role/web-identity-role/github";
    assertEquals(await whoAmI(sts, session), arn);
    assertEquals(sts.requests[0]?.headers["authorization"], undefined);
    assert(sts.secrets().includes(token));
  });

  for (const [name, claims, code, status, message] of refused) {
    await t.step(`refuses ${name}`, async () => {
      await using sts = await startSts();
      const call = assumeWith(sts, GITHUB.mint(claims));
      await assertRefused(call, code, status, message);
    });
  }

  await t.step("refuses a role that trusts no issuer", async () => {
    await using sts = await startSts();
    const call = assumeWith(sts, GITHUB.mint({}), TERRAFORM_ROLE.arn);
    await assertRefused(call, "AccessDenied", 403, "Not authorized to perform");
  });

  await t.step("refuses a token that another key signed, or nobody", async () => {
    await using sts = await startSts();
    const code = "InvalidIdentityToken";
    const forged = oidcIssuer(GITHUB_ISSUER).mint({});
    const signature = "invalid signature";
    await assertRefused(assumeWith(sts, forged), code, 400, signature);
    await assertRefused(assumeWith(sts, "text"), code, 400, "not a valid JWT");
  });
});
