/** Each failure of a call is told with its cause and what to do, without a secret. */
import { assert, assertEquals, assertFalse } from "@std/assert";
import { ConnectionError } from "../../lib/aws/connection_error.ts";
import { DeadlineError, explainFailure, type Step } from "../../lib/aws/explain.ts";
import { ArarError, describeFailure } from "../../lib/errors.ts";
import { Secrets } from "../../lib/secrets.ts";
import { GITHUB } from "../sts_server.ts";
import { REQUEST } from "./requests.ts";

const KEYS = {
  accessKeyId: "ASIAIOSFODNN7EXAMPLE",
  secretAccessKey: "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",
  sessionToken: "IQoJb3JpZ2luX2VjEXAMPLETOKEN==",
};
const SECRETS = new Secrets();
for (const secret of [KEYS.secretAccessKey, KEYS.sessionToken, "345678"]) SECRETS.add(secret);
const HOST = "sts.eu-west-1.amazonaws.com";
const CONTEXT = { host: HOST, region: "eu-west-1", now: Date.parse("2026-11-24"), hide: SECRETS.hide };
const ALICE = "arn:aws:iam::123456789012:user/alice";
const AS_ALICE: Step = { kind: "role", role: REQUEST, credentials: KEYS, arn: ALICE };
const AS_TOKEN: Step = { kind: "role", role: REQUEST };
const TRIED = `cannot assume role "${REQUEST.roleArn}" as ${ALICE}: `;

/** An error as the SDK throws it. */
function refusal(code: string, message: string, status = 400): Error {
  return Object.assign(new Error(message), { name: code, $fault: "client", $metadata: { httpStatusCode: status } });
}

function explain(error: unknown, step: Step = AS_ALICE): ArarError {
  return explainFailure(error, step, CONTEXT);
}

/** The explanation of a step as alice, without what was tried. */
function toldOf(error: unknown): readonly string[] {
  const { message, detail, hints, exitCode } = explain(error);
  const text = [message, ...detail?.split("\n") ?? []].join(": ").replaceAll(": STS said: ", ": ")
    .replace(`": the caller is ${ALICE}: `, `" as ${ALICE}: `);
  assertEquals([text.slice(0, TRIED.length), exitCode], [TRIED, 125]);
  return [text.slice(TRIED.length), ...hints];
}

Deno.test("explainFailure() names what was tried", async (t) => {
  const process = { kind: "profile", profile: "p", via: "process", command: "keys" } as const;
  const rows: readonly (readonly [Step, string])[] = [
    [{ kind: "source", signer: { kind: "instance" } }, "get the source credentials (instance role)"],
    [{ kind: "source", signer: process }, 'get the source credentials (credential_process of profile "p")'],
    [{ kind: "caller", credentials: KEYS }, "get the caller identity of key ****************MPLE"],
    [{ ...AS_TOKEN, credentials: KEYS }, `assume role "${REQUEST.roleArn}" as key ****************MPLE`],
    [AS_TOKEN, `assume role "${REQUEST.roleArn}" as the web identity`],
  ];
  for (const [step, tried] of rows) {
    await t.step(tried, () => {
      const host = step.kind === "source" ? "" : ` from ${HOST}`;
      const { message, hints } = explain(new DeadlineError(30), step);
      assertEquals(message, `cannot ${tried}: no answer${host} within 30 s`);
      assertEquals(hints, ["check the network and the proxy, or try for longer with --timeout SECONDS"]);
    });
  }
});

Deno.test("explainFailure() breaks a line that would wrap", () => {
  const linesOf = (error: unknown, roleArn: string, arn: string) => {
    const { message, detail } = explain(error, { ...AS_ALICE, role: { ...REQUEST, roleArn }, arn });
    return [message, ...detail?.split("\n") ?? []];
  };
  const role = `${REQUEST.roleArn}-of-${"x".repeat(50)}`;
  const caller = `arn:aws:sts::123456789012:assumed-role/${"y".repeat(30)}/alice@example.com`;
  const refused = refusal("ExpiredToken", "The security token included in the request is expired", 403);
  const [task, short] = [`cannot assume role "${role}"`, `cannot assume role "${REQUEST.roleArn}"`];
  assertEquals(linesOf(refused, REQUEST.roleArn, ALICE), [
    `${short} as ${ALICE}: ExpiredToken`,
    `STS said: ${refused.message}`,
  ]);
  assertEquals(linesOf(refused, role, caller), [
    task,
    `the caller is ${caller}`,
    "STS said: ExpiredToken",
    `STS said: ${refused.message}`,
  ]);
  assertEquals(linesOf(new DeadlineError(30), role, caller), [
    task,
    `the caller is ${caller}`,
    `no answer from ${HOST} within 30 s`,
  ]);
});

Deno.test("explainFailure() of a code", async (t) => {
  const shorter = "use a shorter --duration-seconds, or raise the role's MaxSessionDuration";
  const clock = "this machine's clock is wrong: set it";
  const busy = "too many requests at once in this account; try again, or raise AWS_MAX_ATTEMPTS";
  const fault = "STS or a proxy in front of it has failed; try again later";
  const temporary = "AWS could not reach the token's identity provider, which is usually temporary: try again";
  const expired = "the OIDC token has expired: get a new one right before arar runs";
  const rows: readonly (readonly [code: string, message: string, hint?: string, status?: number])[] = [
    [
      "ExpiredToken",
      "The security token included in the request is expired",
      "the source credentials have expired: get new ones",
    ],
    [
      "InvalidClientTokenId",
      "The security token included in the request is invalid.",
      "the access key is unknown, was deleted, or belongs to another partition; temporary keys (ASIA...) need the " +
      "session token they were issued with",
    ],
    [
      "UnrecognizedClient",
      "The security token included in the request is invalid.",
      "the access key is unknown, or its session token is missing or belongs to another key",
    ],
    [
      "SignatureDoesNotMatch",
      "The request signature we calculated does not match the signature you provided",
      "the secret access key does not belong to this access key, or was truncated or padded when it was stored",
    ],
    ["SignatureDoesNotMatch", "Signature expired: 20300101T000000Z is now earlier than 20300101T010000Z", clock],
    ["SignatureDoesNotMatch", "Signature not yet current: 20300101T010000Z is still later than", clock],
    ["RequestExpired", "Request has expired.", clock],
    [
      "RegionDisabled",
      "STS is not activated in this region for account:123456789012",
      "STS is not activated in eu-west-1 for this account; activate it there, or use another --region",
    ],
    [
      "InsufficientSessionLifetime",
      "the calling session ends before",
      "the session expires before that: use a shorter --duration-seconds, or leave it out",
    ],
    [
      "MalformedPolicyDocument",
      "This policy contains invalid Json",
      "fix the session policy given with --policy",
    ],
    [
      "PackedPolicyTooLarge",
      "Packed policy consumes 110% of allotted space",
      "shorten --policy, or use fewer --policy-arn and --tag options",
    ],
    ["IDPCommunicationError", "no", temporary],
    [
      "IDPRejectedClaim",
      "Incorrect token audience",
      "the token is for another audience, has expired, or its signing key was rotated",
    ],
    [
      "InvalidIdentityToken",
      "No OpenIDConnect provider found in your account",
      "check that the account has an OIDC provider for the token's issuer and audience",
    ],
    ["InvalidIdentityToken", "Couldn't retrieve verification key from your identity provider", temporary],
    ["ValidationError", "The requested DurationSeconds exceeds the MaxSessionDuration set for this role", shorter],
    ["ValidationError", "The requested DurationSeconds exceeds the 1 hour session limit for role chaining", shorter],
    ["ValidationError", "1 validation error detected"],
    ["Throttling", "Rate exceeded", busy],
    ["RequestLimitExceeded", "Request limit exceeded", busy, 503],
    ["ServiceUnavailable", "Please try again", fault, 503],
    ["InternalFailure", "An internal error", fault, 500],
    ["OptInRequired", "You are not subscribed"],
    ["constructor", "a code that is the name of a property"],
    ["__proto__", "a code that is the name of a property"],
  ];
  for (const [code, message, hint, status] of rows) {
    await t.step(`${code}, ${message.slice(0, 40)}, with and without the suffix that the SDK adds`, () => {
      for (const name of [code, `${code}Exception`]) {
        const told = [`${name}: ${message.replace(/\.$/, "")}`, ...hint === undefined ? [] : [hint]];
        assertEquals(toldOf(refusal(name, message, status)), told);
      }
    });
  }

  await t.step("ExpiredTokenException of a web identity is about the token", () => {
    assertEquals(explain(refusal("ExpiredTokenException", "Token expired"), AS_TOKEN).hints, [expired]);
  });

  for (const name of ["Error", "Unknown", "UnknownError"]) {
    await t.step(`${name}, the SDK's name for an answer without a code`, () => {
      assertEquals(toldOf(refusal(name, "UnknownError", 502)), ["HTTP 502", fault]);
    });
  }
});

Deno.test("explainFailure() of AccessDenied", async (t) => {
  const message = `User: ${ALICE} is not authorized to perform: sts:AssumeRole on resource: ${REQUEST.roleArn}`;

  await t.step("shows what it adds if AWS names the policy, and does not guess", () => {
    const reason = ` with an explicit deny in a service control policy: ` +
      `arn:aws:organizations::111122223333:policy/o-${"e".repeat(32)}/service_control_policy/p-${"x".repeat(900)}`;
    assertEquals(toldOf(refusal("AccessDenied", `${message}${reason}`)), [
      `AccessDenied: sts:AssumeRole is not allowed${reason}`,
    ]);
  });

  await t.step("names neither caller nor role twice, but another caller than the line above", () => {
    assertEquals(toldOf(refusal("AccessDenied", message))[0], "AccessDenied");
    const other = message.replace(ALICE, `${ALICE}-2`);
    assertEquals(toldOf(refusal("AccessDenied", other))[0], `AccessDenied: the caller is ${ALICE}-2`);
  });

  await t.step("leaves the message alone if it is about another role", () => {
    const other = `${message}-2`;
    assertEquals(toldOf(refusal("AccessDenied", other))[0], `AccessDenied: ${other}`);
  });

  await t.step("lists nothing if no role was requested", () => {
    assertEquals(explain(refusal("AccessDenied", "no"), { kind: "caller", credentials: KEYS }).hints, []);
  });
});

Deno.test("explainFailure() of a rejected token shows its claims", async (t) => {
  const token = GITHUB.mint({ aud: "sts.amazonaws.com" });
  for (const code of ["AccessDenied", "ExpiredTokenException", "IDPRejectedClaim", "InvalidIdentityToken"]) {
    await t.step(code, () => {
      const { hints } = explain(refusal(code, "no", 403), { ...AS_TOKEN, token });
      const claims = hints.filter((hint) => hint.startsWith("token "));
      assertEquals(claims.slice(0, 2), [`token iss: "${GITHUB.url}"`, 'token aud: "sts.amazonaws.com"']);
      // The claims are last.
      assertEquals(hints.indexOf(claims[0] ?? ""), code === "AccessDenied" ? 3 : 2);
    });
  }

  await t.step("but advises no provider for what is not a JWT", () => {
    const { hints } = explain(refusal("InvalidIdentityToken", "x"), { ...AS_TOKEN, token: "nonsense" });
    assertEquals(hints, ["the token is not a JWT, so it cannot be an OIDC token"]);
  });

  await t.step("and masks the token if STS repeats it", () => {
    const { message } = explain(refusal("IDPRejectedClaim", `not ${token}`), { ...AS_TOKEN, token });
    assert(message.endsWith(" as the web identity: IDPRejectedClaim: not ***"), message);
  });
});

Deno.test("explainFailure() of no answer", async (t) => {
  await t.step("names the host, the reason and a way out", () => {
    assertEquals(toldOf(new ConnectionError("refused", HOST)), [
      `no answer from ${HOST}: connection refused`,
      "check the network, HTTPS_PROXY and NO_PROXY, and the region (--region)",
    ]);
  });

  for (const kind of ["redirect", "too-long", "malformed"] as const) {
    await t.step(`doubts that it is STS: ${kind}`, () => {
      const error = new ConnectionError(kind, HOST);
      assertEquals(toldOf(error), [
        `${HOST} did not answer like STS: ${error.message}`,
        "check AWS_ENDPOINT_URL_STS and AWS_ENDPOINT_URL, and any proxy or load balancer on the way to AWS",
      ]);
    });
  }
});

Deno.test("explainFailure() of something else", async (t) => {
  await t.step("passes on an error that is already for the user", () => {
    const error = new ArarError("said");
    assert(explain(error) === error);
  });

  for (const thrown of [new SyntaxError(KEYS.secretAccessKey), "odd", undefined, { $metadata: {}, $fault: "client" }]) {
    await t.step(`shows nothing of ${thrown instanceof Error ? thrown.name : typeof thrown}`, () => {
      assertEquals(toldOf(thrown)[0], `${HOST} did not answer like STS`);
      assert(explain(thrown).cause === thrown);
    });
  }
});

Deno.test("explainFailure() hides", async (t) => {
  /** All that the user would see. */
  const shown = (code: string, message: string) =>
    describeFailure(explain(refusal(code, message, 403)), (text) => text).text;

  await t.step("the request that STS repeats below a wrong signature", () => {
    const text = shown(
      "SignatureDoesNotMatch",
      "The request signature we calculated does not match.\n\nThe Canonical String for this request should have been\n" +
        `'POST\n/\n\nhost:sts\nx-amz-security-token:${KEYS.sessionToken}\n'`,
    );
    assertEquals(text.split("\n").length, 4, text);
    assertFalse(/Canonical|x-amz|IQoJ/.test(text), text);
  });

  await t.step("secret, token and MFA code in the first line, but no account ID with the same digits", () => {
    const text = `key ${KEYS.secretAccessKey} token ${KEYS.sessionToken} code 345678 of 123456789012`;
    assertEquals(toldOf(refusal("Odd", text)), ["Odd: key *** token *** code *** of 123456789012"]);
  });

  await t.step("a secret at the place where a long message is cut", () => {
    assertFalse(shown("Odd", `${"x".repeat(1990)}${KEYS.secretAccessKey}`).includes(KEYS.secretAccessKey.slice(0, 4)));
  });

  await t.step("what is too long to be read", () => {
    assert(shown("Odd", "x".repeat(10_000)).length < 2200);
    assert(shown("x".repeat(10_000), "").length < 250);
  });

  await t.step("secrets in a code, which the server chooses too", () => {
    assertFalse(shown(`Odd${KEYS.secretAccessKey}`, "no").includes("wJalrX"));
  });

  await t.step("all but the end of the key ID, as everywhere", () => {
    const text = shown("InvalidClientTokenId", `key ${KEYS.accessKeyId} is unknown`);
    assert(text.includes(`key ${"*".repeat(16)}MPLE is unknown`), text);
  });
});
