/** Each failure of a call is told with its cause and what to do, and none shows a secret. */
import { assert, assertEquals, assertFalse } from "@std/assert";
import { DeadlineError } from "../../lib/aws/deadline.ts";
import { type Attempt, explainFailure } from "../../lib/aws/explain.ts";
import type { RoleRequest } from "../../lib/aws/role_request.ts";
import { ConnectionError } from "../../lib/aws/connection.ts";
import { ArarError, renderError } from "../../lib/errors.ts";
import { Secrets } from "../../lib/secrets.ts";
import { GITHUB } from "../sts_server.ts";

const KEYS = {
  accessKeyId: "ASIAIOSFODNN7EXAMPLE",
  secretAccessKey: "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",
  sessionToken: "IQoJb3JpZ2luX2VjEXAMPLETOKEN==",
};
const SECRETS = new Secrets();
SECRETS.add(KEYS.secretAccessKey);
SECRETS.add(KEYS.sessionToken);
SECRETS.add("345678");
const PLACE = {
  host: "sts.eu-west-1.amazonaws.com",
  region: "eu-west-1",
  now: Date.parse("2026-11-24"),
  hide: SECRETS.hide,
};
const ROLE = "arn:aws:iam::123456789012:role/deploy";
const ROLE_REQUEST: RoleRequest = {
  roleArn: ROLE,
  sessionName: { kind: "given", value: "ci" },
  policyArns: [],
  tags: [],
  transitiveTagKeys: [],
  passed: {},
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
    [
      "the process",
      { kind: "source", signer: { kind: "profile", profile: "p", via: "process", command: "keys" } },
      'get the source credentials (credential_process of profile "p")',
    ],
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
      const host = attempt.kind === "source" ? "" : ` from ${PLACE.host}`;
      assertEquals(explain(error, attempt).message, `cannot ${tried}: no answer${host} within 30 s`);
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
      "the session of the source credentials has expired: get new ones",
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
    ["InsufficientSessionLifetimeException", "the calling session ends before", 400, [
      "the session ends before that: ask for less with --duration-seconds, or leave it out",
    ]],
    ["MalformedPolicyDocument", "This policy contains invalid Json", 400, [
      "correct the session policy given with --policy",
    ]],
    ["PackedPolicyTooLarge", "Packed policy consumes 110% of allotted space", 400, [packed]],
    ["PackedPolicyTooLargeException", "Packed policy consumes 110% of allotted space", 400, [packed]],
    ["IDPRejectedClaim", "Incorrect token audience", 403, [
      "the token is for another audience, has expired, or its signing key was replaced",
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
      "the OIDC token has expired: get a new one right before arar runs",
    ]);
  });

  const passing = ["AWS could not reach the token's identity provider, which is usually temporary: try again"];
  await t.step("IDPCommunicationError is temporary", () => {
    assertEquals(explain(refusal("IDPCommunicationErrorException", "no"), AS_TOKEN).hints, passing);
  });

  await t.step("InvalidIdentityToken is temporary where AWS could not get the provider's keys", () => {
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

  await t.step("says what usually denies", () => {
    const error = explain(refusal("AccessDenied", message, 403));
    assertEquals(error.message, `cannot assume role "${ROLE}" as ${ALICE}: AccessDenied: ${message}`);
    assertEquals(error.hints.length, 1);
    assert(error.hints[0]?.startsWith("what usually denies: "));
  });

  await t.step("is shown whole where AWS names the policy, and nothing is guessed", () => {
    const policy = `arn:aws:organizations::111122223333:policy/o-${"e".repeat(32)}/service_control_policy/p-${
      "x".repeat(900)
    }`;
    const denial = `${message} with an explicit deny in a service control policy: ${policy}`;
    const error = explain(refusal("AccessDenied", denial, 403));
    assertEquals(error.message, `cannot assume role "${ROLE}" as ${ALICE}: AccessDenied: ${denial}`);
    assertEquals(error.hints, []);
  });

  await t.step("of a root user is known by the caller or by the words", () => {
    const arn = "arn:aws:iam::123456789012:root";
    for (const attempt of [{ ...AS_ALICE, arn }, { kind: "role", role: ROLE_REQUEST, credentials: KEYS }] as const) {
      const { hints } = explain(refusal("AccessDenied", "Roles may not be assumed by root accounts.", 403), attempt);
      assertEquals(hints, [
        "the root user of an account cannot assume roles: use the keys of an IAM user or of a role",
      ]);
    }
  });

  await t.step("lists nothing where no role was asked for", () => {
    assertEquals(explain(refusal("AccessDenied", "no", 403), { kind: "caller", credentials: KEYS }).hints, []);
  });
});

Deno.test("explainFailure() of a refused token says what it says", async (t) => {
  const token = GITHUB.mint({ aud: "sts.amazonaws.com" });
  const codes = ["AccessDenied", "ExpiredTokenException", "IDPRejectedClaim", "InvalidIdentityToken"];
  for (const code of codes) {
    await t.step(code, () => {
      const { hints } = explain(refusal(code, "no", 403), { ...AS_TOKEN, token });
      assertEquals(hints.length, 2);
      assert(
        hints.some((hint) => hint.startsWith(`the token says iss "${GITHUB.url}", aud "sts.amazonaws.com", sub `)),
      );
    });
  }

  await t.step("hides the token where STS repeats it", () => {
    const { message } = explain(refusal("IDPRejectedClaim", `not ${token}`), { ...AS_TOKEN, token });
    assertEquals(message, `cannot assume role "${ROLE}" as the web identity: IDPRejectedClaim: not ***`);
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
      const error = explain(new ConnectionError(reason, PLACE.host, { retryable: false }));
      assertEquals(error.message, `cannot assume role "${ROLE}" as ${ALICE}: no answer from ${PLACE.host}: ${reason}`);
      assertEquals(error.hints, [hint]);
    });
  }

  const proxies = [
    [false, "tcp connect error: Connection refused", "no answer from the proxy proxy.example:3128 (HTTPS_PROXY)"],
    [
      true,
      "proxy authentication required",
      `the proxy proxy.example:3128 (HTTPS_PROXY) does not let us through to ${PLACE.host}`,
    ],
  ] as const;
  for (const [refused, reason, told] of proxies) {
    await t.step(`names the proxy where it is the proxy that ${refused ? "refused" : "did not answer"}`, () => {
      const proxy = { host: "proxy.example:3128", from: "HTTPS_PROXY", refused };
      const error = explain(new ConnectionError(reason, PLACE.host, { retryable: false, proxy }));
      assertEquals(error.message, `cannot assume role "${ROLE}" as ${ALICE}: ${told}: ${reason}`);
      assertEquals(error.hints, [
        "check the proxy's address, user name and password, or exempt the host with NO_PROXY",
      ]);
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

  await t.step("what is too long to be read", () => {
    assert(shown("Odd", "x".repeat(10_000)).length < 2200);
    assert(shown("x".repeat(10_000), "").length < 250);
  });

  await t.step("secrets in a code, which the other side writes too", () => {
    assertFalse(shown(`Odd${KEYS.secretAccessKey}`, "no").includes("wJalrX"));
  });

  await t.step("all but the end of the key id, as everywhere", () => {
    const text = shown("InvalidClientTokenId", `key ${KEYS.accessKeyId} is unknown`);
    assert(text.includes(`key ${"*".repeat(16)}MPLE is unknown`), text);
  });

  await t.step("the MFA code, and no account that holds its digits", () => {
    const message = "code 345678 is not that of arn:aws:iam::123456789012:mfa/alice";
    const error = explain(refusal("Odd", message), AS_ALICE);
    assert(error.message.endsWith("Odd: code *** is not that of arn:aws:iam::123456789012:mfa/alice"), error.message);
  });

  await t.step("what would forge another line", () => {
    assertFalse(shown("Odd", "\r\x1b[2Kall is well").includes("\x1b"));
  });
});
