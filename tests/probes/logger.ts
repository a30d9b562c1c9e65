/** A command that logs the signals it gets, with or without arar. */
import { system } from "../../lib/system.ts";
import { HANG } from "../patience.ts";
import { endGroup, type Runner, start, type Surroundings } from "./programs.ts";

const SCRIPT = new URL("./logger.pl", import.meta.url).pathname;

/** How long a second copy of a signal may take, if the first one arrives at once. */
const SETTLE = 500;

/** A running logger. */
export interface Logger {
  /** The process that was started: the logger itself, or arar. */
  readonly pid: number;
  /** Resolves once it has got so many signals. */
  got(count: number): Promise<unknown>;
  /** Sends a signal to the process that was started, or to its whole group. */
  signal(signal: Deno.Signal, target: "alone" | "group"): void;
  /** Waits until a second copy of the last signal would have arrived. */
  settle(): Promise<void>;
  /** Ends it; returns the signals that it got, and the exit code of the started process. */
  end(): Promise<{ readonly signals: readonly string[]; readonly code: number }>;
}

/** Starts a logger, and waits until it has its handlers. */
export async function startLogger(runner: Runner, surroundings: Surroundings = {}): Promise<Logger> {
  const child = start(runner, ["perl", SCRIPT], surroundings);
  const limit = setTimeout(() => endGroup(child.pid), HANG);
  const output = readLines(child.stdout);
  const errors = new Response(child.stderr).text();
  const [ready = ""] = await output.first(1);
  let sent: number | undefined;
  let longest = 0;
  const settle = () => system.sleep(Math.max(SETTLE, 5 * longest));
  const logger = Number(/^ready (\d+)$/.exec(ready)?.[1]);
  if (!logger) throw new Error(`the logger did not start: ${ready} ${await errors}`);
  return {
    pid: child.pid,
    async got(count) {
      await output.first(1 + count);
      if (sent !== undefined) longest = Math.max(longest, performance.now() - sent);
      sent = undefined;
    },
    signal(signal, target) {
      sent = performance.now();
      Deno.kill(target === "group" ? -child.pid : child.pid, signal);
    },
    settle,
    async end() {
      await settle();
      Deno.kill(logger, "SIGALRM");
      const [{ code }, lines] = await Promise.all([child.status, output.all, errors]);
      clearTimeout(limit);
      return { signals: lines.slice(1, lines.indexOf("end")), code };
    },
  };
}

interface Lines {
  /** The first lines, once there are so many; fewer if the stream ends. */
  first(count: number): Promise<readonly string[]>;
  readonly all: Promise<readonly string[]>;
}

function readLines(stream: ReadableStream<Uint8Array<ArrayBuffer>>): Lines {
  let text = "";
  let isOver = false;
  let wake = Promise.withResolvers<void>();
  const lines = () => text.split("\n").slice(0, -1);
  const all = (async () => {
    for await (const part of stream.pipeThrough(new TextDecoderStream())) {
      text += part;
      wake.resolve();
      wake = Promise.withResolvers();
    }
    isOver = true;
    wake.resolve();
    return lines();
  })();
  return {
    async first(count) {
      while (!isOver && lines().length < count) await wake.promise;
      return lines().slice(0, count);
    },
    all,
  };
}
