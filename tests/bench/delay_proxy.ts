/**
 * Owns a proxy of bytes that stands for a long way: what is sent arrives half a round trip later, and the first bytes wait for
 * one more, as for the handshake of TCP. Must not know what passes through.
 */
import { setImmediate } from "node:timers";

/** Listens on a free port of 127.0.0.1 and passes everything on to another; the result is its own port. */
export function startDelayProxy(to: number, roundTripMs: number): number {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  void acceptAll(listener, to, roundTripMs);
  return listener.addr.port;
}

async function acceptAll(listener: Deno.TcpListener, to: number, roundTripMs: number): Promise<void> {
  for await (const client of listener) {
    void Deno.connect({ hostname: "127.0.0.1", port: to }).then((server) => {
      // Nagle's algorithm would add 40 ms here and there, which are nobody's round trip.
      client.setNoDelay(true);
      server.setNoDelay(true);
      void pass(client, server, roundTripMs / 2, roundTripMs);
      void pass(server, client, roundTripMs / 2, 0);
    });
  }
}

async function pass(from: Deno.TcpConn, to: Deno.TcpConn, delay: number, handshake: number): Promise<void> {
  let written = Promise.resolve();
  let extra = handshake;
  for (;;) {
    const buffer = new Uint8Array(65536);
    const count = await from.read(buffer).catch(() => null);
    const due = performance.now() + delay + extra;
    extra = 0;
    written = written.then(async () => {
      await until(due);
      if (count === null) await to.closeWrite();
      else await writeAll(to, buffer.subarray(0, count));
    }).catch(() => {});
    if (count === null) return;
  }
}

async function writeAll(to: Deno.TcpConn, bytes: Uint8Array): Promise<void> {
  for (let rest = bytes; rest.length > 0;) rest = rest.subarray(await to.write(rest));
}

/** Timers are a millisecond or two late, eight times in a run; so the last ones are waited out turn by turn. */
async function until(due: number): Promise<void> {
  const left = due - performance.now();
  if (left > SLACK) await new Promise((resolve) => setTimeout(resolve, left - SLACK));
  while (performance.now() < due) await new Promise((resolve) => setImmediate(resolve));
}

const SLACK = 3;
