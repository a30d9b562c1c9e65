/** Reads an OIDC token from a file, a variable, a service or the output of a command. It is never shown. */

import { ArarError, quote, reasonOf } from "../../errors.ts";
import type { System } from "../../system.ts";
import type { WebIdentityToken } from "../signer.ts";
import { requestToken, type RequestWorld } from "./token_request.ts";

type World = RequestWorld & Pick<System, "captureShell" | "readTextFile">;

/** Throws an `ArarError` that says why there is no token. */
export async function readToken(world: World, token: WebIdentityToken, signal: AbortSignal): Promise<string> {
  switch (token.kind) {
    case "file":
      return checkToken(await readTokenFile(world, token.path), `the token file ${quote(token.path)}`);
    case "environment":
      return checkToken(token.token, `the token in ${token.name}`);
    case "request":
      return checkToken(await requestToken(world, token, signal), `the OIDC token of ${token.of}`);
    case "command":
      return checkToken(await printedToken(world, token, signal), `the OIDC token of ${token.of}`);
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

async function printedToken(
  world: Pick<System, "captureShell">,
  { of, command, setup }: Extract<WebIdentityToken, { kind: "command" }>,
  signal: AbortSignal,
): Promise<string> {
  const { stdout, code } = await world.captureShell(command, { mayPrompt: false, env: {}, limit: 64 * 1024, signal });
  if (code === 0 && stdout !== undefined) return stdout;
  const [program, ...words] = command.split(" ");
  const why = code === 0 ? "printed too much" : `failed with exit code ${code}`;
  throw new ArarError(`cannot get the OIDC token of ${of}: ${program} ${words.slice(0, 3).join(" ")} ${why}`, {
    hints: [setup],
  });
}
