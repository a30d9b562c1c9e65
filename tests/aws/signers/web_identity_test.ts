/** Where an OIDC token is read from, and why there is none. */
import { assertEquals, assertRejects } from "@std/assert";
import type { WebIdentityToken } from "../../../lib/aws/signer.ts";
import { readToken } from "../../../lib/aws/signers/web_identity.ts";
import { ArarError } from "../../../lib/errors.ts";
import { startTokenServer, tokenWorld } from "./token_server.ts";

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
  return readToken({ ...WORLD, ...more }, token, new AbortController().signal);
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
  ] as const;
  for (const [stdout, code, ...lines] of rows) {
    await t.step(lines[0], async () => {
      const { message, hints } = await assertRejects(() => readPrinted(stdout, code), ArarError);
      assertEquals([message, ...hints], lines);
    });
  }
});
