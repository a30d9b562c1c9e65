/**
 * Owns the proof that each failure of a call is told with cause and fix, and that none shows a secret.
 * Must not know how a call is made.
 */
import { assert, assertEquals, assertFalse } from "@std/assert";
import { DeadlineError } from "../../lib/aws/deadline.ts";
import { type Attempt, explainFailure } from "../../lib/aws/explain.ts";
import type { RoleRequest } from "../../lib/aws/role_request.ts";
import { ConnectionError } from "../../lib/aws/http.ts";
import { ArarError, renderError } from "../../lib/errors.ts";

const PLACE = { host: "sts.eu-west-1.amazonaws.com", region: "eu-west-1" };
const KEYS = {
  accessKeyId: "ASIAIOSFODNN7EXAMPLE",
  secretAccessKey: "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",
  sessionToken: "IQoJb3JpZ2luX2VjEXAMPLETOKEN==",
};
const ROLE = "arn:aws:iam::123456789012:role/deploy";
const ROLE_REQUEST: RoleRequest = {
  roleArn: ROLE,
  sessionName: { kind: "given", value: "ci" },
  policyArns: [],
  tags: [],
  transitiveTagKeys: [],
};
const ALICE = "arn:aws:iam::123456789012:user/alice";
const AS_ALICE: Attempt = { kind: "role", role: ROLE_REQUEST, credentials: KEYS, arn: ALICE };
const AS_TOKEN: Attempt = { kind: "role", role: ROLE_REQUEST };

/** An error as the SDK throws it. */
function refusal(code: string, message: string, status = 400): Error {
  return Object.assign(new Error(message), { name: code, $fault: "client", $metadata: { httpStatusCode: status } });
}

function explain(error: unknown, attempt: Attempt = AS_ALICE): ArarError {
  return explainFailure(error, attempt, PLACE);
}

Deno.test("explainFailure() names what was tried", async (t) => {
  const error = new DeadlineError(30);
  const rows: readonly (readonly [string, Attempt, string])[] = [
    ["the source", { kind: "source", signer: { kind: "instance" } }, "get the source credentials (instance)"],
    ["the caller", { kind: "caller", credentials: KEYS }, "ask STS who key ****************MPLE is"],
    ["role and caller", AS_ALICE, `assume role "${ROLE}" as ${ALICE}`],
    [
      "role and key, where the caller is not known",
      { kind: "role", role: ROLE_REQUEST, credentials: KEYS },
      `assume role "${ROLE}" as key ****************MPLE`,
    ],
    ["role and web identity", AS_TOKEN, `assume role "${ROLE}" as the web identity`],
  ];
  for (const [what, attempt, tried] of rows) {
    await t.step(what, () => {
      assertEquals(explain(error, attempt).message, `cannot ${tried}: no answer from ${PLACE.host} within 30 s`);
    });
  }
});

Deno.test("explainFailure() of a code", async (t) => {
  const less = "ask for less with --duration-seconds, or raise the role's own maximum";
  const clock = "the clock of this machine is wrong: set it";
  const packed = "shorten --policy, or give fewer --policy-arn and --tag";
  const busy = "too many requests at once in this account; try again, or raise AWS_MAX_ATTEMPTS";
  const fault = "STS, or what stands before it, has a fault; try again later";
  const rows: readonly (readonly [code: string, message: string, status: number, hints: readonly string[]])[] = [
    ["ExpiredToken", "The security token included in the request is expired", 403, [
      "the source credentials' session has ended; get new ones",
    ]],
    ["InvalidClientTokenId", "The security token included in the request is invalid.", 403, [
      "the access key is unknown, was deleted, or belongs to another partition; temporary keys (ASIA...) need the " +
      "AWS_SESSION_TOKEN they were issued with",
    ]],
    ["UnrecognizedClientException", "The security token included in the request is invalid.", 403, [
      "the access key is unknown, or its session token is missing or another's",
    ]],
    ["SignatureDoesNotMatch", "The request signature we calculated does not match the signature you provided", 403, [
      "AWS_SECRET_ACCESS_KEY is not the secret of this access key, or was cut or padded when it was stored",
    ]],
    ["SignatureDoesNotMatch", "Signature expired: 20300101T000000Z is now earlier than 20300101T010000Z", 403, [clock]],
    ["SignatureDoesNotMatch", "Signature not yet current: 20300101T010000Z is still later than", 403, [clock]],
    ["RequestExpired", "Request has expired.", 400, [clock]],
    ["RegionDisabledException", "STS is not activated in this region for account:123456789012", 403, [
      "STS is not activated in eu-west-1 for this account; activate it there, or use another --region",
    ]],
    ["MalformedPolicyDocument", "This policy contains invalid Json", 400, [
      "correct the session policy given with --policy",
    ]],
    ["PackedPolicyTooLarge", "Packed policy consumes 110% of allotted space", 400, [packed]],
    ["PackedPolicyTooLargeException", "Packed policy consumes 110% of allotted space", 400, [packed]],
    ["IDPRejectedClaim", "Incorrect token audience", 403, [
      "the token was issued for another audience, has ended, or its key was replaced",
    ]],
    ["InvalidIdentityToken", "No OpenIDConnect provider found in your account", 400, [
      "check that the account has an OIDC provider for the token's issuer and audience",
    ]],
    ["ValidationError", "The requested DurationSeconds exceeds the MaxSessionDuration set for this role", 400, [less]],
    [
      "ValidationError",
      "The requested DurationSeconds exceeds the 1 hour session limit for roles assumed by role chaining",
      400,
      [less],
    ],
    ["ValidationError", "1 validation error detected", 400, []],
    ["Throttling", "Rate exceeded", 400, [busy]],
    ["ThrottlingException", "Rate exceeded", 400, [busy]],
    ["RequestLimitExceeded", "Request limit exceeded", 503, [busy]],
    ["ServiceUnavailable", "Please try again", 503, [fault]],
    ["InternalFailure", "An internal error", 500, [fault]],
    ["OptInRequired", "You are not subscribed", 403, []],
    ["constructor", "a code that is the name of a property", 400, []],
    ["__proto__", "a code that is the name of a property", 400, []],
  ];
  for (const [code, message, status, hints] of rows) {
    await t.step(`${code}, ${message.slice(0, 40)}`, () => {
      const error = explain(refusal(code, message, status));
      assertEquals(error.message, `cannot assume role "${ROLE}" as ${ALICE}: ${code}: ${message.replace(/\.$/, "")}`);
      assertEquals(error.hints, hints);
      assertEquals(error.exitCode, 125);
    });
  }

  for (
    const code of [
      "MalformedPolicyDocument",
      "PackedPolicyTooLarge",
      "IDPRejectedClaim",
      "RegionDisabled",
      "Throttling",
    ]
  ) {
    await t.step(`${code} is explained with and without the suffix that the SDK adds`, () => {
      const [bare, suffixed] = [code, `${code}Exception`].map((name) => explain(refusal(name, "no")).hints);
      assertEquals(bare, suffixed);
      assertEquals(bare?.length, 1);
    });
  }

  await t.step("ExpiredTokenException of a web identity is the token's", () => {
    assertEquals(explain(refusal("ExpiredTokenException", "Token expired"), AS_TOKEN).hints, [
      "the OIDC token has ended; get a new one just before arar runs",
    ]);
  });

  const passing = ["AWS could not reach the token's identity provider, which passes by itself: try again"];
  await t.step("IDPCommunicationError passes by itself", () => {
    assertEquals(explain(refusal("IDPCommunicationErrorException", "no"), AS_TOKEN).hints, passing);
  });

  await t.step("InvalidIdentityToken passes by itself where AWS could not get the provider's keys", () => {
    const message = "Couldn't retrieve verification key from your identity provider";
    assertEquals(explain(refusal("InvalidIdentityTokenException", message), AS_TOKEN).hints, passing);
  });

  for (const name of ["Error", "Unknown", "UnknownError"]) {
    await t.step(`${name}, which the SDK makes of a page without one`, () => {
      const error = explain(refusal(name, "UnknownError", 502));
      assertEquals(error.message, `cannot assume role "${ROLE}" as ${ALICE}: HTTP 502`);
      assertEquals(error.hints, [fault]);
    });
  }
});

Deno.test("explainFailure() of AccessDenied", async (t) => {
  const message = `User: ${ALICE} is not authorized to perform: sts:AssumeRole on resource: ${ROLE}`;
  const trust =
    "the role's trust policy does not name this caller, or the caller's own policy does not allow sts:AssumeRole";
  const name = "the trust policy demands the user name as session name: use -u";
  const externalId = "it demands an external id: use --external-id";
  const mfa = "it demands MFA: use --serial-number";
  const device: RoleRequest["mfa"] = { serialNumber: "GAHT12345678", code: { kind: "ask" } };
  const rows: readonly (readonly [string, Partial<RoleRequest>, readonly string[]])[] = [
    ["what was not given", {}, [trust, name, externalId, mfa]],
    ["no -u where it was given", { sessionName: { kind: "user-name" } }, [trust, externalId, mfa]],
    ["no external id where it was given", { externalId: "customer-42" }, [trust, name, mfa]],
    ["no MFA where it was given", { mfa: device }, [trust, name, externalId]],
    ["the permission that tags need", { tags: [{ key: "a", value: "b" }] }, [
      trust,
      name,
      externalId,
      mfa,
      "session tags need sts:TagSession in the trust policy",
    ]],
    ["the permission that a source identity needs", { sourceIdentity: "alice" }, [
      trust,
      name,
      externalId,
      mfa,
      "a source identity needs sts:SetSourceIdentity in the trust policy",
    ]],
  ];
  for (const [what, role, usual] of rows) {
    await t.step(`lists ${what}`, () => {
      const error = explain(refusal("AccessDenied", message, 403), { ...AS_ALICE, role: { ...ROLE_REQUEST, ...role } });
      assertEquals(error.message, `cannot assume role "${ROLE}" as ${ALICE}: AccessDenied: ${message}`);
      assertEquals(error.hints, [`what usually denies: ${usual.join("; ")}`]);
    });
  }

  await t.step("hides the web identity's token where STS repeats it", () => {
    const { message } = explain(refusal("IDPRejectedClaim", "not eyJhbGciOi.x.y"), {
      ...AS_TOKEN,
      token: "eyJhbGciOi.x.y",
    });
    assertEquals(message, `cannot assume role "${ROLE}" as the web identity: IDPRejectedClaim: not ***`);
  });

  await t.step("lists what a token is compared with for a web identity", () => {
    const { hints } = explain(refusal("AccessDenied", "Not authorized", 403), AS_TOKEN);
    assertEquals(hints, [
      "what usually denies: the role's trust policy does not accept this token's issuer, audience or subject",
    ]);
  });

  await t.step("names the code where it was wrong", () => {
    const wrong = "MultiFactorAuthentication failed with invalid MFA one time pass code. ";
    assertEquals(explain(refusal("AccessDenied", wrong, 403)).hints, [
      "the MFA code is wrong, or was used before: a code serves once, wait for the next",
    ]);
  });

  await t.step("lists nothing where no role was asked for", () => {
    assertEquals(explain(refusal("AccessDenied", "no", 403), { kind: "caller", credentials: KEYS }).hints, []);
  });
});

Deno.test("explainFailure() of no answer", async (t) => {
  const network = "check the network, HTTPS_PROXY and NO_PROXY, and the region (--region)";
  const authority = "if a proxy or an endpoint of your own has its own authority, name its PEM file in AWS_CA_BUNDLE";
  const rows = [
    ["names the host", "tcp connect error: Connection refused", network],
    ["tells of authorities where the certificate was refused", "invalid peer certificate: UnknownIssuer", authority],
  ] as const;
  for (const [what, reason, hint] of rows) {
    await t.step(what, () => {
      const error = explain(new ConnectionError(reason, "proxy.example:3128", { retryable: false }));
      assertEquals(
        error.message,
        `cannot assume role "${ROLE}" as ${ALICE}: no answer from proxy.example:3128: ${reason}`,
      );
      assertEquals(error.hints, [hint]);
    });
  }

  await t.step("tells how to try for longer", () => {
    assertEquals(explain(new DeadlineError(30)).hints, [
      "check the network and the proxy, or try for longer with --timeout SECONDS",
    ]);
  });
});

Deno.test("explainFailure() of something else", async (t) => {
  await t.step("passes an error on that is for the user already", () => {
    const error = new ArarError("said");
    assert(explain(error) === error);
  });

  for (const thrown of [new SyntaxError(KEYS.secretAccessKey), "odd", undefined, { $metadata: {}, $fault: "client" }]) {
    await t.step(
      `tells ${thrown instanceof Error ? thrown.name : typeof thrown} by the host alone, and keeps it as the cause`,
      () => {
        const error = explain(thrown);
        assertEquals(
          error.message,
          `cannot assume role "${ROLE}" as ${ALICE}: ${PLACE.host} did not answer as STS does`,
        );
        assert(error.cause === thrown);
      },
    );
  }
});

Deno.test("explainFailure() hides", async (t) => {
  /** All that the user would see. */
  const shown = (code: string, message: string) => renderError(explain(refusal(code, message, 403)));

  await t.step("the request that STS repeats below a wrong signature", () => {
    const text = shown(
      "SignatureDoesNotMatch",
      "The request signature we calculated does not match.\n\nThe Canonical String for this request should have been\n" +
        `'POST\n/\n\nhost:sts\nx-amz-security-token:${KEYS.sessionToken}\n'`,
    );
    assertEquals(text.split("\n").length, 3, text);
    assertFalse(/Canonical|x-amz|IQoJ/.test(text), text);
  });

  await t.step("secret and token in the first line", () => {
    const text = shown("Odd", `key ${KEYS.secretAccessKey} token ${KEYS.sessionToken}`);
    assertEquals(text, `arar: cannot assume role "${ROLE}" as ${ALICE}: Odd: key *** token ***\n`);
  });

  await t.step("a secret that stands where a long message is cut", () => {
    const text = shown("Odd", `${"x".repeat(590)}${KEYS.secretAccessKey}`);
    assertFalse(text.includes(KEYS.secretAccessKey.slice(0, 4)), text);
  });

  await t.step("what is too long to be read", () => assert(shown("Odd", "x".repeat(10_000)).length < 800));

  await t.step("what would forge another line", () => {
    assertFalse(shown("Odd", "\r\x1b[2Kall is well").includes("\x1b"));
  });
});
