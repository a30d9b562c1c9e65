/**
 * The responses of the container credentials endpoint that `--refresh` serves.
 *
 * https://docs.aws.amazon.com/sdkref/latest/guide/feature-container-credentials.html
 */

import { formatExpiration, localExpiration, type RoleSession } from "../aws/credentials.ts";
import type { ServedRequest, ServedResponse } from "../system/server.ts";

/** The address of the endpoint, and the authorization token. */
export interface EndpointAddress {
  readonly port: number;
  readonly path: string;
  readonly token: string;
}

/** What the endpoint serves. */
export interface EndpointState {
  readonly session: RoleSession;
  /** Why the session could not be renewed, if so. */
  readonly failure?: string | undefined;
}

/** Answers the one valid request; the response to any other has only a status. */
export function answerRequest(
  { method, path, headers }: ServedRequest,
  address: EndpointAddress,
  state: EndpointState,
  now: number,
): ServedResponse {
  // A web page can reach us through its own host name (DNS rebinding), but not with this Host header.
  if (headers.host !== `127.0.0.1:${address.port}`) return refusal(403);
  if (!equalInConstantTime(path, address.path)) return refusal(404);
  if (!equalInConstantTime(headers.authorization ?? "", address.token)) return refusal(401);
  if (method !== "GET") return refusal(405);
  const { credentials, accountId } = state.session;
  const expiration = localExpiration(state.session);
  if (expiration.getTime() <= now) {
    // With a 4xx and these two members, clients show the message and do not retry.
    return answer(400, { Code: "ExpiredToken", Message: state.failure ?? "the role session has expired" });
  }
  return answer(200, {
    AccessKeyId: credentials.accessKeyId,
    SecretAccessKey: credentials.secretAccessKey,
    Token: credentials.sessionToken,
    Expiration: formatExpiration(expiration),
    ...(accountId !== "" && { AccountId: accountId }),
  });
}

/** Compares two texts in a time that does not depend on where they differ. */
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
