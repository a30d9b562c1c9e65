/** Kinds of failures, and their words. That Deno's errors are recognized is tested over the network, in `dialer_test.ts`. */
import { assertEquals } from "@std/assert";
import {
  ConnectionError,
  type ConnectionFailure,
  describeConnection,
  failureKind,
} from "../../lib/aws/connection_error.ts";

const HOST = "sts.eu-west-1.amazonaws.com";
const PROXY = { host: "proxy.example:3128", from: "HTTPS_PROXY", mayBeBypassed: false };
const SECRET = "hunter2hunter2";

Deno.test("failureKind()", async (t) => {
  const rows: readonly (readonly [string, ConnectionFailure])[] = [
    ["tcp connect error: Connection refused", "refused"],
    ["tcp connect error: deadline has elapsed: Connection timed out", "timeout"],
    ["tcp connect error: Network is unreachable", "unreachable"],
    ["dns error: failed to lookup address information", "dns"],
    ["Host not found. (os error 11001)", "dns"],
    ["invalid peer certificate: UnknownIssuer", "unknown-authority"],
    ['invalid peer certificate: certificate not valid for name "a"; certificate is only valid for b', "wrong-host"],
    ["invalid peer certificate: certificate expired: verification time 1", "expired-certificate"],
    ["invalid peer certificate: BadSignature", "certificate"],
    ["received corrupt message of type InvalidContentType", "tls"],
    ["received fatal alert: HandshakeFailure", "tls"],
    ["Proxy server unreachable", "refused"],
    ["unsuccessful tunnel", "proxy-refused"],
    ["unexpected eof while tunneling", "proxy-refused"],
    ["proxy authentication required", "proxy-authentication"],
    ["connection closed before message completed", "unanswered"],
    ["words that nobody knows yet", "unanswered"],
  ];
  for (const [reason, kind] of rows) {
    await t.step(`${reason}: ${kind}`, () => {
      const cause = new Error(
        `error sending request for url (${HOST}): client error (Connect): ${reason} (os error 1)`,
      );
      assertEquals(failureKind(new TypeError("fetch failed", { cause })), kind);
      assertEquals(failureKind(new Error(reason)), kind);
    });
  }

  await t.step("prefers the system's code", () => {
    const coded = (code: string) => failureKind(Object.assign(new Error("x"), { code }));
    assertEquals(["ECONNREFUSED", "EHOSTUNREACH", "ETIMEDOUT", "EMFILE", "ECONNRESET"].map(coded), [
      ...["refused", "unreachable", "timeout", "too-many-files", "unanswered"] as const,
    ]);
  });

  await t.step("of anything that was thrown", () => assertEquals(failureKind(SECRET), "unanswered"));
});

Deno.test("describeConnection()", async (t) => {
  const network = "check the network, HTTPS_PROXY and NO_PROXY";
  const byProxy = "check the proxy's address, user name and password, or exempt the host with NO_PROXY";
  const endpoint = "check the endpoint's URL, and any proxy or load balancer on the way to it";
  const maybe = { ...PROXY, mayBeBypassed: true };
  const rows: readonly (readonly [ConnectionError, what: string, hint: string])[] = [
    [new ConnectionError("refused", HOST), `no answer from ${HOST}: connection refused`, network],
    [
      new ConnectionError("refused", HOST, { proxy: PROXY }),
      "no answer from the proxy proxy.example:3128 (HTTPS_PROXY): connection refused",
      byProxy,
    ],
    [
      new ConnectionError("refused", HOST, { proxy: maybe }),
      `no answer from ${HOST} or the proxy proxy.example:3128 (HTTPS_PROXY): connection refused`,
      byProxy,
    ],
    [
      new ConnectionError("proxy-authentication", HOST, { proxy: maybe }),
      `the proxy proxy.example:3128 (HTTPS_PROXY) refused the connection to ${HOST}: proxy authentication required`,
      byProxy,
    ],
    [
      new ConnectionError("unknown-authority", HOST, { proxy: PROXY }),
      `no answer from ${HOST}: its certificate is signed by an unknown authority`,
      "if a proxy or endpoint uses a private certificate authority, name that authority's PEM file in AWS_CA_BUNDLE",
    ],
    [
      new ConnectionError("redirect", HOST, { text: "HTTP 307" }),
      `${HOST} gave no usable answer: HTTP 307`,
      endpoint,
    ],
    [
      new ConnectionError("unsendable", HOST),
      `cannot send a request to ${HOST}: a header has a line break or another character that cannot be sent`,
      "check the access key and the session token for stray characters",
    ],
    [
      new ConnectionError("too-many-files", HOST),
      `no answer from ${HOST}: too many files are open`,
      "raise the limit of open files (ulimit -n)",
    ],
  ];
  for (const [error, what, hint] of rows) {
    await t.step(what, () => assertEquals(describeConnection(error), { what, hint }));
  }

  await t.step("lets the SDK retry what may pass, and nothing else", () => {
    for (const kind of ["refused", "dns", "unreachable", "unanswered", "closed", "timeout", "proxy-refused"] as const) {
      assertEquals(new ConnectionError(kind, HOST).$retryable, { throttling: false });
    }
    for (const kind of ["unknown-authority", "proxy-authentication", "redirect", "too-long", "malformed"] as const) {
      assertEquals(new ConnectionError(kind, HOST).$retryable, undefined);
    }
  });
});
