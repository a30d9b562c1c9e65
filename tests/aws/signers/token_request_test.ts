/** How a token service is called: retried if that may help, bounded, and without ever showing a secret. */
import { assert, assertEquals, assertFalse, assertRejects } from "@std/assert";
import type { Dial } from "../../../lib/aws/dialer.ts";
import type { TokenRequest } from "../../../lib/aws/signer.ts";
import { requestToken } from "../../../lib/aws/signers/token_request.ts";
import { ArarError } from "../../../lib/errors.ts";
import { GITHUB as ISSUER } from "../../sts_server.ts";
import { startTokenServer, type TokenAnswer, type TokenServer, tokenWorld } from "./token_server.ts";

const TOKEN = ISSUER.mint({ aud: "sts.amazonaws.com" });
const FOUND: TokenAnswer = { body: JSON.stringify({ value: TOKEN }) };

function requestAt({ url }: Pick<TokenServer, "url">): TokenRequest {
  return {
    kind: "request",
    of: "GitHub Actions",
    method: "GET",
    url,
    headers: { authorization: "Bearer request+TOKEN" },
    member: "value",
    setup: "the job needs a permission",
  };
}

const get = (request: TokenRequest, world = tokenWorld(), signal = new AbortController().signal) =>
  requestToken(world, request, signal);

/** The message without the part that every message has, and the hints. */
async function refused(request: TokenRequest): Promise<readonly string[]> {
  const { message, hints } = await assertRejects(() => get(request), ArarError);
  assertFalse(`${message}${hints}`.includes("request+TOKEN"), "the request's secret must not be shown");
  return [message.replace("cannot get the OIDC token of GitHub Actions: ", ""), ...hints];
}

Deno.test("requestToken() retries", async (t) => {
  const temporary: readonly TokenAnswer[] = [
    { status: 500, body: "" },
    { status: 503, body: "" },
    { status: 429, body: "" },
    { body: "<html>" },
    { body: "{}" },
    { body: '{"value":1}' },
    { body: "null" },
  ];
  for (const answer of temporary) {
    await t.step(`after ${JSON.stringify(answer)}`, async () => {
      await using server = await startTokenServer((count) => count < 3 ? answer : FOUND);
      const world = tokenWorld();
      assertEquals(await get(requestAt(server), world), TOKEN);
      assertEquals([server.asked.length, world.pauses], [3, [300, 600]]);
    });
  }

  await t.step("four times at most", async () => {
    await using server = await startTokenServer(() => ({ status: 500, body: "request+TOKEN" }));
    assertEquals(await refused(requestAt(server)), [`${server.host} answered HTTP 500`]);
    assertEquals(server.asked.length, 5);
  });

  for (const status of [302, 400, 401, 403, 404]) {
    await t.step(`not after a refusal, ${status}`, async () => {
      const headers = { location: "/elsewhere" };
      await using server = await startTokenServer(() => ({ status, headers, body: "request+TOKEN" }));
      const [what = "", hint] = await refused(requestAt(server));
      assert(what.startsWith(server.host) && what.includes(`HTTP ${status}`), what);
      assertEquals(hint, "the job needs a permission");
      assertEquals(server.asked.length, 1);
    });
  }

  await t.step("not after an answer that is too long", async () => {
    await using server = await startTokenServer(() => ({ body: new Uint8Array(8 * 1024 * 1024) }));
    assert((await refused(requestAt(server)))[0]?.endsWith("its answer is too long"));
    assertEquals(server.asked.length, 1);
  });
});

Deno.test("requestToken() explains a failed connection", async () => {
  const server = await startTokenServer(() => FOUND);
  await server.stop();
  const [message, ...hints] = await refused(requestAt(server));
  assert(message?.startsWith(`no answer from ${server.host}: connection refused`), message);
  assertEquals(hints.length, 1);
});

Deno.test("requestToken() ends at once when its signal is aborted", async () => {
  await using server = await startTokenServer(() => undefined);
  const controller = new AbortController();
  const getting = get(requestAt(server), tokenWorld(), controller.signal);
  controller.abort(new RangeError("stopped"));
  await assertRejects(() => getting, RangeError, "stopped");
});

Deno.test("requestToken() of a service that may not exist", async (t) => {
  const probeAt = (server: Pick<TokenServer, "url">): TokenRequest => {
    const { member: _, ...request } = requestAt(server);
    return { ...request, probe: { milliseconds: 500, absent: "nobody is there" } };
  };

  await t.step("uses the whole answer without a property name, and retries once the service has answered", async () => {
    await using server = await startTokenServer((count) => count < 3 ? { status: 503, body: "" } : { body: TOKEN });
    assertEquals(await get(probeAt(server)), TOKEN);
    assertEquals(server.asked.length, 3);
  });

  await t.step("does not accept a page as a token", async () => {
    await using server = await startTokenServer(() => ({ body: "<html>please log in</html>" }));
    assertEquals(await refused(probeAt(server)), [`${server.host} returned no token`]);
  });

  await t.step("gives up if it does not answer in time", async () => {
    await using server = await startTokenServer(() => undefined);
    const getting = () => get(probeAt(server), { ...tokenWorld(), sleep: () => Promise.resolve() });
    assertEquals((await assertRejects(getting, ArarError)).message, "nobody is there");
  });

  await t.step("bypasses every proxy", async () => {
    const direct: (boolean | undefined)[] = [];
    const dial: Dial = (request) => {
      direct.push(request.direct);
      return Promise.resolve({ status: 200, headers: {}, body: new TextEncoder().encode(TOKEN) });
    };
    await get(probeAt({ url: "http://metadata.google.internal/" }), { ...tokenWorld(), dial });
    assertEquals(direct, [true]);
  });
});
