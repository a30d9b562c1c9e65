/**
 * Owns a TCP proxy that stands for a long, and perhaps slow, line: what is sent arrives half a round trip later, and the first
 * bytes wait for one more, as for TCP's handshake. All connections share the bandwidth; TCP's slow start is left out.
 */
import { setImmediate } from "node:timers";

/** What the line is like. */
export interface Line {
  readonly roundTripMs: number;
  /** Of what comes back; unlimited when absent. */
  readonly bitsPerSecond?: number;
}

/** A running proxy. */
export interface DelayProxy {
  readonly port: number;
  /** How many bytes have come back so far. */
  received(): number;
  stop(): void;
}

/** One direction of the line. */
interface Direction {
  readonly delay: number;
  readonly millisecondsPerByte: number;
  /** When the last byte so far has been sent. */
  free: number;
  bytes: number;
}

/** Listens on a free port of 127.0.0.1 and passes everything on to another. */
export function startDelayProxy(to: number, { roundTripMs, bitsPerSecond = Infinity }: Line): DelayProxy {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const delay = roundTripMs / 2;
  const out: Direction = { delay, millisecondsPerByte: 0, free: 0, bytes: 0 };
  const back: Direction = { delay, millisecondsPerByte: 8000 / bitsPerSecond, free: 0, bytes: 0 };
  void acceptAll(listener, to, out, back);
  return { port: listener.addr.port, received: () => back.bytes, stop: () => listener.close() };
}

async function acceptAll(listener: Deno.TcpListener, to: number, out: Direction, back: Direction): Promise<void> {
  for await (const client of listener) {
    void Deno.connect({ hostname: "127.0.0.1", port: to }).then((server) => {
      // Nagle's algorithm would add 40 ms here and there, which belong to no round trip.
      client.setNoDelay(true);
      server.setNoDelay(true);
      void pass(client, server, out, 2 * out.delay);
      void pass(server, client, back, 0);
    });
  }
}

async function pass(from: Deno.TcpConn, to: Deno.TcpConn, direction: Direction, handshake: number): Promise<void> {
  let written = Promise.resolve();
  let extra = handshake;
  for (;;) {
    const buffer = new Uint8Array(65536);
    const count = await from.read(buffer).catch(() => null);
    const sent = Math.max(performance.now(), direction.free) + (count ?? 0) * direction.millisecondsPerByte;
    direction.free = sent;
    direction.bytes += count ?? 0;
    const due = sent + direction.delay + extra;
    extra = 0;
    written = written.then(async () => {
      await until(due);
      if (count === null) await to.closeWrite();
      else await writeAll(to, buffer.subarray(0, count));
    }).catch(() => {});
    if (count === null) return;
    // No more is read than the line can carry.
    if (sent - performance.now() > AHEAD) await sleep(sent - performance.now() - AHEAD / 2);
  }
}

async function writeAll(to: Deno.TcpConn, bytes: Uint8Array): Promise<void> {
  for (let rest = bytes; rest.length > 0;) rest = rest.subarray(await to.write(rest));
}

/** Timers are a millisecond or two late, eight times in a run; so the last ones are waited out turn by turn. */
async function until(due: number): Promise<void> {
  const left = due - performance.now();
  if (left > SLACK) await sleep(left - SLACK);
  while (performance.now() < due) await new Promise((resolve) => setImmediate(resolve));
}

function sleep(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}

const SLACK = 3;
const AHEAD = 40;
