/**
 * What makes two role sessions the same one: every field of every request, and who signs the first.
 * It must not know where sessions are kept.
 *
 * @module
 */

import type { Endpoint } from "../aws/endpoint.ts";
import type { RoleRequest } from "../aws/role_request.ts";

/** What the session was or would be asked with. */
export interface SessionRequest {
  /** The access key id of the source; its secret encrypts, so it need not be here. */
  readonly accessKeyId: string;
  readonly roles: readonly RoleRequest[];
  readonly region: string;
  readonly endpoint: Endpoint;
}

/** The label of a role session. All fields but those left out below count, those of a later version too. */
export function sessionLabel(request: SessionRequest): string {
  const roles = request.roles.map(({ mfa, sessionName, ...fields }) => ({
    ...fields,
    // Made from the time, so it would never be the same again.
    sessionName: sessionName.kind === "given" && sessionName.generated ? "generated" : sessionName,
    // The code is no part of the session: it is spent with the first use.
    serialNumber: mfa?.serialNumber,
  }));
  return canonicalJson({ kind: "session", ...request, roles, endpoint: place(request.endpoint) });
}

/** The label of the caller's ARN. */
export function callerLabel({ accessKeyId, region, endpoint }: Omit<SessionRequest, "roles">): string {
  return canonicalJson({ kind: "caller", accessKeyId, region, endpoint: place(endpoint) });
}

/** Which place URL and authorities were read from makes no difference to where requests go. */
function place({ url, caBundle, ...rest }: Endpoint) {
  return { ...rest, url: url?.value, caBundle: caBundle?.value };
}

/** JSON with the keys of each object in order, so that equal values give equal text. */
export function canonicalJson(value: unknown): string {
  return JSON.stringify(
    value,
    (_, inner) => isPlainObject(inner) ? Object.fromEntries(Object.entries(inner).sort()) : inner,
  );
}

function isPlainObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
