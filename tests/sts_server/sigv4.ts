/**
 * Owns the check of a request's AWS Signature Version 4 against the secrets that the server knows.
 * Must not know what the request asks for.
 *
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html
 */
import { createHash, createHmac } from "node:crypto";
import { type Caller, StsFailure } from "./model.ts";
import type { State } from "./state.ts";

/** The parts of a request that are signed. */
export interface SignedRequest {
  readonly method: string;
  readonly path: string;
  readonly query: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Uint8Array;
}

/** What an `Authorization` header says. */
export interface Authorization {
  readonly accessKeyId: string;
  readonly date: string;
  readonly region: string;
  readonly service: string;
  readonly signedHeaders: readonly string[];
  readonly signature: string;
}

const SKEW_MINUTES = 15;
const HEADER =
  /^AWS4-HMAC-SHA256\s+Credential=([^/,\s]+)\/(\d{8})\/([^/]+)\/([^/]+)\/aws4_request,\s*SignedHeaders=([^,\s]+),\s*Signature=([0-9a-f]{64})$/;

/** Reads the header; undefined where there is none or it is not SigV4. */
export function parseAuthorization(
  header: string | undefined,
): Authorization | undefined {
  const match = HEADER.exec(header ?? "");
  if (match === null) return undefined;
  const [
    ,
    accessKeyId = "",
    date = "",
    region = "",
    service = "",
    signed = "",
    signature = "",
  ] = match;
  const signedHeaders = signed.split(";");
  return { accessKeyId, date, region, service, signedHeaders, signature };
}

/** Answers who signed the request, or fails as STS does. */
export function authenticate(
  request: SignedRequest,
  known: Pick<State, "callers" | "now">,
): Caller {
  const now = known.now();
  const header = request.headers["authorization"];
  if (header === undefined) {
    throw new StsFailure(
      "MissingAuthenticationToken",
      "Request is missing Authentication Token",
      403,
    );
  }
  const authorization = parseAuthorization(header);
  if (authorization === undefined) {
    throw new StsFailure(
      "IncompleteSignature",
      "Authorization header requires 'Credential', 'SignedHeaders' and 'Signature' parameters.",
      400,
    );
  }
  const caller = known.callers.get(authorization.accessKeyId);
  if (
    caller === undefined ||
    caller.sessionToken !== request.headers["x-amz-security-token"]
  ) {
    throw new StsFailure(
      "InvalidClientTokenId",
      "The security token included in the request is invalid.",
      403,
    );
  }
  checkScope(authorization, request);
  checkDate(request.headers["x-amz-date"] ?? "", now);
  checkSignature(authorization, request, caller.secretAccessKey);
  if (caller.expiresAt !== undefined && caller.expiresAt <= now) {
    throw new StsFailure(
      "ExpiredToken",
      "The security token included in the request is expired",
      403,
    );
  }
  return caller;
}

function checkScope(
  authorization: Authorization,
  request: SignedRequest,
): void {
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
  const mustBeSigned = Object.keys(request.headers).filter((name) =>
    name === "host" || name.startsWith("x-amz-")
  );
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
    throw new StsFailure(
      "IncompleteSignature",
      `Date must be in ISO-8601 'basic format'. Got '${stamp}'.`,
      400,
    );
  }
  const skew = SKEW_MINUTES * 60_000;
  const clock = basicDate(now);
  if (signed < now.getTime() - skew) {
    const limit = basicDate(new Date(now.getTime() - skew));
    throw mismatch(
      `Signature expired: ${stamp} is now earlier than ${limit} (${clock} - ${SKEW_MINUTES} min.)`,
    );
  }
  if (signed > now.getTime() + skew) {
    const limit = basicDate(new Date(now.getTime() + skew));
    throw mismatch(
      `Signature not yet current: ${stamp} is still later than ${limit} (${clock} + ${SKEW_MINUTES} min.)`,
    );
  }
}

function checkSignature(
  authorization: Authorization,
  request: SignedRequest,
  secret: string,
): void {
  const { date, region, service } = authorization;
  const scope = `${date}/${region}/${service}/aws4_request`;
  const stringToSign = [
    "AWS4-HMAC-SHA256",
    request.headers["x-amz-date"],
    scope,
    sha256(canonicalRequest(request, authorization.signedHeaders)),
  ].join("\n");
  const key = [date, region, service, "aws4_request"].reduce(
    (key: string | Uint8Array, part) => hmac(key, part),
    `AWS4${secret}`,
  );
  const signature = Array.from(
    hmac(key, stringToSign),
    (byte) => byte.toString(16).padStart(2, "0"),
  ).join("");
  if (signature !== authorization.signature) {
    throw mismatch(
      "The request signature we calculated does not match the signature you provided. " +
        "Check your AWS Secret Access Key and signing method. Consult the service documentation for details.",
    );
  }
}

function canonicalRequest(
  request: SignedRequest,
  signedHeaders: readonly string[],
): string {
  const headers = signedHeaders.map((name) =>
    `${name}:${(request.headers[name] ?? "").trim().replace(/ +/g, " ")}\n`
  );
  const query = request.query.split("&").filter((pair) => pair !== "").sort();
  return [
    request.method,
    request.path,
    query.join("&"),
    headers.join(""),
    signedHeaders.join(";"),
    sha256(request.body),
  ].join("\n");
}

function basicDate(date: Date): string {
  return date.toISOString().replace(/[-:]|\.\d{3}/g, "");
}

function mismatch(message: string): StsFailure {
  return new StsFailure("SignatureDoesNotMatch", message, 403);
}

function sha256(data: string | Uint8Array): string {
  return createHash("sha256").update(data).digest("hex");
}

function hmac(key: string | Uint8Array, data: string): Uint8Array {
  return createHmac("sha256", key).update(data).digest();
}
