/**
 * Owns the proof that each fault looks on the wire as its name says, seen by a bare fetch or a bare connection.
 * Must not know arar or the SDK's opinion of a fault.
 */
import { assert, assertEquals, assertMatch, assertRejects, assertStringIncludes } from "@std/assert";
import { type Fault, startSts, type StsServer } from "../sts_server.ts";
import { ask } from "./ask.ts";

async function askWith(fault: Fault): Promise<{ status: number; type: string | null; text: string }> {
  await using sts = await startSts({ faults: [fault] });
  const response = await ask(sts);
  const text = await response.text();
  const type = response.headers.get("content-type");
  return { status: response.status, type, text };
}

const WHOLE =
  /^<AssumeRoleWithWebIdentityResponse [^]*<SessionToken>[^<]+<[^]*<\/AssumeRoleWithWebIdentityResponse>\s*$/;

Deno.test("send() with a fault in the answer", async (t) => {
  await t.step("sends the right answer where there is none", async () => {
    await using sts = await startSts();
    const response = await ask(sts);
    assertEquals(response.status, 200);
    assertMatch(await response.text(), WHOLE);
  });

  await t.step("throttles", async () => {
    const { status, text } = await askWith({ kind: "throttle" });
    assertEquals(status, 400);
    assertMatch(text, /<Code>Throttling<\/Code>\s*<Message>Rate exceeded</);
  });

  await t.step("answers any STS error, its text escaped", async () => {
    const message = 'a "b" & <c>';
    const error = { kind: "error", code: "Odd", message, status: 503 } as const;
    const { status, text } = await askWith(error);
    assertEquals(status, 503);
    assertStringIncludes(text, "<Type>Receiver</Type>");
    assertStringIncludes(text, "<Code>Odd</Code>");
    assertStringIncludes(text, "a &quot;b&quot; &amp; &lt;c&gt;</Message>");
  });

  await t.step("answers HTML", async () => {
    const { status, type, text } = await askWith({ kind: "html", status: 503 });
    assertEquals([status, type], [503, "text/html"]);
    assertStringIncludes(text, "<h1>503</h1>");
  });

  await t.step("answers with another content type", async () => {
    const contentType = "application/json";
    const { type, text } = await askWith({ kind: "contentType", contentType });
    assertEquals(type, contentType);
    assertMatch(text, WHOLE);
  });

  await t.step("redirects", async () => {
    for (const status of [301, 302, 303, 307, 308] as const) {
      const location = "http://127.0.0.1:1/elsewhere";
      const faults = [{ kind: "redirect", status, location }] as const;
      await using sts = await startSts({ faults });
      const response = await ask(sts);
      await response.body?.cancel();
      assertEquals(response.status, status);
      assertEquals(response.headers.get("location"), location);
    }
  });
});

Deno.test("send() with a spoilt body", async (t) => {
  await t.step("cuts the XML", async () => {
    const { status, text } = await askWith({ kind: "truncated" });
    assertEquals(status, 200);
    assertMatch(text, /^<AssumeRoleWithWebIdentityResponse /);
    assert(!text.includes("</AssumeRoleWithWebIdentityResponse>"));
  });

  await t.step("answers what is not XML", async () => {
    const { text } = await askWith({ kind: "notXml" });
    assertEquals(text, "this is not XML: {");
  });

  await t.step("declares entities and uses the last", async () => {
    const { text } = await askWith({ kind: "entities" });
    assertStringIncludes(text, '<!ENTITY f "&e;&e;');
    assertStringIncludes(text, "<Lol>&f;</Lol>");
  });

  await t.step("adds as much text as asked for", async () => {
    const bytes = 10_000_000;
    const { text } = await askWith({ kind: "hugeText", bytes });
    assert(text.length > bytes);
    assertMatch(text.slice(0, 1500), /<SessionToken>/);
  });

  await t.step("leaves elements out", async () => {
    const elements = ["SessionToken", "Expiration"];
    const { text } = await askWith({ kind: "missing", elements });
    assertStringIncludes(text, "<AccessKeyId>");
    assert(!/SessionToken|Expiration/.test(text));
  });

  await t.step("issues credentials that ran out", async () => {
    const { text } = await askWith({ kind: "expiredCredentials" });
    const [, date = ""] = /<Expiration>([^<]+)</.exec(text) ?? [];
    assert(Date.parse(date) < Date.now(), date);
  });
});

Deno.test("send() with a broken connection", async (t) => {
  await t.step("never answers, and stop() ends that", async () => {
    for (const kind of ["hang", "hangMidBody"] as const) {
      const sts = await startSts({ faults: [{ kind }] });
      const asked = ask(sts).then((response) => response.text());
      const ended = assertRejects(() => asked, TypeError);
      while (sts.requests.length === 0) await nextTurn();
      await sts.stop();
      await ended;
    }
  });

  await t.step("sends headers before it hangs in the middle", async () => {
    await using sts = await startSts({ faults: [{ kind: "hangMidBody" }] });
    const response = await ask(sts);
    const length = Number(response.headers.get("content-length"));
    const reader = response.body?.getReader();
    const first = await reader?.read();
    assert((first?.value?.length ?? 0) > 0);
    assert((first?.value?.length ?? length) < length);
    await reader?.cancel();
  });

  await t.step("resets before the answer", async () => {
    await using sts = await startSts({ faults: [{ kind: "reset" }] });
    assertEquals(await readRaw(sts), { text: "", end: "ConnectionReset" });
  });

  await t.step("resets in the middle of the answer", async () => {
    await using sts = await startSts({ faults: [{ kind: "resetMidBody" }] });
    const { text, end } = await readRaw(sts);
    assertMatch(text, /^HTTP\/1\.1 400 [^]*\r\n\r\n<ErrorResponse /);
    assert(!text.includes("</ErrorResponse>"));
    assertEquals(end, "ConnectionReset");
  });

  await t.step("closes in the middle of the answer", async () => {
    await using sts = await startSts({ faults: [{ kind: "halfBody" }] });
    const { text, end } = await readRaw(sts);
    assertMatch(text, /^HTTP\/1\.1 400 [^]*\r\n\r\n<ErrorResponse /);
    assert(!text.includes("</ErrorResponse>"));
    assertEquals(end, "closed");
  });
});

/** Deno's fetch asks again where a connection is reset, so this goes below it. */
async function readRaw(sts: StsServer): Promise<{ readonly text: string; readonly end: string }> {
  using connection = await Deno.connect({
    hostname: "127.0.0.1",
    port: sts.port,
  });
  const request = "POST / HTTP/1.1\r\nhost: sts\r\ncontent-length: 0\r\n\r\n";
  await connection.write(new TextEncoder().encode(request));
  const buffer = new Uint8Array(65536);
  let text = "";
  try {
    for (;;) {
      const length = await connection.read(buffer);
      if (length === null) return { text, end: "closed" };
      text += new TextDecoder().decode(buffer.subarray(0, length));
    }
  } catch (error) {
    return { text, end: error instanceof Error ? error.name : String(error) };
  }
}

function nextTurn(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, 5));
}
