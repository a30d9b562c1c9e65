/** Where an OIDC token is read from, and why there is none. */
import { assert, assertEquals, assertFalse, assertRejects } from "@std/assert";
import type { Dial } from "../../../lib/aws/dialer.ts";
import type { TokenRequest, WebIdentityToken } from "../../../lib/aws/signer.ts";
import { readToken } from "../../../lib/aws/signers/web_identity.ts";
import { ArarError } from "../../../lib/errors.ts";
import { GITHUB as ISSUER } from "../../sts_server.ts";
import { startTokenServer, type TokenAnswer, type TokenServer, tokenWorld } from "./token_server.ts";

const FILES: Readonly<Record<string, string>> = {
  "/run/token": "\n eyJh.eyJz.c2ln \n",
  "/run/empty": " \n",
  "/run/short": "abc",
  "/run/long": "x".repeat(20_001),
};

const WORLD = {
  ...tokenWorld(),
  readTextFile: (path: string) => {
    if (path === "/root/token") {
      return Promise.reject(Object.assign(new Error("Permission denied (os error 13): open"), { code: "EACCES" }));
    }
    return Promise.resolve(FILES[path]);
  },
};

function read(token: WebIdentityToken, more: Partial<typeof WORLD> = {}): Promise<string> {
  return readToken({ ...WORLD, ...more }, token);
}

Deno.test("readToken()", async (t) => {
  await t.step("trims the token of a file or variable", async () => {
    assertEquals(await read({ kind: "file", path: "/run/token" }), "eyJh.eyJz.c2ln");
    assertEquals(await read({ kind: "environment", name: "CI_TOKEN", token: "eyJh.eyJz.c2ln\n" }), "eyJh.eyJz.c2ln");
  });

  const rows = [
    [{ kind: "file", path: "/run/gone" }, 'the token file "/run/gone" does not exist'],
    [{ kind: "file", path: "/root/token" }, 'cannot read the token file "/root/token" (permission denied)'],
    [{ kind: "file", path: "/run/empty" }, 'the token file "/run/empty" is empty'],
    [{ kind: "file", path: "/run/short" }, 'the token file "/run/short" has 3 characters; STS expects 4 to 20000'],
    [{ kind: "file", path: "/run/long" }, 'the token file "/run/long" has 20001 characters; STS expects 4 to 20000'],
    [{ kind: "environment", name: "CI_TOKEN", token: " " }, "the token in CI_TOKEN is empty"],
  ] as const;
  for (const [token, message] of rows) {
    await t.step(
      message,
      async () => assertEquals((await assertRejects(() => read(token), ArarError)).message, message),
    );
  }

  await t.step("requests a new token from a service each time, as renewal needs", async () => {
    await using server = await startTokenServer((count) => ({ body: JSON.stringify({ value: `eyJh.eyJz.${count}` }) }));
    const request = {
      kind: "request",
      of: "CI",
      method: "GET",
      url: server.url,
      headers: {},
      member: "value",
    } as const;
    const token: WebIdentityToken = { ...request, setup: "ask" };
    assertEquals([await read(token), await read(token)], ["eyJh.eyJz.1", "eyJh.eyJz.2"]);
  });
});

Deno.test("readToken() from a command", async (t) => {
  const command = "circleci run oidc get --claims {}";
  const readPrinted = (stdout: string | undefined, code = 0) => {
    const captureShell: typeof WORLD.captureShell = (run) => {
      assertEquals(run, command);
      return Promise.resolve({ stdout, code, signal: null });
    };
    return read({ kind: "command", of: "CircleCI", command, setup: "ask" }, { captureShell });
  };

  await t.step("returns what it prints", async () => {
    assertEquals(await readPrinted("eyJh.eyJz.c2ln\n"), "eyJh.eyJz.c2ln");
  });

  const rows = [
    ["partial", 3, "cannot get the OIDC token of CircleCI: circleci run oidc get failed with exit code 3", "ask"],
    [undefined, 0, "cannot get the OIDC token of CircleCI: circleci run oidc get printed too much", "ask"],
    ["\n", 0, "the OIDC token of CircleCI is empty"],
    [
      "",
      127,
      "cannot get the OIDC token of CircleCI: circleci run oidc get failed with exit code 127",
      "the shell found no circleci: install it in the job, or leave out --audience",
    ],
  ] as const;
  for (const [stdout, code, ...lines] of rows) {
    await t.step(lines[0], async () => {
      const { message, hints } = await assertRejects(() => readPrinted(stdout, code), ArarError);
      assertEquals([message, ...hints], lines);
    });
  }
});

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

const get = (request: TokenRequest, world = tokenWorld()) => readToken(world, request);

/** The message without the part that every message has, and the hints. */
async function refused(request: TokenRequest): Promise<readonly string[]> {
  const { message, hints } = await assertRejects(() => get(request), ArarError);
  assertFalse(`${message}${hints}`.includes("request+TOKEN"), "the request's secret must not be shown");
  return [message.replace("cannot get the OIDC token of GitHub Actions: ", ""), ...hints];
}

Deno.test("readToken() does not ask a service again", async (t) => {
  for (const body of ["<html>", "{}", '{"value":1}', "null"]) {
    await t.step(`after an answer without a token, ${body}`, async () => {
      await using server = await startTokenServer(() => ({ body }));
      assertEquals(await refused(requestAt(server)), [`${server.host} returned no token`]);
      assertEquals(server.asked.length, 1);
    });
  }

  for (const status of [400, 401, 403, 404]) {
    await t.step(`after a refusal, ${status}`, async () => {
      await using server = await startTokenServer(() => ({ status, body: "request+TOKEN" }));
      const lines = [`${server.host} answered HTTP ${status}`, "the job needs a permission"];
      assertEquals(await refused(requestAt(server)), lines);
      assertEquals(server.asked.length, 1);
    });
  }

  await t.step("after a redirect", async () => {
    await using server = await startTokenServer(() => ({ status: 302, headers: { location: "/elsewhere" }, body: "" }));
    assert(
      (await refused(requestAt(server)))[0]?.endsWith("it answered with a redirect (HTTP 302), which is not followed"),
    );
    assertEquals(server.asked.length, 1);
  });
});

Deno.test("readToken() explains a failed connection", async () => {
  const server = await startTokenServer(() => FOUND);
  await server.stop();
  const [message, ...hints] = await refused(requestAt(server));
  assert(message?.startsWith(`no answer from ${server.host}: connection refused`), message);
  assertEquals(hints.length, 1);
});

Deno.test("readToken() of a service that may not exist", async (t) => {
  const probeAt = (server: Pick<TokenServer, "url">): TokenRequest => {
    const { member: _, ...request } = requestAt(server);
    return { ...request, probe: { milliseconds: 500, absent: new ArarError("nobody is there") } };
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
    assertEquals((await assertRejects(() => get(probeAt(server)), ArarError)).message, "nobody is there");
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
