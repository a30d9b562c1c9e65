/**
 * What the container credentials endpoint answers: one pure function from a request to a response.
 * It must not know how credentials are renewed, nor how requests arrive.
 *
 * https://docs.aws.amazon.com/sdkref/latest/guide/feature-container-credentials.html
 *
 * @module
 */

import type { RoleSession } from "../aws/credentials.ts";
import type { ServedRequest, ServedResponse } from "../system/server.ts";

/** Where the endpoint is, and what a client must say to be answered. */
export interface EndpointAddress {
  readonly port: number;
  readonly path: string;
  readonly token: string;
}

/** What there is to answer with. */
export interface EndpointState {
  readonly session: RoleSession;
  /** Why the session could not be renewed, if it could not. */
  readonly failure?: string | undefined;
}

/** The URL that the command is told. */
export function endpointUrl({ port, path }: EndpointAddress): string {
  return `http://127.0.0.1:${port}${path}`;
}

/** Answers the one request that is meant; any other learns nothing but a status. */
export function answerRequest(
  { method, path, headers }: ServedRequest,
  address: EndpointAddress,
  state: EndpointState,
  now: number,
): ServedResponse {
  // A web page can send requests here under a name of its own (DNS rebinding), yet not with this Host.
  if (headers.host !== `127.0.0.1:${address.port}`) return refusal(403);
  if (!equalInConstantTime(path, address.path)) return refusal(404);
  if (!equalInConstantTime(headers.authorization ?? "", address.token)) return refusal(401);
  if (method !== "GET") return refusal(405);
  const { credentials, accountId } = state.session;
  if (credentials.expiration.getTime() <= now) {
    // 4xx with these two names: clients show the message and do not wait for another answer.
    return answer(400, { Code: "ExpiredToken", Message: state.failure ?? "the role session ended" });
  }
  return answer(200, {
    AccessKeyId: credentials.accessKeyId,
    SecretAccessKey: credentials.secretAccessKey,
    Token: credentials.sessionToken,
    Expiration: credentials.expiration.toISOString(),
    AccountId: accountId,
  });
}

/** Whether two texts are equal, in a time that tells nothing of where they differ. */
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
