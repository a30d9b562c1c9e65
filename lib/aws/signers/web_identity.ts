/**
 * OIDC tokens: read from a file, taken from a variable, or asked of GitHub Actions.
 * It must not know what STS makes of them, and never shows one.
 *
 * @module
 */

import { ArarError, quote } from "../../errors.ts";
import type { System } from "../../system.ts";
import type { WebIdentityToken } from "../signer.ts";

type World = Pick<System, "fetch" | "randomBytes" | "readTextFile" | "sleep">;

/** Reads the token; throws an `ArarError` that says where none was found. */
export async function readToken(system: World, token: WebIdentityToken, signal: AbortSignal): Promise<string> {
  switch (token.kind) {
    case "file":
      return checkToken(await readTokenFile(system, token.path), `the token file ${quote(token.path)}`);
    case "environment":
      return checkToken(token.token, `the token in ${token.name}`);
    case "github":
      return checkToken(await requestToken(system, token, signal), "the OIDC token of this job");
    default: {
      const never: never = token;
      return never;
    }
  }
}

// https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRoleWithWebIdentity.html (WebIdentityToken)
const [LEAST, MOST] = [4, 20_000];

function checkToken(text: string, what: string): string {
  const token = text.trim();
  if (token === "") throw new ArarError(`${what} is empty`);
  if (token.length >= LEAST && token.length <= MOST) return token;
  throw new ArarError(`${what} has ${token.length} characters; STS takes ${LEAST} to ${MOST}`);
}

async function readTokenFile(system: Pick<System, "readTextFile">, path: string): Promise<string> {
  let text: string | undefined;
  try {
    text = await system.readTextFile(path);
  } catch (cause) {
    const reason = cause instanceof Error ? cause.name : "error";
    throw new ArarError(`cannot read the token file ${quote(path)} (${reason})`, { cause });
  }
  if (text === undefined) throw new ArarError(`there is no token file ${quote(path)}`);
  return text;
}

type GitHub = Extract<WebIdentityToken, { kind: "github" }>;

/** How often GitHub is asked; its own client does so ten times. */
const TRIES = 5;

/** https://docs.github.com/en/actions/reference/security/oidc#methods-for-requesting-the-oidc-token */
async function requestToken(system: World, github: GitHub, signal: AbortSignal): Promise<string> {
  const url = audienceUrl(github);
  for (let attempt = 1;; attempt++) {
    const answer = await ask(system, url, github.requestToken, signal);
    if (answer.kind === "token") return answer.token;
    if (answer.kind === "refused" || attempt === TRIES) {
      throw noToken(url, answer);
    }
    await system.sleep(pause(system, attempt), { signal });
  }
}

function audienceUrl({ requestUrl, audience }: GitHub): URL {
  if (!URL.canParse(requestUrl)) throw new ArarError("ACTIONS_ID_TOKEN_REQUEST_URL is no URL");
  const url = new URL(requestUrl);
  // Appended, not set anew: what GitHub put into the query stays byte for byte.
  url.search = `${url.search ? `${url.search}&` : ""}audience=${encodeURIComponent(audience)}`;
  return url;
}

type Answer =
  | { readonly kind: "token"; readonly token: string }
  | { readonly kind: "refused" | "failed"; readonly why: string };

async function ask(
  system: Pick<System, "fetch">,
  url: URL,
  requestToken: string,
  signal: AbortSignal,
): Promise<Answer> {
  try {
    const headers = { authorization: `Bearer ${requestToken}`, accept: "application/json" };
    const response = await system.fetch(url.href, { headers, signal });
    const text = await response.text();
    if (response.ok) return readAnswer(text);
    const isTransient = response.status >= 500 || response.status === 429;
    return { kind: isTransient ? "failed" : "refused", why: `it answers HTTP ${response.status}` };
  } catch {
    signal.throwIfAborted();
    return { kind: "failed", why: "it cannot be reached" };
  }
}

function readAnswer(text: string): Answer {
  try {
    const answer: unknown = JSON.parse(text);
    if (typeof answer === "object" && answer !== null && "value" in answer && typeof answer.value === "string") {
      return { kind: "token", token: answer.value };
    }
  } catch {
    // Not JSON: a proxy's page, say.
  }
  return { kind: "failed", why: "its answer holds no token" };
}

function noToken(url: URL, answer: Exclude<Answer, { kind: "token" }>): ArarError {
  return new ArarError(`cannot get the OIDC token of this job from ${url.host}: ${answer.why}`, {
    hints: answer.kind === "refused" ? ["the job needs `permissions: id-token: write`"] : [],
  });
}

/** Up to 0.5, 1, 2, 4 seconds, at random, so that parallel jobs do not come back together. */
function pause(system: Pick<System, "randomBytes">, attempt: number): number {
  const [byte = 0] = system.randomBytes(1);
  return Math.round(250 * 2 ** attempt * (0.5 + byte / 510));
}
