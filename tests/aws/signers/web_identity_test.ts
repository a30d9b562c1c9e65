/**
 * Owns the proof of how OIDC tokens are had, and that none is ever shown.
 * Must not know what STS makes of them.
 */
import { assert, assertEquals, assertFalse, assertRejects } from "@std/assert";
import type { WebIdentityToken } from "../../../lib/aws/signer.ts";
import { readToken } from "../../../lib/aws/signers/web_identity.ts";
import { ArarError } from "../../../lib/errors.ts";
import { network } from "../../../lib/system/network.ts";
import { type MetadataAnswer, startMetadata } from "../../metadata_server.ts";

const FILES: Readonly<Record<string, string>> = {
  "/run/token": "\n eyJh.eyJz.c2ln \n",
  "/run/empty": " \n",
  "/run/short": "abc",
  "/run/long": "x".repeat(20_001),
};

function fakeWorld() {
  const pauses: number[] = [];
  return {
    pauses,
    ...network,
    randomBytes: (count: number) => new Uint8Array(count).fill(255),
    readTextFile: (path: string) => {
      if (path === "/root/token") return Promise.reject(new RangeError("not with these words"));
      return Promise.resolve(FILES[path]);
    },
    sleep: (milliseconds: number) => {
      pauses.push(milliseconds);
      return Promise.resolve();
    },
  };
}

function read(token: WebIdentityToken, world = fakeWorld()): Promise<string> {
  return readToken(world, token, new AbortController().signal);
}

async function refused(token: WebIdentityToken, world = fakeWorld()): Promise<ArarError> {
  const error = await assertRejects(() => read(token, world), ArarError);
  assertFalse(`${error.message}${error.hints}`.includes("request+TOKEN"), "the request token must not be shown");
  return error;
}

Deno.test("readToken() from a file", async (t) => {
  await t.step("trims it", async () => {
    assertEquals(await read({ kind: "file", path: "/run/token" }), "eyJh.eyJz.c2ln");
  });

  const rows = [
    ["/run/gone", 'there is no token file "/run/gone"'],
    ["/root/token", 'cannot read the token file "/root/token" (RangeError)'],
    ["/run/empty", 'the token file "/run/empty" is empty'],
    ["/run/short", 'the token file "/run/short" has 3 characters; STS takes 4 to 20000'],
    ["/run/long", 'the token file "/run/long" has 20001 characters; STS takes 4 to 20000'],
  ] as const;
  for (const [path, message] of rows) {
    await t.step(`refuses ${path}`, async () => assertEquals((await refused({ kind: "file", path })).message, message));
  }
});

Deno.test("readToken() from a variable", async (t) => {
  await t.step("trims it", async () => {
    assertEquals(await read({ kind: "environment", name: "CI_TOKEN", token: "eyJh.eyJz.c2ln\n" }), "eyJh.eyJz.c2ln");
  });

  await t.step("refuses an empty one by its name", async () => {
    const error = await refused({ kind: "environment", name: "CI_TOKEN", token: " " });
    assertEquals(error.message, "the token in CI_TOKEN is empty");
  });
});

function github(env: Readonly<Record<string, string>>, audience = "sts.amazonaws.com"): WebIdentityToken {
  return {
    kind: "github",
    requestUrl: env.ACTIONS_ID_TOKEN_REQUEST_URL ?? "",
    requestToken: env.ACTIONS_ID_TOKEN_REQUEST_TOKEN ?? "",
    audience,
  };
}

function status(code: number, body = ""): MetadataAnswer {
  return { kind: "answer", status: code, body };
}

Deno.test("readToken() from GitHub", async (t) => {
  await t.step("asks for the audience with the job's own token", async () => {
    await using server = await startMetadata();
    const token = await read(github(server.githubEnv, "a b&c=d"));
    assert(/^[\w-]+\.[\w-]+\.[\w-]+$/.test(token));
    const [request] = server.requests;
    assertEquals(server.requests.length, 1);
    assertEquals(request?.headers.authorization, `Bearer ${server.githubEnv.ACTIONS_ID_TOKEN_REQUEST_TOKEN}`);
    assert(request?.path.endsWith("&audience=a%20b%26c%3Dd"), request?.path);
  });

  for (const passing of [status(500), status(503), status(429), status(200, "<html>"), status(200, "{}")]) {
    await t.step(`asks again after ${JSON.stringify(passing)}`, async () => {
      let left = 2;
      await using server = await startMetadata({ override: () => left-- > 0 ? passing : undefined });
      const world = fakeWorld();
      await read(github(server.githubEnv), world);
      assertEquals(server.requests.length, 3);
      assertEquals(world.pauses, [500, 1000]);
    });
  }

  await t.step("gives up after five times", async () => {
    await using server = await startMetadata({ override: () => status(500) });
    const error = await refused(github(server.githubEnv));
    assertEquals(server.requests.length, 5);
    assertEquals(
      error.message,
      `cannot get the OIDC token of this job from ${new URL(server.url).host}: it answers HTTP 500`,
    );
  });

  for (const code of [302, 400, 401, 403, 404]) {
    await t.step(`takes ${code} for an answer, and says which permission is missing`, async () => {
      await using server = await startMetadata({ override: () => status(code, "request+TOKEN") });
      const error = await refused(github(server.githubEnv));
      assertEquals(server.requests.length, 1);
      assertEquals(error.hints, ["the job needs `permissions: id-token: write`"]);
    });
  }

  await t.step("names the host that cannot be reached", async () => {
    const server = await startMetadata();
    await server[Symbol.asyncDispose]();
    const error = await refused(github(server.githubEnv));
    assertEquals(
      error.message,
      `cannot get the OIDC token of this job from ${new URL(server.url).host}: it cannot be reached`,
    );
  });

  await t.step("refuses what is no URL without showing it", async () => {
    const error = await refused(github({ ACTIONS_ID_TOKEN_REQUEST_URL: "not a URL" }));
    assertEquals(error.message, "ACTIONS_ID_TOKEN_REQUEST_URL is no URL");
  });

  await t.step("ends at once when it is told to", async () => {
    await using server = await startMetadata({ override: () => ({ kind: "hang" }) });
    const controller = new AbortController();
    const reading = readToken(fakeWorld(), github(server.githubEnv), controller.signal);
    controller.abort(new RangeError("stopped"));
    await assertRejects(() => reading, RangeError, "stopped");
  });
});
