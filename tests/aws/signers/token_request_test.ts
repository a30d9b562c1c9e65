/** How a token service is asked: again where that may help, bounded, and never telling a secret. */
import { assert, assertEquals, assertFalse, assertRejects } from "@std/assert";
import type { TokenRequest } from "../../../lib/aws/signer.ts";
import { requestToken } from "../../../lib/aws/signers/token_request.ts";
import { ArarError } from "../../../lib/errors.ts";
import { GITHUB as ISSUER } from "../../sts_server.ts";
import { startTokenServer, type TokenAnswer, tokenWorld } from "./token_server.ts";

const TOKEN = ISSUER.mint({ aud: "sts.amazonaws.com" });
const FOUND: TokenAnswer = { body: JSON.stringify({ value: TOKEN }) };

function requestAt(url: string, more: Partial<TokenRequest> = {}): TokenRequest {
  return {
    kind: "request",
    of: "GitHub Actions",
    method: "GET",
    url,
    headers: { authorization: "Bearer request+TOKEN" },
    member: "value",
    setup: "the job needs a permission",
    ...more,
  };
}

const ask = (request: TokenRequest, world = tokenWorld(), signal = new AbortController().signal) =>
  requestToken(world, request, signal);

async function refused(request: TokenRequest): Promise<ArarError> {
  const error = await assertRejects(() => ask(request), ArarError);
  assertFalse(`${error.message}${error.hints}`.includes("request+TOKEN"), "the request's secret must not be shown");
  return error;
}

Deno.test("requestToken() asks again", async (t) => {
  const passing: readonly TokenAnswer[] = [
    { status: 500, body: "" },
    { status: 503, body: "" },
    { status: 429, body: "" },
    { body: "<html>" },
    { body: "{}" },
    { body: '{"value":1}' },
    { body: "null" },
  ];
  for (const answer of passing) {
    await t.step(`after ${JSON.stringify(answer)}`, async () => {
      await using server = await startTokenServer((count) => count < 3 ? answer : FOUND);
      const world = tokenWorld();
      assertEquals(await ask(requestAt(server.url), world), TOKEN);
      assertEquals([server.asked.length, world.pauses], [3, [300, 600]]);
    });
  }

  await t.step("five times at most", async () => {
    await using server = await startTokenServer(() => ({ status: 500, body: "request+TOKEN" }));
    const error = await refused(requestAt(server.url));
    assertEquals(server.asked.length, 5);
    const { host } = new URL(server.url);
    assertEquals(error.message, `cannot get the OIDC token of GitHub Actions: ${host} answered HTTP 500`);
  });
});

Deno.test("requestToken() takes a refusal for an answer", async (t) => {
  for (const status of [302, 400, 401, 403, 404]) {
    await t.step(`${status}`, async () => {
      const headers = { location: "/elsewhere" };
      await using server = await startTokenServer(() => ({ status, headers, body: "request+TOKEN" }));
      const error = await refused(requestAt(server.url));
      assertEquals([server.asked.length, error.hints], [1, ["the job needs a permission"]]);
    });
  }
});

Deno.test("requestToken() says where there was no answer", async () => {
  const server = await startTokenServer(() => FOUND);
  await server.stop();
  const error = await refused(requestAt(server.url));
  const { host } = new URL(server.url);
  assert(
    error.message.startsWith(`cannot get the OIDC token of GitHub Actions: no answer from ${host}: tcp connect error`),
  );
  assertEquals(error.hints.length, 1);
});

Deno.test("requestToken() bounds the answer", async (t) => {
  const megabytes = new Uint8Array(8 * 1024 * 1024);
  const stream = new Blob([megabytes]).stream().pipeThrough(new CompressionStream("gzip"));
  const packed = new Uint8Array(await new Response(stream).arrayBuffer());
  const rows: readonly (readonly [string, TokenAnswer])[] = [
    ["as it is", { body: megabytes }],
    ["packed", { body: packed, headers: { "content-encoding": "gzip" } }],
  ];
  for (const [what, answer] of rows) {
    await t.step(what, async () => {
      await using server = await startTokenServer(() => answer);
      const error = await refused(requestAt(server.url));
      assert(error.message.endsWith("its answer is too long"), error.message);
      assertEquals(server.asked.length, 1);
    });
  }
});

Deno.test("requestToken() ends at once when it is told to", async () => {
  await using server = await startTokenServer(() => undefined);
  const controller = new AbortController();
  const asking = ask(requestAt(server.url), tokenWorld(), controller.signal);
  controller.abort(new RangeError("stopped"));
  await assertRejects(() => asking, RangeError, "stopped");
});

Deno.test("requestToken() of a service that may not be there", async (t) => {
  const probe = { milliseconds: 500, absent: "nobody is there" };
  const { member: _, ...plain } = requestAt("");

  await t.step("takes the answer as it is where no member is named", async () => {
    await using server = await startTokenServer(() => ({ body: TOKEN }));
    assertEquals(await ask({ ...plain, url: server.url, probe }), TOKEN);
  });

  await t.step("asks again as of any other, once it is there", async () => {
    await using server = await startTokenServer((count) => count < 3 ? { status: 503, body: "" } : { body: TOKEN });
    assertEquals(await ask({ ...plain, url: server.url, probe }), TOKEN);
    assertEquals(server.asked.length, 3);
  });

  await t.step("does not take a page for a token", async () => {
    await using server = await startTokenServer(() => ({ body: "<html>please log in</html>" }));
    const { host } = new URL(server.url);
    const error = await refused({ ...plain, url: server.url, probe });
    assertEquals(error.message, `cannot get the OIDC token of GitHub Actions: the answer of ${host} holds no token`);
  });

  await t.step("gives up where it does not answer in time", async () => {
    await using server = await startTokenServer(() => undefined);
    const world = tokenWorld();
    const sleep = () => Promise.resolve();
    const asking = () => ask({ ...plain, url: server.url, probe }, { ...world, sleep });
    assertEquals((await assertRejects(asking, ArarError)).message, "nobody is there");
  });

  await t.step("is asked past every proxy", async () => {
    const asked: (boolean | undefined)[] = [];
    const fetch: ReturnType<typeof tokenWorld>["fetch"] = (_url, options) => {
      asked.push(options?.direct);
      return Promise.resolve(new Response(TOKEN));
    };
    await ask({ ...plain, url: "http://metadata.google.internal/", probe }, { ...tokenWorld(), fetch });
    assertEquals(asked, [true]);
  });
});
