/** HTTP/1.1 byte by byte, over connections that say what a test lets them say. */
import { assert, assertEquals, assertRejects } from "@std/assert";
import { ConnectionError } from "../../lib/aws/connection_error.ts";
import { exchange, type HttpRequest } from "../../lib/aws/exchange.ts";

const REQUEST: HttpRequest = {
  method: "POST",
  url: new URL("http://sts.example:8080/a%20b?c=d"),
  headers: { "x-latin": "caf\u00e9" },
  body: new TextEncoder().encode("é"),
};
const MOST = 1000;

/** Sends these pieces, one for each read, then ends; takes at most `room` bytes at once. */
function connectionOf(pieces: Iterable<string | Error>, room = Infinity) {
  const sent: number[] = [];
  const next = pieces[Symbol.iterator]();
  return {
    sent: () => new TextDecoder("latin1").decode(Uint8Array.from(sent)),
    write: (bytes: Uint8Array) => {
      sent.push(...bytes.subarray(0, room));
      return Promise.resolve(Math.min(bytes.length, room));
    },
    read: (into: Uint8Array) => {
      const { value } = next.next();
      if (value instanceof Error) return Promise.reject(value);
      if (value === undefined) return Promise.resolve(null);
      return Promise.resolve(new TextEncoder().encodeInto(value, into).written);
    },
  };
}

async function read(pieces: Iterable<string | Error>) {
  const { answer: { status, headers, body }, isReusable } = await exchange(connectionOf(pieces), REQUEST, MOST);
  return [status, { ...headers }, new TextDecoder().decode(body), isReusable];
}

const LONG = "a".repeat(999);
const OK = "HTTP/1.1 200 OK\r\n";

Deno.test("exchange() sends", async (t) => {
  const head = "POST /a%20b?c=d HTTP/1.1\r\nhost: sts.example:8080\r\nx-latin: caf\u00e9\r\ncontent-length: 2\r\n\r\n";
  for (const room of [Infinity, 7]) {
    await t.step(`the request, of which ${room} bytes are taken at once`, async () => {
      const connection = connectionOf([`${OK}content-length: 0\r\n\r\n`], room);
      await exchange(connection, REQUEST, MOST);
      assertEquals(connection.sent(), `${head}\u00c3\u00a9`);
    });
  }

  await t.step("no length with GET", async () => {
    const connection = connectionOf([`${OK}content-length: 0\r\n\r\n`]);
    await exchange(connection, { ...REQUEST, method: "GET", headers: {}, body: new Uint8Array() }, MOST);
    assertEquals(connection.sent(), "GET /a%20b?c=d HTTP/1.1\r\nhost: sts.example:8080\r\n\r\n");
  });
});

Deno.test("exchange() reads", async (t) => {
  const rows: readonly (readonly [string, string, readonly unknown[]])[] = [
    ["a body of a given length", `${OK}Content-Length: 3\r\nX-A:  1 \r\n\r\nabc`, [200, "abc", true]],
    ["no more than that", `${OK}Content-Length: 2\r\n\r\nabc`, [200, "ab", false]],
    ["a status without a reason", "HTTP/1.1 403\r\nContent-Length: 0\r\n\r\n", [403, "", true]],
    ["chunks", `${OK}Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n02;x=y\r\nde\r\n0\r\n\r\n`, [200, "abcde", true]],
    ["trailers", `${OK}Transfer-Encoding: chunked\r\n\r\n1\r\na\r\n0\r\nX: y\r\nZ: 1\r\n\r\n`, [200, "a", true]],
    ["a body that ends with the connection", `${OK}\r\nabc`, [200, "abc", false]],
    ["an answer without a body", "HTTP/1.1 204 No Content\r\n\r\n", [204, "", true]],
    ["an answer of HTTP/1.0", "HTTP/1.0 200 OK\r\nContent-Length: 1\r\n\r\na", [200, "a", false]],
    ["a farewell", `${OK}Connection: Close\r\nContent-Length: 1\r\n\r\na`, [200, "a", false]],
    [
      "past interim answers",
      `HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 \r\nA: b\r\n\r\n${OK}Content-Length: 1\r\n\r\na`,
      [
        200,
        "a",
        true,
      ],
    ],
  ];
  for (const [what, text, expected] of rows) {
    await t.step(what, async () => {
      const [status, , body, isReusable] = await read([text]);
      assertEquals([status, body, isReusable], expected);
    });

    await t.step(`${what}, byte by byte`, async () => {
      const [status, , body] = await read(text);
      // With one byte at a time, nothing is received beyond the answer.
      assertEquals([status, body], expected.slice(0, 2));
    });
  }

  await t.step("headers by lower-case name, repeated ones together", async () => {
    const [, headers] = await read([`${OK}Content-Length: 0\r\nX-A:\t1\r\nx-a: 2\r\n__proto__: 3\r\nb:\r\n\r\n`]);
    const expected = Object.fromEntries([["content-length", "0"], ["x-a", "1, 2"], ["__proto__", "3"], ["b", ""]]);
    assertEquals(headers, expected);
  });
});

Deno.test("exchange() refuses", async (t) => {
  function* endless(start: string, piece: string) {
    yield start;
    for (;;) yield piece;
  }
  const chunked = `${OK}Transfer-Encoding: chunked\r\n`;
  const rows: readonly (readonly [string, Iterable<string | Error>, ConnectionError["kind"]])[] = [
    ["another protocol", ["SSH-2.0-OpenSSH_9.2\r\n\r\n"], "malformed"],
    ["HTTP/2", ["HTTP/2 200\r\n\r\n"], "malformed"],
    ["a change of protocol", ["HTTP/1.1 101 Switching\r\n\r\n"], "malformed"],
    ["a status out of range", ["HTTP/1.1 999 \r\n\r\n"], "malformed"],
    ["a header without a colon", [`${OK}abc\r\n\r\n`], "malformed"],
    ["a folded header", [`${OK}a: b\r\n c\r\n\r\n`], "malformed"],
    ["a space before the colon", [`${OK}content-length : 1\r\n\r\na`], "malformed"],
    ["a lone line feed in a header", [`${OK}a: b\nc: d\r\n\r\n`], "malformed"],
    ["two lengths", [`${OK}content-length: 1\r\ncontent-length: 2\r\n\r\nab`], "malformed"],
    ["a negative length", [`${OK}content-length: -1\r\n\r\n`], "malformed"],
    ["a length beside chunks", [`${chunked}content-length: 1\r\n\r\n1\r\na\r\n0\r\n\r\n`], "malformed"],
    ["another transfer encoding", [`${OK}transfer-encoding: gzip, chunked\r\n\r\n`], "malformed"],
    ["a compressed body", [`${OK}content-encoding: gzip\r\ncontent-length: 0\r\n\r\n`], "malformed"],
    ["a chunk without a size", [`${chunked}\r\nxyz\r\n`], "malformed"],
    ["a chunk of a negative size", [`${chunked}\r\n-1\r\n`], "malformed"],
    ["a chunk that is longer than it says", [`${chunked}\r\n1\r\nab\r\n0\r\n\r\n`], "too-long"],
    ["a length that is too long", [`${OK}content-length: ${MOST + 1}\r\n\r\n`], "too-long"],
    ["a chunk that is too long", [`${chunked}\r\nffffffff\r\n`], "too-long"],
    ["chunks without end", endless(`${chunked}\r\n`, "1\r\na\r\n"), "too-long"],
    ["trailers without end", endless(`${chunked}\r\n0\r\n`, `a: ${LONG}\r\n`), "too-long"],
    ["a body without end", endless(`${OK}\r\n`, LONG), "too-long"],
    ["a head without end", endless(OK, `a: ${LONG}\r\n`), "too-long"],
    ["a status line without end", endless("HTTP/1.1 200 ", LONG), "too-long"],
    ["nothing at all", [], "unanswered"],
    ["a reset before the answer", [new Error("connection reset")], "unanswered"],
    ["an end in the head", ["HTTP/1.1 2"], "closed"],
    ["a reset in the head", ["HTTP/1.1 2", new Error("connection reset")], "closed"],
    ["an end in the body", [`${OK}content-length: 2\r\n\r\na`], "closed"],
    ["an end in a chunk", [`${chunked}\r\n2\r\na`], "closed"],
    ["an end before the last chunk", [`${chunked}\r\n1\r\na\r\n`], "closed"],
  ];
  for (const [what, pieces, kind] of rows) {
    await t.step(`${what}: ${kind}`, async () => {
      const error = await assertRejects(() => read(pieces), ConnectionError);
      assertEquals([error.kind, error.host], [kind, "sts.example:8080"]);
    });
  }

  await t.step("a request that nobody reads: unanswered", async () => {
    const write = () => Promise.reject(Object.assign(new Error("Broken pipe"), { code: "EPIPE" }));
    const sending = () => exchange({ ...connectionOf([]), write }, REQUEST, MOST);
    assert((await assertRejects(sending, ConnectionError)).kind === "unanswered");
  });
});
