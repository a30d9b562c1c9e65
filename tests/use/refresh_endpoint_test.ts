import { assertEquals } from "@std/assert";
import { answerRequest, equalInConstantTime } from "../../lib/use/refresh_endpoint.ts";
import type { ServedRequest } from "../../lib/system/server.ts";
import { sampleSession } from "./sessions.ts";

const END = Date.parse("2030-01-02T03:04:05Z");
const session = sampleSession();
const address = { port: 4711, path: "/path", token: "right" };

/** A valid request, with a change. */
function request(change: Partial<ServedRequest> = {}): ServedRequest {
  return { method: "GET", path: "/path", headers: { authorization: "right", host: "127.0.0.1:4711" }, ...change };
}

Deno.test("answerRequest()", async (t) => {
  await t.step("returns the session to a client with the token", () => {
    const { status, headers, body } = answerRequest(request(), address, { session }, END - 1);
    assertEquals({ status, headers, body: JSON.parse(body) }, {
      status: 200,
      headers: { "cache-control": "no-store", "content-type": "application/json" },
      body: {
        AccessKeyId: "ASIAEXAMPLE",
        SecretAccessKey: "se/cret",
        Token: "to+ken==",
        Expiration: "2030-01-02T03:04:05Z",
        AccountId: "123456789012",
      },
    });
  });

  await t.step("omits an unknown account", () => {
    const state = { session: sampleSession({ accountId: "" }) };
    assertEquals(JSON.parse(answerRequest(request(), address, state, END - 1).body).AccountId, undefined);
  });

  const host = "127.0.0.1:4711";
  const REFUSED: Readonly<Record<string, [Partial<ServedRequest>, number]>> = {
    "no token": [{ headers: { authorization: undefined, host } }, 401],
    "an empty token": [{ headers: { authorization: "", host } }, 401],
    "a wrong token": [{ headers: { authorization: "wrong", host } }, 401],
    "a longer token": [{ headers: { authorization: "rightright", host } }, 401],
    "no host": [{ headers: { authorization: "right", host: undefined } }, 403],
    "a name for the host": [{ headers: { authorization: "right", host: "localhost:4711" } }, 403],
    "a foreign host": [{ headers: { authorization: "right", host: "example.com" } }, 403],
    "another port": [{ headers: { authorization: "right", host: "127.0.0.1:80" } }, 403],
    "another path": [{ path: "/other" }, 404],
    "a query": [{ path: "/path?x" }, 404],
    "another method": [{ method: "POST" }, 405],
  };
  for (const [what, [change, status]] of Object.entries(REFUSED)) {
    await t.step(`refuses a request with ${what}`, () => {
      assertEquals(answerRequest(request(change), address, { session }, END - 1), {
        status,
        headers: { "cache-control": "no-store" },
        body: "",
      });
    });
  }

  await t.step("returns the reason once the session has expired", () => {
    const { status, body } = answerRequest(request(), address, { session, failure: "denied" }, END);
    assertEquals([status, JSON.parse(body)], [400, { Code: "ExpiredToken", Message: "denied" }]);
  });

  await t.step("returns the old session until it expires, even if the renewal failed", () => {
    assertEquals(answerRequest(request(), address, { session, failure: "denied" }, END - 1).status, 200);
  });
});

Deno.test("equalInConstantTime()", async (t) => {
  await t.step("compares texts", () => {
    const texts = ["", "a", "b", "aa", "ab", "aaa", "\u0000", "é", "e"];
    for (const one of texts) {
      for (const other of texts) assertEquals(equalInConstantTime(one, other), one === other, `${one} ${other}`);
    }
  });
});
