/**
 * Labels of cached values: equal if two runs make the same request. A label covers every field of each request, and the
 * source credentials.
 */

import type { Endpoint } from "../aws/endpoint.ts";
import type { RoleRequest } from "../aws/role_request.ts";

/** Everything that determines which session is issued. */
export interface SessionRequest {
  /** The access key ID of the source. The secret key encrypts the record, so the label need not cover it. */
  readonly accessKeyId: string;
  readonly roles: readonly RoleRequest[];
  /** The session of the user that is asked for, if it is not a role's. */
  readonly user?: { readonly durationSeconds: number | undefined; readonly serialNumber: string | undefined };
  readonly region: string;
  readonly endpoint: Endpoint;
}

/** The label of a role session. It also covers fields that later versions add. */
export function sessionLabel(request: SessionRequest): string {
  const roles = request.roles.map(({ mfa, sessionName, ...fields }) => ({
    ...fields,
    // Generated from the time, so no two are equal.
    sessionName: sessionName.kind === "given" && sessionName.generated ? "generated" : sessionName,
    // Without the code, which can be used only once.
    serialNumber: mfa?.serialNumber,
  }));
  return canonicalJson({ kind: "session", ...request, roles, endpoint: withoutOrigins(request.endpoint) });
}

/** The label of the caller's ARN. */
export function callerLabel({ accessKeyId, region, endpoint }: Omit<SessionRequest, "roles">): string {
  return canonicalJson({ kind: "caller", accessKeyId, region, endpoint: withoutOrigins(endpoint) });
}

/** It makes no difference where the URL and the CA bundle were configured. */
function withoutOrigins({ url, caBundle, ...rest }: Endpoint) {
  return { ...rest, url: url?.value, caBundle: caBundle?.value };
}

/** JSON with sorted keys, so that equal values have equal text. */
export function canonicalJson(value: unknown): string {
  return JSON.stringify(
    value,
    (_, inner) => isPlainObject(inner) ? Object.fromEntries(Object.entries(inner).sort()) : inner,
  );
}

function isPlainObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
