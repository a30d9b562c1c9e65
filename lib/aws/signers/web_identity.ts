/**
 * Reads an OIDC token from a file, a variable, a service or the output of a command. Neither the token nor the secret that
 * gets it is ever shown.
 */

import { ArarError, quote, reasonOf } from "../../errors.ts";
import type { System } from "../../system.ts";
import { readClaims } from "../claims.ts";
import { type Answer, ConnectionError, describeConnection } from "../dialer.ts";
import type { TokenRequest, WebIdentityToken } from "../signer.ts";
import { jsonIn, persistently, type Sender, textOf } from "./send.ts";

/** What reading a token uses. */
export type TokenWorld = Sender & Pick<System, "captureShell" | "readTextFile">;

/** Throws an `ArarError` that says why there is no token. */
export async function readToken(world: TokenWorld, token: WebIdentityToken): Promise<string> {
  switch (token.kind) {
    case "file":
      return checkToken(await readTokenFile(world, token.path), `the token file ${quote(token.path)}`);
    case "environment":
      return checkToken(token.token, `the token in ${token.name}`);
    case "request":
      return checkToken(await requestToken(world, token), `the OIDC token of ${token.of}`);
    case "command":
      return checkToken(await printedToken(world, token), `the OIDC token of ${token.of}`);
    default:
      return token satisfies never;
  }
}

// https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRoleWithWebIdentity.html (WebIdentityToken)
const [LEAST, MOST] = [4, 20_000];

function checkToken(text: string, what: string): string {
  const token = text.trim();
  if (token === "") throw new ArarError(`${what} is empty`);
  if (token.length >= LEAST && token.length <= MOST) return token;
  throw new ArarError(`${what} has ${token.length} characters; STS expects ${LEAST} to ${MOST}`);
}

async function readTokenFile(world: Pick<System, "readTextFile">, path: string): Promise<string> {
  let text: string | undefined;
  try {
    text = await world.readTextFile(path);
  } catch (cause) {
    throw new ArarError(`cannot read the token file ${quote(path)} (${reasonOf(cause)})`, { cause });
  }
  if (text === undefined) throw new ArarError(`the token file ${quote(path)} does not exist`);
  return text;
}

/** GitHub's own client makes ten attempts. */
const ATTEMPTS = 5;

async function requestToken(world: Sender, { of, ...request }: TokenRequest): Promise<string> {
  const failed = (why: string, ...hints: readonly string[]) =>
    new ArarError(`cannot get the OIDC token of ${of}: ${why}`, { hints });
  const { member, setup, probe } = request;
  const url = new URL(request.url);
  const headers = { accept: "application/json", ...request.headers };
  // A metadata server is on the machine's own network, if there is one.
  const limits = probe && { direct: true, milliseconds: probe.milliseconds };
  let answer: Answer;
  try {
    const isFinal = () => probe !== undefined;
    answer = await persistently(world, { ...request, url, headers, ...limits }, { attempts: ATTEMPTS, isFinal });
  } catch (error) {
    if (!(error instanceof ConnectionError)) throw error;
    if (probe && error.$retryable) throw probe.absent;
    const { what, hint } = describeConnection(error);
    throw failed(what, hint);
  }
  const { status } = answer;
  const isRefused = status >= 400 && status < 500 && status !== 429;
  if (status !== 200) throw failed(`${url.host} answered HTTP ${status}`, ...isRefused ? [setup] : []);
  const text = textOf(answer);
  const token = member === undefined ? readClaims(text) && text : jsonIn(text)?.[member];
  if (typeof token !== "string") throw failed(`${url.host} returned no token`);
  return token;
}

type TokenCommand = Extract<WebIdentityToken, { kind: "command" }>;

async function printedToken(world: TokenWorld, { of, command, setup }: TokenCommand): Promise<string> {
  const { signal } = world;
  const { stdout, code } = await world.captureShell(command, { mayPrompt: false, env: {}, limit: 64 * 1024, signal });
  if (code === 0 && stdout !== undefined) return stdout;
  const [program = "", ...words] = command.split(" ");
  const why = code === 0 ? "printed too much" : `failed with exit code ${code}`;
  // What the shells of Unix and Windows say of a program that they do not find.
  const isMissing = code === 127 || code === 9009;
  const hint = isMissing ? `the shell found no ${program}: install it in the job, or leave out --audience` : setup;
  throw new ArarError(`cannot get the OIDC token of ${of}: ${program} ${words.slice(0, 3).join(" ")} ${why}`, {
    hints: [hint],
  });
}
