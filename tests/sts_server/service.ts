/**
 * From a received HTTP request to the answer: decoding, authentication, the action, rendering.
 */
import { randomUUID } from "node:crypto";
import type { IncomingMessage } from "node:http";
import { assumeRole, getCallerIdentity, getScopedCredentials, getSessionToken } from "./actions.ts";
import { authenticate } from "./authenticate.ts";
import { type RecordedRequest, StsFailure } from "./model.ts";
import { parseAuthorization, type SignedRequest } from "./sigv4.ts";
import type { Answer } from "./spoil.ts";
import type { State } from "./state.ts";
import { assumeRoleWithWebIdentity } from "./web_identity.ts";
import { renderFailure, renderResult, type XmlRecord } from "./xml.ts";

const VERSION = "2011-06-15";

/** Records a request as it was received. */
export function record(request: IncomingMessage, body: Uint8Array): RecordedRequest {
  const form = new URLSearchParams(new TextDecoder().decode(body));
  const headers = Object.fromEntries(Object.entries(request.headers).map(([name, value]) => [name, String(value)]));
  const authorization = parseAuthorization(headers["authorization"]);
  return {
    method: request.method ?? "",
    path: request.url ?? "",
    action: form.get("Action") ?? "",
    params: Object.fromEntries(form),
    headers,
    ...(authorization && { accessKeyId: authorization.accessKeyId, region: authorization.region }),
  };
}

/** The whole answer; a fault that is an STS error replaces it. */
export function answer(
  received: RecordedRequest,
  body: Uint8Array,
  state: State,
  fault: StsFailure | undefined,
): Answer {
  const requestId = randomUUID();
  try {
    if (fault !== undefined) throw fault;
    const xml = renderResult(received.action, perform(received, body, state), requestId);
    return toAnswer(200, xml, requestId, state);
  } catch (error) {
    if (!(error instanceof StsFailure)) throw error;
    return toAnswer(error.status, renderFailure(error, requestId), requestId, state);
  }
}

function perform(received: RecordedRequest, body: Uint8Array, state: State): XmlRecord {
  const { action, params } = received;
  if (received.method !== "POST" || params["Version"] !== VERSION) throw unknownAction(received);
  const caller = () => authenticate(signedParts(received, body), state);
  switch (action) {
    case "GetCallerIdentity":
      return getCallerIdentity(caller());
    case "AssumeRole":
      return assumeRole(caller(), params, state);
    case "AssumeRoleWithWebIdentity":
      return assumeRoleWithWebIdentity(params, state);
    case "GetSessionToken":
      return getSessionToken(caller(), params, state);
    case "GetScopedCredentials":
      return getScopedCredentials(caller(), params, state);
    default:
      throw unknownAction(received);
  }
}

function signedParts(received: RecordedRequest, body: Uint8Array): SignedRequest {
  const [path = "/", query = ""] = received.path.split("?");
  return { ...received, path, query, body };
}

function unknownAction({ action, params }: RecordedRequest): StsFailure {
  return new StsFailure(
    "InvalidAction",
    `Could not find operation ${action || "unspecified"} for version ${params["Version"] ?? "unspecified"}`,
    400,
  );
}

/** Clients correct their clock by the `Date` header. */
function toAnswer(status: number, body: string, requestId: string, state: State): Answer {
  const headers = {
    "content-type": "text/xml",
    "date": state.now().toUTCString(),
    "x-amzn-requestid": requestId,
  };
  return { status, headers, body };
}
