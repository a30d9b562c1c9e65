/** What every call of a service has in common, with the real SDK against the embedded STS. */
import { assert, assertEquals, assertMatch, assertRejects } from "@std/assert";
import { sdkHandler } from "../../lib/aws/http.ts";
import { type Call, type Operation, queryClient } from "../../lib/aws/query_client.ts";
import { realDial } from "./real_dial.ts";
import { ALICE, always, startSts, type StsServer } from "../sts_server.ts";

const NAMESPACE = "com.amazonaws.sts";

/** An operation without parameters, which returns an ARN. */
const WHO: Operation = [9, NAMESPACE, "GetCallerIdentity", 0, [3, NAMESPACE, "Request", 0, [], []], [
  3,
  NAMESPACE,
  "Response",
  0,
  ["Arn"],
  [0],
]];

function clientOf(url: string, maxAttempts = 3): Call {
  return queryClient({
    name: "sts",
    protocol: {
      defaultNamespace: NAMESPACE,
      xmlNamespace: "https://sts.amazonaws.com/doc/2011-06-15/",
      version: "2011-06-15",
    },
    endpoint: () => Promise.resolve({ url: new URL(url), signingRegion: "eu-north-1" }),
    handler: sdkHandler(realDial),
    signal: new AbortController().signal,
    retries: { maxAttempts, retryMode: "standard" },
    userAgent: "arar/1.2.3",
    markTransient: (error) => error,
  });
}

function sent({ requests }: StsServer, header: string): readonly (string | undefined)[] {
  return requests.map(({ headers }) => headers[header]);
}

Deno.test("queryClient()", async (t) => {
  await t.step("signs for the endpoint's region if there are credentials", async () => {
    await using server = await startSts();
    const call = clientOf(server.url);
    await call(WHO, {}, ALICE);
    await assertRejects(() => call(WHO, {}));
    assertEquals(server.requests.map(({ accessKeyId, region }) => [accessKeyId, region]), [
      [ALICE.accessKeyId, "eu-north-1"],
      [undefined, undefined],
    ]);
  });

  await t.step("names the program, the attempt and the call", async () => {
    await using server = await startSts({ faults: [{ kind: "throttle" }] });
    const call = clientOf(server.url);
    await call(WHO, {}, ALICE);
    await call(WHO, {}, ALICE);
    assertEquals(sent(server, "user-agent"), ["arar/1.2.3", "arar/1.2.3", "arar/1.2.3"]);
    assertEquals(sent(server, "amz-sdk-request"), ["attempt=1; max=3", "attempt=2; max=3", "attempt=1; max=3"]);
    const [first, again, other] = sent(server, "amz-sdk-invocation-id");
    assertMatch(first ?? "", /^[0-9a-f-]{36}$/);
    assertEquals(again, first);
    assert(other !== first);
  });

  await t.step("keeps the path of the endpoint", async () => {
    await using server = await startSts();
    await clientOf(`${server.url}/some/path`)(WHO, {}, ALICE);
    assertEquals(server.requests.map(({ path }) => path), ["/some/path/"]);
  });

  await t.step("signs by the server's clock after its first answer", async () => {
    await using server = await startSts({ clockOffsetSeconds: -7200 });
    const call = clientOf(server.url);
    await call(WHO, {}, ALICE);
    await call(WHO, {}, ALICE);
    assertEquals(server.requests.length, 3);
  });

  await t.step("retries an answer with nothing but a status, and keeps that in the error", async () => {
    await using server = await startSts({ faults: always({ kind: "html", status: 503 }) });
    const error = await assertRejects(() => clientOf(server.url, 2)(WHO, {}, ALICE));
    assertEquals(server.requests.length, 2);
    assert(error instanceof Error && "$metadata" in error);
    assertMatch(JSON.stringify(error.$metadata), /"httpStatusCode":503/);
  });
});
