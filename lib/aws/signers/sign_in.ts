/**
 * The credentials of people who have signed in with the AWS CLI: a role of IAM Identity Center (SSO), or a session of
 * `aws login`. The CLI's token files are read, and renewed as the CLI does; nothing in them is ever shown.
 *
 * https://docs.aws.amazon.com/sdkref/latest/guide/feature-sso-credentials.html
 * https://docs.aws.amazon.com/sdkref/latest/guide/feature-login-credentials.html
 */

import { ArarError, quote } from "../../errors.ts";
import type { System } from "../../system.ts";
import { type Credentials, readTime } from "../credentials.ts";
import { type Answer, ConnectionError, describeConnection, type DialRequest } from "../dialer.ts";
import { readEndpoint, serviceUrl, type SignInService } from "../endpoint.ts";
import { answeredKeys } from "../keys.ts";
import type { ProfileSigner, Services } from "../signer.ts";
import { asObject, type Json, jsonIn, persistently, type Sender, textOf } from "./send.ts";

type World = Sender & Pick<System, "now" | "readTextFile" | "writePrivateFile">;

/** What getting the credentials uses. */
export interface SignInContext extends World {
  readonly services: Services;
  /** For a login session that names no region. */
  readonly region: string;
}

/** The role's credentials from the SSO portal. */
export async function ssoCredentials(
  { profile, sso }: Extract<ProfileSigner, { via: "sso" }>,
  context: SignInContext,
): Promise<Credentials> {
  const again = new ArarError("its session has expired or was never started", {
    hints: [`run aws sso login --profile ${profile}`],
  });
  return await orExplain(`cannot get the SSO credentials of profile ${quote(profile)}`, async () => {
    const path = await tokenPath(context, "SHA-1", sso.session ?? sso.startUrl);
    const token = await freshToken(context, { path, again, expiryOf: ({ expiresAt }) => expiresAt, renew: renewSso });
    const query = new URLSearchParams({ role_name: sso.roleName, account_id: sso.accountId });
    const url = urlOf("sso", sso.region, context, `federation/credentials?${query}`);
    const headers = { "x-amz-sso_bearer_token": textIn(token, "accessToken") };
    const answer = await ask("sso", context, { method: "GET", url, headers });
    if (answer.status === 401) throw again;
    const { expiration, ...keys } = objectIn(jsonOf(answer), "roleCredentials");
    return keysIn(keys, typeof expiration === "number" ? new Date(expiration).toISOString() : undefined, url.host);
  });

  /** https://docs.aws.amazon.com/singlesignon/latest/OIDCAPIReference/API_CreateToken.html */
  async function renewSso(token: Json, now: number): Promise<Json> {
    const { clientId, clientSecret, refreshToken, registrationExpiresAt } = token;
    const mayRenew = sso.session !== undefined && timeOf(registrationExpiresAt) > now;
    if (!mayRenew || !clientId || !clientSecret || !refreshToken) throw again;
    const input = { clientId, clientSecret, refreshToken, grantType: "refresh_token" };
    const url = urlOf("sso_oidc", sso.region, context, "token");
    const answer = await ask("sso_oidc", context, jsonRequest(url, input));
    if (answer.status >= 400 && answer.status < 500 && answer.status !== 429) throw again;
    const { refreshToken: next = refreshToken, expiresIn, ...found } = jsonOf(answer);
    return {
      ...token,
      accessToken: textIn(found, "accessToken"),
      refreshToken: next,
      expiresAt: endAfter(expiresIn, now),
    };
  }
}

/** The credentials of a session of `aws login`. */
export async function loginCredentials(
  { profile, session, region }: Extract<ProfileSigner, { via: "login" }>,
  context: SignInContext,
): Promise<Credentials> {
  const again = new ArarError("it has expired or was never started", { hints: [`run aws login --profile ${profile}`] });
  return await orExplain(`cannot get the login session of profile ${quote(profile)}`, async () => {
    const path = await tokenPath(context, "SHA-256", session);
    const expiryOf = (token: Json) => objectIn(token, "accessToken").expiresAt;
    const token = objectIn(await freshToken(context, { path, again, expiryOf, renew: renewLogin }), "accessToken");
    return keysIn(token, token.expiresAt, "its token file");
  });

  /** CreateOAuth2Token, with a proof of possession: https://www.rfc-editor.org/rfc/rfc9449 */
  async function renewLogin(token: Json, now: number): Promise<Json> {
    const { clientId, refreshToken, signInRegion } = token;
    const place = typeof signInRegion === "string" && signInRegion ? signInRegion : region ?? context.region;
    const url = urlOf("signin", place, context, "v1/token");
    const request = jsonRequest(url, { clientId, refreshToken, grantType: "refresh_token" });
    const dpop = await proofOf(textIn(token, "dpopKey"), request, now);
    const answer = await ask("signin", context, { ...request, headers: { ...request.headers, dpop } });
    if (answer.status >= 400 && answer.status < 500) throw refusedLogin(answer) ?? again;
    const { accessToken: _, refreshToken: next = refreshToken, expiresIn } = jsonOf(answer);
    const accessToken = { ...objectIn(token, "accessToken"), ...objectIn(jsonOf(answer), "accessToken") };
    return { ...token, refreshToken: next, accessToken: { ...accessToken, expiresAt: endAfter(expiresIn, now) } };
  }

  function refusedLogin(answer: Answer): ArarError | undefined {
    const { error } = jsonIn(textOf(answer)) ?? {};
    if (error === "USER_CREDENTIALS_CHANGED") {
      return new ArarError("the password was changed since", { hints: again.hints });
    }
    if (error !== "INSUFFICIENT_PERMISSIONS") return undefined;
    return new ArarError("it cannot be renewed", {
      hints: ["the identity needs the permission signin:CreateOAuth2Token"],
    });
  }
}

function keysIn({ accessKeyId, secretAccessKey, sessionToken }: Json, end: unknown, what: string): Credentials {
  const keys = { AccessKeyId: accessKeyId, SecretAccessKey: secretAccessKey, SessionToken: sessionToken };
  return answeredKeys({ ...keys, Expiration: end }, what, "SessionToken");
}

/** A token file, and how to renew it. */
interface Renewable {
  readonly path: string;
  /** What to say if there is no token. */
  readonly again: ArarError;
  expiryOf(token: Json): unknown;
  /** Keeps every member, those of other tools among them. */
  renew(token: Json, now: number): Promise<Json>;
}

/** A token is renewed this long before it expires, in milliseconds, as in the SDK for JavaScript. */
const EARLY = 5 * 60 * 1000;

/** The token in the file, renewed if it is about to expire. */
async function freshToken(context: World, { path, again, expiryOf, renew }: Renewable): Promise<Json> {
  const [token, now] = [await readToken(context, path), context.now()];
  if (!token) throw again;
  const left = (one: Json) => timeOf(expiryOf(one)) - now;
  if (left(token) > EARLY) return token;
  try {
    const next = await renew(token, now);
    // Where nothing can be written, the token still serves this run.
    await context.writePrivateFile(path, new TextEncoder().encode(JSON.stringify(next, undefined, 2))).catch(() => {});
    return next;
  } catch (error) {
    context.signal.throwIfAborted();
    // A refresh token is good for one renewal, which another program may just have used.
    const found = await readToken(context, path) ?? token;
    if (left(found) > 0) return found;
    throw error;
  }
}

async function readToken(context: World, path: string): Promise<Json | undefined> {
  return jsonIn(await context.readTextFile(path).catch(() => undefined) ?? "");
}

async function tokenPath({ services }: SignInContext, algorithm: "SHA-1" | "SHA-256", name: string): Promise<string> {
  if (services.tokenFolder === undefined) throw new ArarError("the home directory, which has its token, is unknown");
  const hash = new Uint8Array(await crypto.subtle.digest(algorithm, new TextEncoder().encode(name)));
  return `${services.tokenFolder}/${hash.toHex()}.json`;
}

function urlOf(service: SignInService, region: string, { services }: SignInContext, path: string): URL {
  const base = serviceUrl(service, region, services[service] ?? readEndpoint({})).value;
  return new URL(`${base.href.replace(/\/?$/, "/")}${path}`);
}

function jsonRequest(url: URL, input: Json) {
  return { method: "POST", url, headers: { "content-type": "application/json" }, body: JSON.stringify(input) };
}

async function ask(service: SignInService, context: SignInContext, request: DialRequest): Promise<Answer> {
  return await persistently(context, request, { attempts: context.services[service]?.maxAttempts ?? 3 });
}

/** The answer's members; throws an `ArarError` with the name of the service's error. */
function jsonOf(answer: Answer): Json {
  if (answer.status === 200) return jsonIn(textOf(answer)) ?? {};
  const name = /^[A-Za-z]{1,60}(?:Exception|Error)\b/.exec(answer.headers["x-amzn-errortype"] ?? "")?.[0];
  throw new ArarError(name ?? `the service answered HTTP ${answer.status}`);
}

function objectIn(object: Json, name: string): Json {
  return asObject(object[name]) ?? {};
}

function textIn(object: Json, name: string): string {
  const value = object[name];
  return typeof value === "string" ? value : "";
}

/** Milliseconds since the epoch, long ago if it is not a time. */
function timeOf(value: unknown): number {
  return (typeof value === "string" ? readTime(value)?.getTime() : undefined) ?? 0;
}

function endAfter(seconds: unknown, now: number): string {
  if (typeof seconds !== "number") throw new ArarError("the answer has an unknown format");
  return new Date(now + seconds * 1000).toISOString().replace(/\.\d+Z$/, "Z");
}

/** A DPoP proof: https://www.rfc-editor.org/rfc/rfc9449#section-4.2 */
async function proofOf(pem: string, { method, url }: DialRequest, now: number): Promise<string> {
  const key = await importKey(pem);
  const { kty, crv, x, y } = await crypto.subtle.exportKey("jwk", key);
  const encode = (part: Json) => base64url(new TextEncoder().encode(JSON.stringify(part)));
  const header = encode({ alg: "ES256", typ: "dpop+jwt", jwk: { kty, crv, x, y } });
  const claims = encode({ jti: crypto.randomUUID(), htm: method, htu: url.href, iat: Math.floor(now / 1000) });
  const signed = new TextEncoder().encode(`${header}.${claims}`);
  const signature = await crypto.subtle.sign({ name: "ECDSA", hash: "SHA-256" }, key, signed);
  return `${header}.${claims}.${base64url(new Uint8Array(signature))}`;
}

/** Web Crypto reads PKCS #8, the CLI writes SEC 1: https://www.rfc-editor.org/rfc/rfc5208#section-5, P-256 of RFC 5480 */
function pkcs8Of(sec1: Uint8Array): Uint8Array<ArrayBuffer> {
  const algorithm = Uint8Array.fromHex("301306072a8648ce3d020106082a8648ce3d030107");
  const head = [0x30, 0x81, 5 + algorithm.length + sec1.length, 2, 1, 0];
  return Uint8Array.from([...head, ...algorithm, 4, sec1.length, ...sec1]);
}

async function importKey(pem: string): Promise<CryptoKey> {
  try {
    const key = pkcs8Of(Uint8Array.fromBase64(pem.replace(/-----[^-]+-----/g, "")));
    return await crypto.subtle.importKey("pkcs8", key, { name: "ECDSA", namedCurve: "P-256" }, true, ["sign"]);
  } catch {
    throw new ArarError("the key in its token file cannot be read");
  }
}

function base64url(bytes: Uint8Array): string {
  return bytes.toBase64({ alphabet: "base64url", omitPadding: true });
}

/** Begins the message of a failure with what was tried. */
async function orExplain(what: string, work: () => Promise<Credentials>): Promise<Credentials> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof ArarError) throw new ArarError(`${what}: ${error.message}`, { hints: error.hints });
    if (!(error instanceof ConnectionError)) throw error;
    const { what: why, hint } = describeConnection(error);
    throw new ArarError(`${what}: ${why}`, { hints: [hint] });
  }
}
