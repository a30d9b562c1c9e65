/** Where an OIDC token is read from, and what is said where there is none. */
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

const world = {
  ...tokenWorld(),
  readTextFile: (path: string) => {
    if (path === "/root/token") return Promise.reject(new RangeError("not with these words"));
    return Promise.resolve(FILES[path]);
  },
};

function read(token: WebIdentityToken, more: Partial<typeof world> = {}): Promise<string> {
  return readToken({ ...world, ...more }, token, new AbortController().signal);
}

const refused = (token: WebIdentityToken) => assertRejects(() => read(token), ArarError);

Deno.test("readToken() from a file", async (t) => {
  await t.step("trims it", async () => {
    assertEquals(await read({ kind: "file", path: "/run/token" }), "eyJh.eyJz.c2ln");
  });

  const rows = [
    ["/run/gone", 'there is no token file "/run/gone"'],
    ["/root/token", 'cannot read the token file "/root/token" (RangeError)'],
    ["/run/empty", 'the token file "/run/empty" is empty'],
    ["/run/short", 'the token file "/run/short" has 3 characters; STS expects 4 to 20000'],
    ["/run/long", 'the token file "/run/long" has 20001 characters; STS expects 4 to 20000'],
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

Deno.test("readToken() asks a service anew each time, as renewal needs", async () => {
  await using server = await startTokenServer((count) => ({ body: JSON.stringify({ value: `eyJh.eyJz.${count}` }) }));
  const request = { kind: "request", of: "CI", method: "GET", url: server.url, headers: {}, member: "value" } as const;
  const token: WebIdentityToken = { ...request, setup: "ask" };
  assertEquals([await read(token), await read(token)], ["eyJh.eyJz.1", "eyJh.eyJz.2"]);
});

Deno.test("readToken() from a command", async (t) => {
  const token = {
    kind: "command",
    of: "CircleCI",
    command: "circleci run oidc get --claims {}",
    setup: "ask",
  } as const;
  const printing = (stdout: string | undefined, code = 0) => {
    const commands: string[] = [];
    const captureShell: typeof world.captureShell = (command) => {
      commands.push(command);
      return Promise.resolve({ stdout, code, signal: null });
    };
    return { commands, captureShell };
  };

  await t.step("takes what it prints", async () => {
    const { commands, captureShell } = printing("eyJh.eyJz.c2ln\n");
    assertEquals(await read(token, { captureShell }), "eyJh.eyJz.c2ln");
    assertEquals(commands, [token.command]);
  });

  const rows = [
    ["partial", 3, "circleci run oidc get failed with exit code 3"],
    [undefined, 0, "circleci run oidc get wrote too much"],
  ] as const;
  for (const [stdout, code, why] of rows) {
    await t.step(`says that ${why}, and shows nothing of what it printed`, async () => {
      const error = await assertRejects(() => read(token, printing(stdout, code)), ArarError);
      assertEquals([error.message, error.hints], [`cannot get the OIDC token of CircleCI: ${why}`, ["ask"]]);
    });
  }

  await t.step("says that it printed nothing", async () => {
    const error = await assertRejects(() => read(token, printing("\n")), ArarError);
    assertEquals(error.message, "the OIDC token of CircleCI is empty");
  });
});
