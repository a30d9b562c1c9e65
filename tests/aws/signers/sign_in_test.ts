/**
 * What keeps people who have signed in from their credentials, and which token files are renewed. That it works is tested on
 * the real program, in `tests/process/sso_test.ts` and `login_test.ts`.
 */
import { assert, assertEquals, assertRejects } from "@std/assert";
import { createHash, generateKeyPairSync } from "node:crypto";
import { type Answer, ConnectionError, type DialRequest } from "../../../lib/aws/dialer.ts";
import { readEndpoint } from "../../../lib/aws/endpoint.ts";
import { loginCredentials, ssoCredentials } from "../../../lib/aws/signers/sign_in.ts";
import { ArarError } from "../../../lib/errors.ts";
import { tokenWorld } from "./token_server.ts";

const NOW = Date.parse("2026-01-01T00:00:00Z");
const SECRET = "secret+TOKEN";
const START = "https://example.awsapps.com/start";
const IDENTITY = "arn:aws:iam::123456789012:user/alice";
const SOON = "2026-01-01T00:02:00Z";
const LATE = "2026-01-01T10:00:00Z";
const OVER = "2025-12-31T23:00:00Z";

type Json = Readonly<Record<string, unknown>>;
/** An answer by path: status and members, or silence. */
type Answers = Readonly<Record<string, readonly [number, Json, error?: string] | undefined>>;

/** A home with one token file, by its path, and the services. */
function home(path: string, content: Json | string | undefined, answers: Answers) {
  const asked: DialRequest[] = [];
  const written: [string, Json][] = [];
  let text = typeof content === "object" ? JSON.stringify(content) : content;
  const context = {
    ...tokenWorld(),
    now: () => NOW,
    region: "eu-north-1",
    services: { tokenFolder: "/home", sso: readEndpoint({}), sso_oidc: readEndpoint({}), signin: readEndpoint({}) },
    readTextFile: (one: string) => Promise.resolve(one === path ? text : undefined),
    writePrivateFile: (one: string, bytes: Uint8Array) => {
      text = new TextDecoder().decode(bytes);
      written.push([one, JSON.parse(text)]);
      return Promise.resolve();
    },
    dial: (request: DialRequest): Promise<Answer> => {
      asked.push(request);
      const [status, body, error = ""] = answers[request.url.pathname] ?? [0, {}];
      if (status === 0) return Promise.reject(new ConnectionError("tls", request.url.host));
      const headers = { "x-amzn-errortype": error };
      return Promise.resolve({ status, headers, body: new TextEncoder().encode(JSON.stringify(body)) });
    },
  };
  return { asked, written, context, rewrite: (next: Json) => text = JSON.stringify(next) };
}

const fileOf = (algorithm: string, name: string) => `/home/${createHash(algorithm).update(name).digest("hex")}.json`;

function askSso(context: Parameters<typeof ssoCredentials>[1], session: string | undefined = "my corp") {
  const sso = { session, startUrl: START, region: "eu-west-1", accountId: "123456789012", roleName: "reader" };
  return ssoCredentials({ kind: "profile", profile: "p", via: "sso", sso }, context);
}

function askLogin(context: Parameters<typeof loginCredentials>[1], region?: string) {
  return loginCredentials({ kind: "profile", profile: "p", via: "login", session: IDENTITY, region }, context);
}

async function refused(ask: () => Promise<unknown>): Promise<readonly string[]> {
  const { message, hints } = await assertRejects(ask, ArarError);
  assert(!`${message}${hints}`.includes(SECRET), message);
  return [message.replace(/^cannot get the .* of profile "p": /, ""), ...hints];
}

const SSO_KEYS = { accessKeyId: "ASIAX", secretAccessKey: "x", sessionToken: "t", expiration: NOW + 3_600_000 };
const PORTAL: Answers = { "/federation/credentials": [200, { roleCredentials: SSO_KEYS }] };
const REGISTERED = { clientId: "id", clientSecret: SECRET, refreshToken: "one", registrationExpiresAt: LATE, other: 1 };
const AGAIN = ["its session has expired or was never started", "run aws sso login --profile p"];

Deno.test("ssoCredentials()", async (t) => {
  const path = fileOf("sha1", "my corp");
  const token = (expiresAt: string, more: Json = {}) => ({ accessToken: SECRET, expiresAt, ...more });

  await t.step("asks the portal with the token of the session, whose name may have blanks", async () => {
    const { asked, context } = home(path, token(LATE), PORTAL);
    const { expiration, ...keys } = await askSso(context);
    assertEquals([keys, expiration], [
      { accessKeyId: "ASIAX", secretAccessKey: "x", sessionToken: "t" },
      new Date(NOW + 3_600_000),
    ]);
    const [{ url, headers } = { url: undefined, headers: undefined }] = asked;
    assertEquals(
      url?.href,
      "https://portal.sso.eu-west-1.amazonaws.com/federation/credentials?role_name=reader&account_id=123456789012",
    );
    assertEquals(headers, { "x-amz-sso_bearer_token": SECRET });
  });

  const renewed = { "/token": [200, { accessToken: "new", expiresIn: 3600, refreshToken: "two" }] } as const;

  await t.step("renews a token that expires soon, and keeps what else the file says", async () => {
    const { asked, context, written } = home(path, token(SOON, REGISTERED), { ...PORTAL, ...renewed });
    await askSso(context);
    assertEquals(JSON.parse(String(asked[0]?.body)), {
      clientId: "id",
      clientSecret: SECRET,
      grantType: "refresh_token",
      refreshToken: "one",
    });
    assertEquals(asked[0]?.url.href, "https://oidc.eu-west-1.amazonaws.com/token");
    assertEquals(asked[1]?.headers, { "x-amz-sso_bearer_token": "new" });
    assertEquals(written, [[path, {
      ...token("2026-01-01T01:00:00Z", REGISTERED),
      accessToken: "new",
      refreshToken: "two",
    }]]);
  });

  await t.step("uses a token to its end if it cannot be renewed", async () => {
    const refusal = { "/token": [400, {}, "InvalidGrantException"] } as const;
    for (
      const [more, answers] of [[{}, PORTAL], [REGISTERED, { ...PORTAL, ...refusal }], [REGISTERED, PORTAL]] as const
    ) {
      const { asked, context } = home(path, token(SOON, more), answers);
      await askSso(context);
      assertEquals(asked.at(-1)?.headers, { "x-amz-sso_bearer_token": SECRET });
    }
  });

  await t.step("uses the token that another program has just renewed", async () => {
    const { asked, context, rewrite } = home(path, token(OVER, REGISTERED), { ...PORTAL, "/token": [400, {}] });
    const { dial } = context;
    const renewing = (request: DialRequest) => {
      rewrite({ ...token(LATE), accessToken: "theirs" });
      return dial(request);
    };
    await askSso({ ...context, dial: renewing });
    assertEquals(asked.at(-1)?.headers, { "x-amz-sso_bearer_token": "theirs" });
  });

  const rows:
    readonly (readonly [what: string, Json | string | undefined, Answers, readonly string[], session?: string])[] = [
      ["no token file", undefined, {}, AGAIN],
      ["a token file that is damaged", `{"accessToken":"${SECRET}`, {}, AGAIN],
      ["a token that is over", token(OVER), {}, AGAIN],
      ["a registration that is over", token(OVER, { ...REGISTERED, registrationExpiresAt: OVER }), {}, AGAIN],
      ["a renewal that is refused", token(OVER, REGISTERED), { "/token": [400, { error: SECRET }] }, AGAIN],
      ["a session that was ended", token(LATE), { "/federation/credentials": [401, {}] }, AGAIN],
      ["a role that the user has not", token(LATE), {
        "/federation/credentials": [403, { message: SECRET }, "ForbiddenException:http://internal/"],
      }, ["ForbiddenException"]],
      ["an error without a name", token(LATE), { "/federation/credentials": [404, {}, SECRET] }, [
        "the service answered HTTP 404",
      ]],
      ["an answer without keys", token(LATE), { "/federation/credentials": [200, { roleCredentials: {} }] }, [
        "portal.sso.eu-west-1.amazonaws.com returned no AccessKeyId",
      ]],
      ["a portal that cannot be reached", token(LATE), {}, [
        "no answer from portal.sso.eu-west-1.amazonaws.com: it does not speak TLS, or no version that arar does",
        "check the endpoint's URL, and any proxy or load balancer on the way to it",
      ]],
    ];
  for (const [what, file, answers, lines] of rows) {
    await t.step(`explains ${what}`, async () => {
      assertEquals(await refused(() => askSso(home(path, file, answers).context)), lines);
    });
  }

  await t.step("never renews a token without an sso-session", async () => {
    const { asked, context } = home(fileOf("sha1", START), token(OVER, REGISTERED), renewed);
    const sso = { session: undefined, startUrl: START, region: "eu-west-1", accountId: "1", roleName: "r" };
    const ask = () => ssoCredentials({ kind: "profile", profile: "p", via: "sso", sso }, context);
    assertEquals([await refused(ask), asked.length], [AGAIN, 0]);
  });

  await t.step("explains a home directory that is not known", async () => {
    const { context } = home(path, token(LATE), PORTAL);
    const lines = await refused(() => askSso({ ...context, services: {} }));
    assertEquals(lines, ["the home directory, which has its token, is unknown"]);
  });
});

Deno.test("loginCredentials()", async (t) => {
  const path = fileOf("sha256", IDENTITY);
  const { privateKey, publicKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
  const keys = { accessKeyId: "ASIAX", secretAccessKey: SECRET, sessionToken: "t", accountId: "123456789012" };
  const file = (expiresAt: string, more: Json = {}) => ({
    accessToken: { ...keys, expiresAt },
    clientId: "arn:aws:signin:::devtools/same-device",
    refreshToken: "one",
    dpopKey: privateKey.export({ type: "sec1", format: "pem" }),
    ...more,
  });
  const next = { accessKeyId: "ASIAY", secretAccessKey: "y", sessionToken: "u" };
  const renewed: Answers = { "/v1/token": [200, { accessToken: next, expiresIn: 900, refreshToken: "two" }] };

  await t.step("renews them with a proof of possession, in the region of the session", async () => {
    const world = home(path, file(OVER, { idToken: "kept", signInRegion: "ap-south-1" }), renewed);
    assertEquals((await askLogin(world.context, "eu-west-1")).accessKeyId, "ASIAY");
    const [sent] = world.asked;
    assertEquals(sent?.url.href, "https://ap-south-1.signin.aws.amazon.com/v1/token");
    const [header = "", claims = "", signature = ""] = (sent?.headers?.dpop ?? "").split(".");
    const decoded = (part: string) => JSON.parse(new TextDecoder().decode(bytesOf(part)));
    const { kty, crv, x, y } = publicKey.export({ format: "jwk" });
    assertEquals(decoded(header), { alg: "ES256", typ: "dpop+jwt", jwk: { kty, crv, x, y } });
    const { jti, ...claimed } = decoded(claims);
    assertEquals([typeof jti, claimed], ["string", { htm: "POST", htu: sent?.url.href, iat: NOW / 1000 }]);
    const algorithm = { name: "ECDSA", namedCurve: "P-256" };
    const key = await crypto.subtle.importKey("jwk", decoded(header).jwk, algorithm, false, ["verify"]);
    const signed = new TextEncoder().encode(`${header}.${claims}`);
    assert(await crypto.subtle.verify({ name: "ECDSA", hash: "SHA-256" }, key, bytesOf(signature), signed));
    const accessToken = { ...keys, ...next, expiresAt: "2026-01-01T00:15:00Z" };
    const expected = {
      ...file(OVER, { idToken: "kept", signInRegion: "ap-south-1" }),
      accessToken,
      refreshToken: "two",
    };
    assertEquals(world.written, [[path, expected]]);
  });

  await t.step("asks in the profile's region, or that of the run, if the token names none", async () => {
    for (const region of ["eu-west-1", undefined]) {
      const { asked, context } = home(path, file(OVER), renewed);
      await askLogin(context, region);
      assertEquals(asked[0]?.url.host, `${region ?? "eu-north-1"}.signin.aws.amazon.com`);
    }
  });

  const again = ["it has expired or was never started", "run aws login --profile p"];
  const rows: readonly (readonly [what: string, Json | string | undefined, Answers, readonly string[]])[] = [
    ["no token file", undefined, {}, again],
    [
      "keys that cannot be renewed",
      file(OVER),
      { "/v1/token": [400, { error: "TOKEN_EXPIRED", message: SECRET }] },
      again,
    ],
    ["a changed password", file(OVER), { "/v1/token": [400, { error: "USER_CREDENTIALS_CHANGED" }] }, [
      "the password was changed since",
      "run aws login --profile p",
    ]],
    ["a missing permission", file(OVER), { "/v1/token": [403, { error: "INSUFFICIENT_PERMISSIONS" }] }, [
      "it cannot be renewed",
      "the identity needs the permission signin:CreateOAuth2Token",
    ]],
    ["a damaged key", file(OVER, { dpopKey: SECRET }), {}, ["the key in its token file cannot be read"]],
    ["a failed service", file(OVER), { "/v1/token": [500, {}, "InternalServerException"] }, [
      "InternalServerException",
    ]],
    ["an answer without an end", file(OVER), { "/v1/token": [200, { accessToken: next }] }, [
      "the answer has an unknown format",
    ]],
    ["a file without keys", { accessToken: { expiresAt: LATE } }, {}, ["its token file returned no AccessKeyId"]],
  ];
  for (const [what, given, answers, lines] of rows) {
    await t.step(`explains ${what}`, async () => {
      assertEquals(await refused(() => askLogin(home(path, given, answers).context)), lines);
    });
  }
});

function bytesOf(text: string): Uint8Array<ArrayBuffer> {
  return Uint8Array.fromBase64(text, { alphabet: "base64url" });
}
