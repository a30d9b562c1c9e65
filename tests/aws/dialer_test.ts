/** The one way out, over real sockets on 127.0.0.1. */
import { assert, assertEquals, assertRejects } from "@std/assert";
import {
  ConnectionError,
  createDialer,
  type DialerOptions,
  type DialRequest,
  isLoopback,
  limited,
} from "../../lib/aws/dialer.ts";
import { DeadlineError } from "../../lib/aws/explain.ts";
import { ArarError } from "../../lib/errors.ts";
import { clock } from "../../lib/system/clock.ts";
import { network } from "../../lib/system/network.ts";
import { HANG } from "../patience.ts";
import { skipUnless } from "../process/job.ts";
import { type ProxyMood, startProxy } from "../process/proxy.ts";
import { makeCertificates } from "../sts_server.ts";
import { type Handler, serve } from "../sts_server/http.ts";
import { fakeClock } from "./fake_clock.ts";

const MEGABYTE = 1024 * 1024;
const certificates = await makeCertificates();

function dialerWith(options: Partial<DialerOptions> = {}, system = {}) {
  return createDialer({ ...network, ...clock, ...system }, {
    caCerts: [],
    milliseconds: HANG,
    warn: () => {},
    ...options,
  });
}

/** Counts the connections and answers with the number of the connection. */
async function serveCounted(handler?: Handler) {
  const known = new Map<unknown, number>();
  const server = await serve((request, response, body) => {
    const { socket } = request;
    known.set(socket, known.get(socket) ?? known.size + 1);
    if (handler) return handler(request, response, body);
    response.end(`${request.method} ${request.url} ${new TextDecoder().decode(body)} on ${known.get(socket)}`);
  });
  return { ...server, connections: () => known.size };
}

function post(url: string, more: Partial<DialRequest> = {}): DialRequest {
  return { method: "POST", url: new URL(url), ...more };
}

async function failureOf(request: DialRequest, options: Partial<DialerOptions> = {}): Promise<ConnectionError> {
  using dialer = dialerWith(options);
  return await assertRejects(() => dialer.dial(request), ConnectionError);
}

Deno.test("dial()", async (t) => {
  await t.step("connects to the port of the URL, else of its scheme", async () => {
    const ports: unknown[] = [];
    const connect = ({ port }: { readonly port: number }) => {
      ports.push(port);
      return Promise.reject(new Error("refused"));
    };
    using dialer = dialerWith({}, { connect });
    for (const url of ["http://a.example/", "https://a.example/", "https://a.example:8443/"]) {
      await assertRejects(() => dialer.dial(post(url)), ConnectionError);
    }
    assertEquals(ports, [80, 443, 8443]);
  });

  await t.step("sends a request and returns the answer", async () => {
    await using server = await serve((request, response, body) => {
      response.writeHead(404, { "X-A": "b" }).end(`${request.method} ${request.headers["x-c"]} ${body.length}`);
    });
    using dialer = dialerWith();
    const { status, headers, body } = await dialer.dial(post(server.url, { headers: { "X-C": " d\n" }, body: "é" }));
    assertEquals([status, headers["x-a"], new TextDecoder().decode(body)], [404, "b", "POST d 2"]);
  });

  await t.step("uses a connection again, and several at once", async () => {
    await using server = await serveCounted();
    using dialer = dialerWith();
    const dial = async (path: string) =>
      new TextDecoder().decode((await dialer.dial(post(`${server.url}${path}`))).body);
    assertEquals([await dial("/a"), await dial("/b")], ["POST /a  on 1", "POST /b  on 1"]);
    await Promise.all([dial("/"), dial("/")]);
    assertEquals(server.connections(), 2);
  });

  await t.step("connects anew if the server has closed the connection meanwhile", async () => {
    const served = new Set<unknown>();
    await using server = await serveCounted(({ socket }, response) => {
      if (served.has(socket)) socket.destroy();
      else response.end("ok");
      served.add(socket);
    });
    using dialer = dialerWith();
    for (let i = 0; i < 3; i++) assertEquals((await dialer.dial(post(server.url))).status, 200);
    assertEquals(server.connections(), 3);
  });

  await t.step("uses no connection again that the server announces to close", async () => {
    await using server = await serveCounted((_, response) =>
      void response.writeHead(200, { connection: "close" }).end()
    );
    using dialer = dialerWith();
    for (let i = 0; i < 2; i++) await dialer.dial(post(server.url));
    assertEquals(server.connections(), 2);
  });

  for (const status of [300, 301, 302, 303, 307, 308]) {
    await t.step(`refuses a redirect (${status})`, async () => {
      await using server = await serveCounted((_, response) =>
        void response.writeHead(status, { location: "/b" }).end()
      );
      const { kind, message } = await failureOf(post(server.url));
      assertEquals([kind, message], [
        "redirect",
        `it answered with a redirect (HTTP ${status}), which is not followed`,
      ]);
    });
  }

  await t.step("bounds the answer", async () => {
    await using server = await serve((_, response) => void response.end(new Uint8Array(MEGABYTE + 1)));
    assertEquals((await failureOf(post(server.url))).kind, "too-long");
    using dialer = dialerWith();
    assertEquals((await dialer.dial(post(server.url, { mostBytes: 2 * MEGABYTE }))).body.length, MEGABYTE + 1);
  });

  for (const value of ["to\nken", "to\rken", "to\0ken", "to\u{1f511}ken", "to\u007fken"]) {
    await t.step(`sends no header ${JSON.stringify(value)}, and does not show it`, async () => {
      await using server = await serveCounted();
      const { kind, message } = await failureOf(post(server.url, { headers: { Authorization: `Bearer ${value}` } }));
      assertEquals([kind, message, server.connections()], [
        "unsendable",
        "its header authorization has a line break or another character that cannot be sent",
        0,
      ]);
    });
  }
});

Deno.test("dial() gives up", async (t) => {
  await t.step("if nothing listens, or there is no such host", async () => {
    const server = await serve(() => {});
    await server.stop();
    const { kind, host, $retryable } = await failureOf(post(server.url));
    assertEquals([kind, host, $retryable], ["refused", `127.0.0.1:${server.port}`, { throttling: false }]);
    assertEquals((await failureOf(post("https://sts.arar.invalid/"))).kind, "dns");
  });

  for (const bytes of ["HTTP/1.1 200", ""]) {
    await t.step(`if the server goes away after ${JSON.stringify(bytes)}`, async () => {
      await using server = await serve((request) => void request.socket.end(bytes));
      assertEquals((await failureOf(post(server.url))).kind, bytes ? "closed" : "unanswered");
    });
  }

  await t.step("after the time of an attempt, and leaves neither timer nor connection", async () => {
    const closed = Promise.withResolvers<void>();
    const asked = Promise.withResolvers<void>();
    await using server = await serve((request) => {
      request.socket.on("close", () => closed.resolve());
      asked.resolve();
    });
    const time = fakeClock();
    using dialer = dialerWith({ milliseconds: 5000 }, time);
    const failing = assertRejects(() => dialer.dial(post(server.url)), ConnectionError);
    await asked.promise;
    await time.advance(5000);
    const { kind, message } = await failing;
    assertEquals([kind, message, time.timers()], ["timeout", "nothing within 5 s", []]);
    await closed.promise;
  });

  await t.step("when its signal is aborted, with the signal's reason", async () => {
    const asked = Promise.withResolvers<void>();
    await using server = await serve(() => asked.resolve());
    using dialer = dialerWith();
    const controller = new AbortController();
    const dialing = assertRejects(() => dialer.dial(post(server.url), controller.signal), RangeError, "stopped");
    await asked.promise;
    controller.abort(new RangeError("stopped"));
    await dialing;
    await assertRejects(() => dialer.dial(post(server.url), controller.signal), RangeError, "stopped");
  });

  await t.step("if Deno denies permission", async () => {
    const denied = { connect: () => Promise.reject(Object.assign(new Error("Requires net"), { name: "NotCapable" })) };
    using dialer = dialerWith({}, denied);
    assertEquals(
      (await assertRejects(() => dialer.dial(post("http://[::1]/")), ConnectionError)).kind,
      "not-permitted",
    );
  });
});

Deno.test("prepare()", async (t) => {
  await t.step("connects, for the first request to take over", async () => {
    await using server = await serveCounted();
    let connects = 0;
    using dialer = dialerWith({}, {
      connect: (destination: Parameters<typeof network.connect>[0]) => {
        connects += 1;
        return network.connect(destination);
      },
    });
    dialer.prepare(new URL(`${server.url}/x`));
    dialer.prepare(new URL(server.url));
    assertEquals(connects, 1);
    for (let i = 0; i < 2; i++) await dialer.dial(post(server.url));
    assertEquals([connects, server.connections()], [1, 1]);
  });

  await t.step("leaves a failure to the first request, and nothing open", async () => {
    const server = await serve(() => {});
    await server.stop();
    using dialer = dialerWith();
    dialer.prepare(new URL(server.url));
    assertEquals((await assertRejects(() => dialer.dial(post(server.url)), ConnectionError)).kind, "refused");
    await using silent = await serve(() => {});
    dialer.prepare(new URL(silent.url));
  });

  await t.step("does nothing if there is a proxy", () => {
    const proxyOf = () => ({ from: "HTTPS_PROXY", url: new URL("http://127.0.0.1:1"), mayBeBypassed: false });
    using dialer = dialerWith({}, { proxyOf, connect: () => Promise.reject(new Error("no connection is opened")) });
    dialer.prepare(new URL("https://sts.example"));
  });
});

Deno.test("dial() warns of cleartext", async (t) => {
  await t.step("once for each host, of requests and of connections ahead", async () => {
    const warned: string[] = [];
    using dialer = dialerWith({ warn: (message) => void warned.push(message) }, {
      connect: () => Promise.reject("no"),
    });
    dialer.prepare(new URL("http://sts.example/?secret"));
    for (
      const url of ["http://sts.example/a", "http://localhost:1/", "https://sts.example/", "http://issuer.example:80"]
    ) {
      await assertRejects(() => dialer.dial(post(url)), ConnectionError);
    }
    await assertRejects(() => dialer.dial(post("http://metadata.example", { direct: true })), ConnectionError);
    assertEquals(
      warned,
      ["http://sts.example", "http://issuer.example"].map((origin) =>
        `requests to ${origin} are not encrypted: anyone on the network path can read them`
      ),
    );
  });

  const rows = [
    [
      true,
      "http://localhost:8080 http://LOCALHOST http://127.0.0.1:5000 http://127.1.2.3 http://127.1 http://[::1]:80/",
    ],
    [false, "http://sts.example http://[::2] http://localhost.example http://127.0.0.1.example http://192.168.0.1"],
    [false, "http://0.0.0.0"],
  ] as const;
  for (const [expected, urls] of rows) {
    await t.step(`${expected ? "not " : ""}for ${urls}`, () => {
      assertEquals(urls.split(" ").map((url) => isLoopback(new URL(url))), urls.split(" ").map(() => expected));
    });
  }
});

Deno.test({
  name: "dial() over TLS",
  ignore: skipUnless(certificates !== undefined, "no openssl on PATH to make certificates with"),
  fn: async (t) => {
    await using _certificates = certificates;
    if (!certificates) return;
    const { valid, wrongHost, expired } = certificates;
    const caCerts = [await Deno.readTextFile(certificates.caFile)];

    const rows = [["unknown-authority", valid, []], ["wrong-host", wrongHost, caCerts], [
      "expired-certificate",
      expired,
      caCerts,
    ]] as const;
    for (const [kind, tls, caCerts] of rows) {
      await t.step(`refuses: ${kind}`, async () => {
        await using server = await serve((_, response) => void response.end("ok"), { tls });
        assertEquals((await failureOf(post(server.url), { caCerts })).kind, kind);
      });
    }

    await t.step("refuses a server that does not speak it", async () => {
      using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
      const answering = listener.accept().then(async (plain) => {
        await plain.write(new TextEncoder().encode("HTTP/1.1 400 Bad Request\r\n\r\n"));
        return plain;
      });
      assertEquals((await failureOf(post(`https://127.0.0.1:${listener.addr.port}`))).kind, "tls");
      (await answering).close();
    });
  },
});

Deno.test({
  name: "dial() through a proxy",
  ignore: skipUnless(certificates !== undefined, "no openssl on PATH to make certificates with"),
  fn: async (t) => {
    await using certificates = await makeCertificates();
    if (!certificates) return;
    const caCerts = [await Deno.readTextFile(certificates.caFile)];
    const through = async (mood: ProxyMood, handler: Handler, proxyUrl = (host: string) => `http://${host}`) => {
      await using server = await serve(handler, { tls: certificates.valid });
      await using proxy = startProxy(mood);
      const used = { from: "HTTPS_PROXY", url: new URL(proxyUrl(proxy.host)), mayBeBypassed: false };
      using dialer = dialerWith({ caCerts }, { proxyOf: () => used });
      const result = await dialer.dial(post(server.url, { body: "é", headers: { a: "b" } })).catch((error) => error);
      assert(proxy.targets.every((target) => target === `127.0.0.1:${server.port}`));
      return { result, asked: proxy.targets.length };
    };

    await t.step("sends a request and returns the answer", async () => {
      const { result, asked } = await through({ password: "robot:a b" }, (request, response, body) => {
        response.writeHead(403, { "X-A": "b" }).end(`${request.method} ${request.headers.a} ${body.length}`);
      }, (host) => `http://robot:a%20b@${host}`);
      const { status, headers, body } = result;
      assertEquals([asked, status, headers["x-a"], new TextDecoder().decode(body)], [1, 403, "b", "POST b 2"]);
    });

    const rows: readonly (readonly [string, ProxyMood, Handler])[] = [
      ["proxy-refused", "refusing", () => {}],
      ["proxy-authentication", { password: "robot:secret" }, () => {}],
      ["too-long", "working", (_, response) => void response.end(new Uint8Array(MEGABYTE + 1))],
      ["redirect", "working", (_, response) => void response.writeHead(307, { location: "/" }).end()],
    ];
    for (const [kind, mood, handler] of rows) {
      await t.step(`fails: ${kind}`, async () => assertEquals((await through(mood, handler)).result.kind, kind));
    }

    await t.step("fails: refused, by the proxy itself", async () => {
      const { result } = await through("working", () => {}, () => "http://127.0.0.1:2");
      const { kind, options: { proxy } } = result;
      assertEquals([kind, proxy], ["refused", { host: "127.0.0.1:2", from: "HTTPS_PROXY", mayBeBypassed: false }]);
    });
  },
});

Deno.test("dial() chooses a proxy", async (t) => {
  await t.step("for none of what is on this machine", async () => {
    await using server = await serveCounted();
    const proxyOf = () => ({ from: "HTTP_PROXY", url: new URL("http://127.0.0.1:2"), mayBeBypassed: false });
    using dialer = dialerWith({}, { proxyOf });
    assertEquals((await dialer.dial(post(server.url))).status, 200);
    const port = { port: Number(server.port), hostname: "127.0.0.1" };
    const elsewhere = {
      connect: (to: object) => network.connect({ secure: false, caCerts: [], ...to, ...port }),
      proxyOf,
    };
    using direct = dialerWith({}, elsewhere);
    assertEquals((await direct.dial(post("http://metadata.example/", { direct: true }))).status, 200);
  });

  await t.step("but refuses one that Deno cannot use, without its value", async () => {
    using dialer = dialerWith({}, { proxyOf: () => ({ from: "https_proxy", mayBeBypassed: false }) });
    const error = await assertRejects(() => dialer.dial(post("https://sts.example")), ArarError);
    assertEquals(error.message, "https_proxy is not a proxy URL; expected one such as http://proxy.example:3128");
  });
});

const forever = () => new Promise<never>(() => {});

Deno.test("limited()", async (t) => {
  const limit = { milliseconds: 30_000, tooLate: () => new DeadlineError(30) };

  await t.step("returns what the work returns, throws what it throws, and leaves no timer", async () => {
    const clock = fakeClock();
    assertEquals(await limited(clock, limit, () => Promise.resolve("done")), "done");
    await assertRejects(() => limited(clock, limit, () => Promise.reject(new RangeError("no"))), RangeError, "no");
    assertEquals(clock.timers(), []);
  });

  await t.step("gives up when the time is up, not before, and aborts the work with the same error", async () => {
    const clock = fakeClock();
    const aborted: unknown[] = [];
    const working = limited(clock, limit, (signal) => {
      signal.addEventListener("abort", () => aborted.push(signal.reason));
      return forever();
    });
    const failing = assertRejects(() => working, DeadlineError, "no answer within 30 s");
    await clock.advance(29_999);
    assertEquals(aborted, []);
    await clock.advance(1);
    assertEquals([await failing], aborted);
    assertEquals(clock.timers(), []);
  });

  await t.step("gives up when the signal is aborted, also before it begins", async () => {
    const clock = fakeClock();
    const stop = new AbortController();
    const { signal } = stop;
    const failing = assertRejects(() => limited(clock, { ...limit, signal }, forever), RangeError, "stopped");
    stop.abort(new RangeError("stopped"));
    await failing;
    let begun = false;
    const work = () => Promise.resolve(void (begun = true));
    await assertRejects(() => limited(clock, { ...limit, signal }, work), RangeError, "stopped");
    assertEquals([begun, clock.timers()], [false, []]);
  });
});
