/**
 * What the container credentials endpoint answers: a pure function from a request to a response.
 *
 * https://docs.aws.amazon.com/sdkref/latest/guide/feature-container-credentials.html
 *
 * @module
 */

import { localExpiration, type RoleSession } from "../aws/credentials.ts";
import type { ServedRequest, ServedResponse } from "../system/server.ts";

/** Where the endpoint is, and the password. */
export interface EndpointAddress {
  readonly port: number;
  readonly path: string;
  readonly token: string;
}

/** What to answer with. */
export interface EndpointState {
  readonly session: RoleSession;
  /** Why the session could not be renewed, if it could not. */
  readonly failure?: string | undefined;
}

/** The URL that the command is given. */
export function endpointUrl({ port, path }: EndpointAddress): string {
  return `http://127.0.0.1:${port}${path}`;
}

/** Answers the one valid request; any other gets no more than a status. */
export function answerRequest(
  { method, path, headers }: ServedRequest,
  address: EndpointAddress,
  state: EndpointState,
  now: number,
): ServedResponse {
  // A web page can reach us under a name of its own (DNS rebinding), but not with this Host.
  if (headers.host !== `127.0.0.1:${address.port}`) return refusal(403);
  if (!equalInConstantTime(path, address.path)) return refusal(404);
  if (!equalInConstantTime(headers.authorization ?? "", address.token)) return refusal(401);
  if (method !== "GET") return refusal(405);
  const { credentials, accountId } = state.session;
  const expiration = localExpiration(state.session);
  if (expiration.getTime() <= now) {
    // 4xx with these two names: clients show the message and do not ask again.
    return answer(400, { Code: "ExpiredToken", Message: state.failure ?? "the role session has expired" });
  }
  return answer(200, {
    AccessKeyId: credentials.accessKeyId,
    SecretAccessKey: credentials.secretAccessKey,
    Token: credentials.sessionToken,
    Expiration: expiration.toISOString(),
    ...(accountId !== "" && { AccountId: accountId }),
  });
}

/** Whether two texts are equal, in a time that does not depend on where they differ. */
export function equalInConstantTime(given: string, expected: string): boolean {
  const [one, other] = [new TextEncoder().encode(given), new TextEncoder().encode(expected)];
  let difference = one.length ^ other.length;
  for (let i = 0; i < one.length; i++) difference |= (one[i] ?? 0) ^ (other[i % other.length] ?? 0);
  return difference === 0;
}

function answer(status: number, body: Readonly<Record<string, string>>): ServedResponse {
  return { status, headers: { ...NOT_STORED, "content-type": "application/json" }, body: JSON.stringify(body) };
}

function refusal(status: number): ServedResponse {
  return { status, headers: NOT_STORED, body: "" };
}

const NOT_STORED = { "cache-control": "no-store" };
