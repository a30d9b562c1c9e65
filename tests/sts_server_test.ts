/**
 * Owns the proof that the embedded STS knows its callers, checks signatures and speaks the protocol, with real clients.
 * Must not know arar.
 */
import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { denoFlags } from "./arar.ts";
import {
  ALICE,
  crowd,
  EXPIRED_SESSION,
  ROLE_SESSION,
  SAMPLE_CALLERS,
  sampleEnv,
  startSts,
  TERRAFORM_ROLE,
} from "./sts_server.ts";
import { assertRefused, assume, awsIdentity, REGION, skip, whoAmI } from "./sts_server/client.ts";

Deno.test("startSts() GetCallerIdentity", async (t) => {
  await t.step("names every kind of caller", async () => {
    await using sts = await startSts();
    const living = SAMPLE_CALLERS.filter((c) => c !== EXPIRED_SESSION);
    const answers = await Promise.all(living.map((c) => whoAmI(sts, c)));
    assertEquals(answers, living.map((caller) => caller.arn));
  });

  await t.step("is recorded as it was received", async () => {
    await using sts = await startSts();
    await whoAmI(sts, ROLE_SESSION);
    const [request] = sts.requests;
    assertEquals(sts.requests.length, 1);
    assertEquals(request?.action, "GetCallerIdentity");
    assertEquals(request?.params, {
      Action: "GetCallerIdentity",
      Version: "2011-06-15",
    });
    assertEquals(request?.region, REGION);
    assertEquals(request?.accessKeyId, ROLE_SESSION.accessKeyId);
    const token = request?.headers["x-amz-security-token"];
    assertEquals(token, ROLE_SESSION.sessionToken);
  });

  await t.step("answers a hundred callers at once", async () => {
    const users = crowd(100);
    await using sts = await startSts({ users });
    const answers = await Promise.all(users.map((user) => whoAmI(sts, user)));
    assertEquals(answers, users.map((user) => user.arn));
  });
});

Deno.test("startSts() sessions", async (t) => {
  await t.step("can sign", async () => {
    await using sts = await startSts();
    const session = await assume(sts, { RoleSessionName: "alice" });
    const arn = "arn:aws:sts::123456789012:assumed-role/terraform-role/alice";
    assertEquals(session.output.AssumedRoleUser, {
      Arn: arn,
      AssumedRoleId: `${TERRAFORM_ROLE.roleId}:alice`,
    });
    assertEquals(await whoAmI(sts, session), arn);
  });

  await t.step("last as long as asked for, or as the server was told", async () => {
    await using sts = await startSts({ clockOffsetSeconds: 600 });
    await using short = await startSts({ sessionSeconds: -1 });
    const { output } = await assume(sts, { DurationSeconds: 900 });
    const end = output.Credentials?.Expiration?.getTime() ?? 0;
    const serverNow = Date.parse(await dateOf(sts));
    assertEquals(Math.round((end - serverNow) / 60_000), 15);
    const late = await assume(short);
    await assertRefused(whoAmI(short, late), "ExpiredToken", 403, "expired");
  });

  await t.step("have secrets that a scan can find", async () => {
    await using sts = await startSts();
    const { secretAccessKey, sessionToken = "" } = await assume(sts);
    assertMatch(secretAccessKey, /SECRET.*[+/]/);
    assertMatch(sessionToken, /TOKEN.*[+/].*==$/);
    const known = sts.secrets();
    assert(known.includes(secretAccessKey) && known.includes(sessionToken));
    assert(known.includes(ALICE.secretAccessKey));
    assert(known.every((secret) => secret.length >= 40));
  });
});

async function dateOf(sts: { readonly url: string }): Promise<string> {
  const response = await fetch(sts.url, { method: "POST" });
  await response.body?.cancel();
  return response.headers.get("date") ?? "";
}

Deno.test("startSts() protocol", async (t) => {
  await t.step("answers errors in the shape of STS", async () => {
    await using sts = await startSts();
    const body = "Action=Fly&Version=2011-06-15";
    const response = await fetch(sts.url, { method: "POST", body });
    assertEquals(response.status, 400);
    assertEquals(response.headers.get("content-type"), "text/xml");
    assertMatch(
      await response.text(),
      /^<ErrorResponse xmlns="https:\/\/sts\.amazonaws\.com\/doc\/2011-06-15\/">\s*<Error>\s*<Type>Sender<\/Type>\s*<Code>InvalidAction<\/Code>\s*<Message>Could not find operation Fly for version 2011-06-15<\/Message>\s*<\/Error>\s*<RequestId>[0-9a-f-]{36}<\/RequestId>\s*<\/ErrorResponse>\s*$/,
    );
  });

  await t.step("wants a signature", async () => {
    await using sts = await startSts();
    const body = "Action=GetCallerIdentity&Version=2011-06-15";
    const response = await fetch(sts.url, { method: "POST", body });
    assertEquals(response.status, 403);
    assertStringIncludes(await response.text(), "MissingAuthenticationToken");
  });

  await t.step("serves the aws program", async (t) => {
    await using sts = await startSts();
    const said = await awsIdentity(sampleEnv(sts));
    if (said === undefined) return await skip(t, "no aws on PATH");
    assertEquals(said, { arn: ALICE.arn, stderr: "" });
  });
});

Deno.test("sts_server.ts by itself", async (t) => {
  await t.step("prints where it is and whom to be, and ends with its stdin", async () => {
    const child = new Deno.Command(Deno.execPath(), {
      args: ["run", ...denoFlags(), "-A", "--no-check", SERVER],
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

const SERVER = new URL("./sts_server.ts", import.meta.url).href;
