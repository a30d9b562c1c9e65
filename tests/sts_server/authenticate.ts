/**
 * Finds out who signed a request. Refuses a wrong key, token, scope, date or signature as STS does.
 */
import { type Caller, StsFailure } from "./model.ts";
import { type Authorization, parseAuthorization, sign, type SignedRequest } from "./sigv4.ts";
import type { State } from "./state.ts";

const SKEW_MINUTES = 15;

export function authenticate(request: SignedRequest, known: Pick<State, "callers" | "now">): Caller {
  const now = known.now();
  const authorization = readAuthorization(request);
  const caller = findCaller(authorization, request, known.callers);
  checkScope(authorization, request);
  checkDate(request.headers["x-amz-date"] ?? "", now);
  const signature = sign(request, authorization, caller.secretAccessKey);
  if (signature !== authorization.signature) {
    throw mismatch(
      "The request signature we calculated does not match the signature you provided. " +
        "Check your AWS Secret Access Key and signing method. Consult the service documentation for details.",
    );
  }
  if (caller.expiresAt !== undefined && caller.expiresAt <= now) {
    throw new StsFailure("ExpiredToken", "The security token included in the request is expired", 403);
  }
  return caller;
}

function readAuthorization({ headers }: SignedRequest): Authorization {
  const header = headers["authorization"];
  if (header === undefined) {
    throw new StsFailure("MissingAuthenticationToken", "Request is missing Authentication Token", 403);
  }
  const authorization = parseAuthorization(header);
  if (authorization === undefined) {
    throw new StsFailure(
      "IncompleteSignature",
      "Authorization header requires 'Credential', 'SignedHeaders' and 'Signature' parameters.",
      400,
    );
  }
  return authorization;
}

/** A session's key is valid only with its token, a user's only without one. */
function findCaller(
  { accessKeyId }: Authorization,
  { headers }: SignedRequest,
  callers: ReadonlyMap<string, Caller>,
): Caller {
  const caller = callers.get(accessKeyId);
  if (caller === undefined || caller.sessionToken !== headers["x-amz-security-token"]) {
    throw new StsFailure("InvalidClientTokenId", "The security token included in the request is invalid.", 403);
  }
  return caller;
}

function checkScope(authorization: Authorization, request: SignedRequest): void {
  if (authorization.service !== "sts") {
    throw mismatch("Credential should be scoped to correct service: 'sts'. ");
  }
  const day = (request.headers["x-amz-date"] ?? "").slice(0, 8);
  if (authorization.date !== day) {
    throw mismatch(
      `Date in Credential scope does not match YYYYMMDD from ISO-8601 version of date from HTTP: '${authorization.date}' != '${day}', from '${
        request.headers["x-amz-date"]
      }'.`,
    );
  }
  const mustBeSigned = Object.keys(request.headers).filter((name) => name === "host" || name.startsWith("x-amz-"));
  for (const name of mustBeSigned) {
    if (!authorization.signedHeaders.includes(name)) {
      throw mismatch(`'${name}' must be a 'SignedHeader' in the request.`);
    }
  }
}

function checkDate(stamp: string, now: Date): void {
  const [, day = "", time = ""] = /^(\d{8})T(\d{6})Z$/.exec(stamp) ?? [];
  const signed = Date.parse(
    `${day.slice(0, 4)}-${day.slice(4, 6)}-${day.slice(6)}T` +
      `${time.slice(0, 2)}:${time.slice(2, 4)}:${time.slice(4)}Z`,
  );
  if (Number.isNaN(signed)) {
    throw new StsFailure("IncompleteSignature", `Date must be in ISO-8601 'basic format'. Got '${stamp}'.`, 400);
  }
  const skew = SKEW_MINUTES * 60_000;
  const clock = basicDate(now);
  if (signed < now.getTime() - skew) {
    const limit = basicDate(new Date(now.getTime() - skew));
    throw mismatch(`Signature expired: ${stamp} is now earlier than ${limit} (${clock} - ${SKEW_MINUTES} min.)`);
  }
  if (signed > now.getTime() + skew) {
    const limit = basicDate(new Date(now.getTime() + skew));
    throw mismatch(
      `Signature not yet current: ${stamp} is still later than ${limit} (${clock} + ${SKEW_MINUTES} min.)`,
    );
  }
}

function basicDate(date: Date): string {
  return date.toISOString().replace(/[-:]|\.\d{3}/g, "");
}

function mismatch(message: string): StsFailure {
  return new StsFailure("SignatureDoesNotMatch", message, 403);
}
