/**
 * When two runs want the same role session: every field of every request counts, and who signs the first.
 *
 * @module
 */

import type { Endpoint } from "../aws/endpoint.ts";
import type { RoleRequest } from "../aws/role_request.ts";

/** Everything that a session is requested with. */
export interface SessionRequest {
  /** The access key id of the source. Its secret encrypts the record, so it need not be here. */
  readonly accessKeyId: string;
  readonly roles: readonly RoleRequest[];
  readonly region: string;
  readonly endpoint: Endpoint;
}

/** The label of a role session. A field that a later version adds counts as well. */
export function sessionLabel(request: SessionRequest): string {
  const roles = request.roles.map(({ mfa, sessionName, ...fields }) => ({
    ...fields,
    // Made from the time, so no two would ever be equal.
    sessionName: sessionName.kind === "given" && sessionName.generated ? "generated" : sessionName,
    // The code is not part of the session: it can be used only once.
    serialNumber: mfa?.serialNumber,
  }));
  return canonicalJson({ kind: "session", ...request, roles, endpoint: place(request.endpoint) });
}

/** The label of the caller's ARN. */
export function callerLabel({ accessKeyId, region, endpoint }: Omit<SessionRequest, "roles">): string {
  return canonicalJson({ kind: "caller", accessKeyId, region, endpoint: place(endpoint) });
}

/** Where the URL and the CA bundle were configured makes no difference. */
function place({ url, caBundle, ...rest }: Endpoint) {
  return { ...rest, url: url?.value, caBundle: caBundle?.value };
}

/** JSON with sorted keys, so that equal values give equal text. */
export function canonicalJson(value: unknown): string {
  return JSON.stringify(
    value,
    (_, inner) => isPlainObject(inner) ? Object.fromEntries(Object.entries(inner).sort()) : inner,
  );
}

function isPlainObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
