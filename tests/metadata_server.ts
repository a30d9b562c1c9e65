/**
 * Fakes of the servers that a job gets credentials from: GitHub's OIDC endpoint, the container credentials endpoint and
 * version 2 of the EC2 instance metadata service.
 */
import type { IncomingMessage } from "node:http";
import { type Listener, serve } from "./sts_server/http.ts";
import type { Caller } from "./sts_server/model.ts";
import type { Claims, OidcIssuer } from "./sts_server/oidc.ts";
import { ROLE_SESSION } from "./sts_server/samples.ts";
import { GITHUB } from "./sts_server.ts";

/** A request as received. */
export interface MetadataRequest {
  readonly method: string;
  /** Path and query. */
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
}

/** A whole response, or none at all. */
export type MetadataAnswer =
  | { readonly kind: "answer"; readonly status: number; readonly body: string }
  | { readonly kind: "hang" };

/** Options of the servers; all have defaults. */
export interface MetadataOptions {
  /** The caller whose keys the container and the instance get; a sample role session by default. */
  readonly caller?: Caller;
  /** When these keys expire; in an hour by default. */
  readonly expiration?: Date;
  /** The issuer that signs the job's ID token; by default the one that the embedded STS trusts. */
  readonly issuer?: OidcIssuer;
  /** Claims that differ from the usual ones; the audience is the requested one. */
  readonly claims?: Partial<Claims>;
  /** Overrides the response; `undefined` leaves it as it is. */
  readonly override?: (request: MetadataRequest) => MetadataAnswer | undefined;
}

/** The running servers, which share one port. */
export interface MetadataServer extends Listener {
  readonly requests: readonly MetadataRequest[];
  /** The variables of a GitHub job with `id-token: write`. */
  readonly githubEnv: Readonly<Record<string, string>>;
  /** The variables of a container with a task role. */
  readonly containerEnv: Readonly<Record<string, string>>;
  /** The variables that point a client at the instance metadata service. */
  readonly instanceEnv: Readonly<Record<string, string>>;
  /** Every secret value that the servers hand out. */
  secrets(): string[];
}

const BEARER = "github-request+TOKEN/EXAMPLE==";
const CONTAINER_TOKEN = "Basic container+TOKEN/EXAMPLE==";
const INSTANCE_TOKEN = "instance-session+TOKEN/EXAMPLE==";
const INSTANCE_ROLE = "runner-role";
const ROLES_PATH = "/latest/meta-data/iam/security-credentials/";

/** Starts the servers; `await using` stops them. */
export async function startMetadata(options: MetadataOptions = {}): Promise<MetadataServer> {
  const requests: MetadataRequest[] = [];
  const minted: string[] = [];
  const mint = (audience: string) => {
    const issuer = options.issuer ?? GITHUB;
    const token = issuer.mint({ aud: audience, ...options.claims });
    minted.push(token);
    return token;
  };
  const listener = await serve((incoming, response) => {
    const request = record(incoming);
    requests.push(request);
    const given = options.override?.(request) ?? route(request, options, mint);
    if (given.kind === "hang") return;
    response.writeHead(given.status, { "content-type": contentType(given) });
    response.end(given.body);
  });
  const { secretAccessKey, sessionToken = "" } = options.caller ?? ROLE_SESSION;
  return {
    ...listener,
    requests,
    githubEnv: {
      ACTIONS_ID_TOKEN_REQUEST_URL: `${listener.url}/oidc?api-version=2.0`,
      ACTIONS_ID_TOKEN_REQUEST_TOKEN: BEARER,
    },
    containerEnv: {
      AWS_CONTAINER_CREDENTIALS_FULL_URI: `${listener.url}/container`,
      AWS_CONTAINER_AUTHORIZATION_TOKEN: CONTAINER_TOKEN,
    },
    // No test measures how fast this machine is.
    instanceEnv: { AWS_EC2_METADATA_SERVICE_ENDPOINT: listener.url, AWS_METADATA_SERVICE_TIMEOUT: "60" },
    secrets: () => [
      ...[BEARER, CONTAINER_TOKEN, INSTANCE_TOKEN],
      ...[secretAccessKey, sessionToken, ...minted],
    ],
  };
}

function record(incoming: IncomingMessage): MetadataRequest {
  const headers = Object.entries(incoming.headers)
    .map(([name, value]) => [name, String(value)]);
  return {
    method: incoming.method ?? "",
    path: incoming.url ?? "",
    headers: Object.fromEntries(headers),
  };
}

function route(
  request: MetadataRequest,
  options: MetadataOptions,
  mint: (audience: string) => string,
): MetadataAnswer {
  const { pathname, searchParams } = new URL(request.path, "http://localhost");
  const right = `${request.method} ${pathname}`;
  switch (right) {
    case "GET /oidc":
      return guarded(request, "authorization", `Bearer ${BEARER}`, () => ({
        value: mint(searchParams.get("audience") ?? "https://github.com/octo-org"),
      }));
    case "GET /container":
      return guarded(
        request,
        "authorization",
        CONTAINER_TOKEN,
        () => credentials(options),
      );
    case "PUT /latest/api/token":
      return instanceToken(request);
    case `GET ${ROLES_PATH}`:
      return guarded(request, IMDS_HEADER, INSTANCE_TOKEN, () => INSTANCE_ROLE);
    case `GET ${ROLES_PATH}${INSTANCE_ROLE}`:
      return guarded(request, IMDS_HEADER, INSTANCE_TOKEN, () => ({
        Code: "Success",
        Type: "AWS-HMAC",
        ...credentials(options),
      }));
    default:
      return text(404, `no ${right} here`);
  }
}

const IMDS_HEADER = "x-aws-ec2-metadata-token";

/** https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/instancedata-data-retrieval.html */
function instanceToken(request: MetadataRequest): MetadataAnswer {
  return request.headers[`${IMDS_HEADER}-ttl-seconds`] === undefined
    ? text(400, "Bad Request")
    : text(200, INSTANCE_TOKEN);
}

/** The response if the header has the right value, otherwise 401. */
function guarded(
  request: MetadataRequest,
  header: string,
  value: string,
  content: () => string | Readonly<Record<string, string>>,
): MetadataAnswer {
  if (request.headers[header] !== value) return text(401, "Unauthorized");
  const body = content();
  return text(200, typeof body === "string" ? body : JSON.stringify(body));
}

function credentials(options: MetadataOptions): Record<string, string> {
  const caller = options.caller ?? ROLE_SESSION;
  const expiration = options.expiration ?? new Date(Date.now() + 3_600_000);
  return {
    AccessKeyId: caller.accessKeyId,
    SecretAccessKey: caller.secretAccessKey,
    Token: caller.sessionToken ?? "",
    Expiration: expiration.toISOString().replace(/\.\d{3}/, ""),
  };
}

function text(status: number, body: string): MetadataAnswer {
  return { kind: "answer", status, body };
}

function contentType({ body }: { readonly body: string }): string {
  return body.startsWith("{") ? "application/json" : "text/plain";
}
