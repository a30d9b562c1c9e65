/**
 * The embedded STS as a whole: its sessions, the form of its errors, and running as a program. The real clients in
 * `tests/clients` show that it implements the protocol.
 */
import { assert, assertEquals, assertMatch } from "@std/assert";
import { denoFlags } from "./arar.ts";
import { ALICE, sampleEnv, startSts } from "./sts_server.ts";
import { assertRefused, assume, whoAmI } from "./sts_server/client.ts";

Deno.test("startSts() sessions", async (t) => {
  await t.step("last as long as requested, by the server's clock, or as configured", async () => {
    await using sts = await startSts({ clockOffsetSeconds: 600 });
    const { output } = await assume(sts, { DurationSeconds: 900 });
    const end = output.Credentials?.Expiration?.getTime() ?? 0;
    assertEquals(Math.round((end - Date.parse(await dateOf(sts))) / 60_000), 15);
    await using short = await startSts({ sessionSeconds: -1 });
    await assertRefused(whoAmI(short, await assume(short)), "ExpiredToken", 403, "expired");
  });

  await t.step("have secrets that a scan can find", async () => {
    await using sts = await startSts();
    const { secretAccessKey, sessionToken = "" } = await assume(sts);
    assertMatch(secretAccessKey, /SECRET.*[+/]/);
    assertMatch(sessionToken, /TOKEN.*[+/].*==$/);
    const known = sts.secrets();
    assert(known.includes(secretAccessKey) && known.includes(sessionToken) && known.includes(ALICE.secretAccessKey));
    assert(known.every((secret) => secret.length >= 40));
  });
});

async function dateOf(sts: { readonly url: string }): Promise<string> {
  const response = await fetch(sts.url, { method: "POST" });
  await response.body?.cancel();
  return response.headers.get("date") ?? "";
}

Deno.test("startSts() errors", async (t) => {
  const bare = async (body: string) => {
    await using sts = await startSts();
    const response = await fetch(sts.url, { method: "POST", body: `${body}&Version=2011-06-15` });
    return [response.status, response.headers.get("content-type"), await response.text()] as const;
  };

  await t.step("look like those of STS", async () => {
    const [status, type, text] = await bare("Action=Fly<");
    assertEquals([status, type], [400, "text/xml"]);
    assertMatch(
      text,
      /^<ErrorResponse xmlns="https:\/\/sts\.amazonaws\.com\/doc\/2011-06-15\/">\s*<Error>\s*<Type>Sender<\/Type>\s*<Code>InvalidAction<\/Code>\s*<Message>Could not find operation Fly&lt; for version 2011-06-15<\/Message>\s*<\/Error>\s*<RequestId>[0-9a-f-]{36}<\/RequestId>\s*<\/ErrorResponse>\s*$/,
    );
  });

  await t.step("refuse an unsigned request", async () => {
    const [status, , text] = await bare("Action=GetCallerIdentity");
    assertEquals(status, 403);
    assertMatch(text, /<Code>MissingAuthenticationToken</);
  });
});

Deno.test("sts_server.ts as a program", async (t) => {
  await t.step("prints its URL and the environment to use, and ends with its stdin", async () => {
    const child = new Deno.Command(Deno.execPath(), {
      args: ["run", ...denoFlags(), "-A", "--no-check", new URL("./sts_server.ts", import.meta.url).href],
      stdin: "piped",
      stdout: "piped",
    }).spawn();
    const lines = child.stdout.pipeThrough(new TextDecoderStream()).getReader();
    const { url, env } = JSON.parse((await lines.read()).value ?? "");
    assertEquals(env, sampleEnv({ url }));
    assertEquals(await whoAmI({ url }, ALICE), ALICE.arn);
    await child.stdin.close();
    assertEquals((await child.status).code, 0);
    await lines.cancel();
  });
});
