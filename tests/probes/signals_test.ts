/**
 * Compares the signals that a command gets with and without arar: sent to arar alone, and to its whole process group.
 */
import { assertEquals } from "@std/assert";
import { system } from "../../lib/system.ts";
import { denoFlags } from "../arar.ts";
import { skipUnless } from "../process/job.ts";
import { AT_ONCE, secondsOf, until } from "../patience.ts";
import { startSts, type StsServer } from "../sts_server.ts";
import type { Way } from "./allowed_differences.ts";
import { has, isLinux } from "./have.ts";
import { startLogger } from "./logger.ts";
import {
  endGroup,
  finish,
  handOverNarrowly,
  isCompiled,
  run,
  type Runner,
  start,
  type Surroundings,
  wholeProgram,
} from "./programs.ts";

const LINUX = isLinux("signals to a process group");
const SIGNALS = ["SIGHUP", "SIGINT", "SIGQUIT", "SIGTERM", "SIGUSR1", "SIGUSR2"] as const;
const TARGETS = ["alone", "group"] as const;
const RUNNERS: readonly Runner[] = ["bare", "spawn", "exec"];
const TIMEOUT = has("timeout");

/** The words that run a program in this folder. */
function program(name: string): readonly string[] {
  const path = new URL(name, import.meta.url).pathname;
  return [Deno.execPath(), "run", "--quiet", ...denoFlags(), "-A", path];
}

type Signal = typeof SIGNALS[number];
type Target = typeof TARGETS[number];

/** SIGUSR1 to arar alone is not relayed under `deno run`, where it would open a debugger: an allowed difference. */
function expected(runner: Runner, target: Target, signal: Signal): readonly Signal[] {
  return runner === "spawn" && target === "alone" && signal === "SIGUSR1" && !isCompiled() ? [] : [signal];
}

async function oneSignal(runner: Runner, target: Target, signal: Signal, surroundings: Surroundings) {
  const logger = await startLogger(runner, surroundings);
  logger.signal(signal, target);
  await logger.got(expected(runner, target, signal).length);
  return { ...await logger.end(), signal, target };
}

Deno.test({
  name: "a signal",
  ignore: !has("perl"),
  async fn(t) {
    await Promise.all([
      ...RUNNERS.flatMap((runner) =>
        TARGETS.map((target) =>
          t.step({
            ...AT_ONCE,
            name: `to ${target === "alone" ? "arar alone" : "its group"} reaches the command once, ${
              runner === "bare" ? "as without arar" : `by ${runner}`
            }`,
            fn: async () => {
              await using sts = await startSts();
              const runs = SIGNALS.map((signal) => oneSignal(runner, target, signal, wholeProgram(sts)));
              assertEquals(
                (await Promise.all(runs)).map(({ signal, signals, code }) => ({ signal, signals, code })),
                SIGNALS.map((signal) => ({ signal, signals: expected(runner, target, signal), code: 7 })),
              );
            },
          })
        )
      ),
      ...(["spawn", "exec"] as const).flatMap((way) => [
        t.step({
          ...AT_ONCE,
          name: `after another reaches the command, to arar alone and to its group in turn, by ${way}`,
          fn: async () => {
            const logger = await startLogger(way);
            const sent = ["SIGINT", "SIGTERM", "SIGINT", "SIGINT", "SIGTERM"] as const;
            for (const [index, signal] of sent.entries()) {
              logger.signal(signal, index % 2 === 0 ? "group" : "alone");
              await logger.got(index + 1);
              await logger.settle();
            }
            assertEquals((await logger.end()).signals, [...sent]);
          },
        }),
      ]),
      t.step({
        ...AT_ONCE,
        name: "reaches the command once if arar may only run commands",
        fn: async () => {
          const logger = await startLogger("spawn", { handOver: handOverNarrowly });
          for (const [index, target] of (["group", "alone", "group", "alone"] as const).entries()) {
            logger.signal("SIGTERM", target);
            await logger.got(index + 1);
            await logger.settle();
          }
          assertEquals((await logger.end()).signals, ["SIGTERM", "SIGTERM", "SIGTERM", "SIGTERM"]);
        },
      }),
      t.step({
        ...AT_ONCE,
        name: "that the caller ignores reaches a command with a handler",
        ignore: !LINUX,
        fn: async () => {
          await Promise.all(RUNNERS.map(async (runner) => {
            const logger = await startLogger(runner, { setup: "trap '' HUP INT TERM" });
            // Until the command has inherited that, arar ignores them, too.
            await waitFor(() => isCaught(logger.pid, SIGINT), Boolean);
            logger.signal("SIGINT", "alone");
            await logger.got(1);
            await logger.settle();
            logger.signal("SIGTERM", "group");
            await logger.got(2);
            const { signals } = await logger.end();
            assertEquals([runner, ...signals], [runner, "SIGINT", "SIGTERM"]);
          }));
        },
      }),
    ]);

    // Not at once with others, since it measures how long arar takes to start.
    for (const way of ["spawn", "exec"] as const) {
      await t.step({
        name: `from \`timeout\` reaches the command once, by ${way}`,
        ignore: !TIMEOUT,
        fn: async () => {
          await using sts = await startSts();
          assertEquals(await underTimeout(way, sts), { signals: ["SIGTERM"], code: 124 });
        },
      });
    }
  },
});

Deno.test({
  name: "a signal to the group just before the command starts",
  ignore: !LINUX,
  async fn(t) {
    await t.step("is never lost", async () => {
      const { stdout } = await run("spawn", ["50"], { handOver: () => program("aimed.ts") });
      assertEquals(stdout, "lost 0\n");
    });
  },
});

/** `timeout` signals the process that it has started and then its whole group. */
async function underTimeout(way: Way, sts: StsServer) {
  const surroundings = wholeProgram(sts);
  const starting = startLogger(way, surroundings);
  const pace = await secondsOf(() => starting);
  await (await starting).end();
  const logger = await startLogger(way, {
    ...surroundings,
    setup: `set -- timeout -s TERM ${Math.max(2, Math.ceil(10 * pace))} "$@"`,
  });
  await logger.got(1);
  const { signals, code } = await logger.end();
  return { signals, code };
}

Deno.test({
  name: "process 1 of a container",
  ignore: !LINUX || !has("unshare", ["--pid", "--fork", "--mount-proc", "true"]),
  async fn(t) {
    await t.step("stops its command on SIGTERM", async () => {
      await using sts = await startSts();
      const child = start("spawn", ["sh", "-c", "trap 'exit 5' TERM; echo ready; while :; do sleep 0.1; done"], {
        ...wholeProgram(sts),
        setup: 'set -- unshare --pid --fork --mount-proc "$@"',
      });
      // The kernel discards signals that process 1 does not handle, so arar must have its handler.
      const [arar = 0] = await waitFor(() => childrenOf(child.pid), (pids) => pids.length === 1);
      const commands = await waitFor(() => childrenOf(arar), (pids) => pids.length === 2);
      await waitFor(() => isCaught(arar, SIGTERM), Boolean);
      await waitFor(
        async () => (await Promise.all(commands.map((pid) => isCaught(pid, SIGTERM)))).some(Boolean),
        Boolean,
      );
      Deno.kill(arar, "SIGTERM");
      const { status, stdout } = await finish(child);
      assertEquals([status.code, stdout], [5, "ready\n"]);
    });

    for (const [signal, code] of [["SIGHUP", 129], ["SIGINT", 130], ["SIGTERM", 143]] as const) {
      await t.step(`ends with ${code} on ${signal} while it waits for STS`, async () => {
        await using sts = await startSts({ faults: [{ kind: "hang" }] });
        const child = start("spawn", ["echo", "started"], {
          ...wholeProgram(sts),
          setup: 'set -- unshare --pid --fork --mount-proc "$@"',
        });
        await waitFor(() => Promise.resolve(sts.requests.length), (count) => count === 1);
        const [arar = 0] = await childrenOf(child.pid);
        Deno.kill(arar, signal);
        const { status, stdout, stderr } = await finish(child);
        assertEquals([status.code, status.signal, stdout, stderr], [code, null, "", ""]);
      });
    }
  },
});

Deno.test({
  name: "SIGKILL",
  ignore: !LINUX,
  async fn(t) {
    await t.step("to the group leaves no process behind", async () => {
      const child = start("spawn", ["sleep", "300"]);
      const members = await waitFor(() => membersOf(child.pid), (pids) => pids.length === 3);
      Deno.kill(-child.pid, "SIGKILL");
      const { status } = await finish(child);
      assertEquals([members.length, status.signal], [3, "SIGKILL"]);
      assertEquals(await waitFor(() => membersOf(child.pid), (pids) => pids.length === 0), []);
    });

    await t.step("to arar alone ends the canary, too", async () => {
      const child = start("spawn", ["sleep", "300"]);
      await waitFor(() => membersOf(child.pid), (pids) => pids.length === 3);
      Deno.kill(child.pid, "SIGKILL");
      await child.status;
      // The command keeps running, which is an allowed difference.
      assertEquals((await waitFor(() => membersOf(child.pid), (pids) => pids.length === 1)).length, 1);
      endGroup(child.pid);
      await finish(child);
    });
  },
});

Deno.test({
  name: "a bug in arar",
  ignore: !LINUX,
  async fn(t) {
    await t.step("does not end the command", async () => {
      const outlive = "while kill -0 $PPID; do sleep 0.05; done 2>/dev/null; echo still there";
      const child = start("spawn", ["sh", "-c", outlive], { handOver: () => program("crash.ts") });
      const { status, stdout } = await finish(child);
      assertEquals([status.code, stdout], [1, "still there\n"]);
    });
  },
});

Deno.test({
  name: "SIGUSR1",
  ignore: !LINUX || skipUnless(hasDebugger(), "only Deno 2.9.2 and newer open a debugger on SIGUSR1"),
  async fn(t) {
    await t.step("opens no debugger", async () => {
      const child = start("spawn", ["sleep", "300"]);
      const members = await waitFor(() => membersOf(child.pid), (pids) => pids.length === 3);
      // Deno catches the signal from half a second after its start. Another Deno, started later, shows when that time
      // is over.
      const pace = await secondsOf(untilDenoCatches);
      Deno.kill(child.pid, "SIGUSR1");
      await system.sleep(1000 * pace);
      assertEquals(listeningSockets(child.pid), []);
      assertEquals((await membersOf(child.pid)).length, members.length);
      Deno.kill(-child.pid, "SIGTERM");
      assertEquals((await finish(child)).stderr, "");
    });
  },
});

/** https://github.com/denoland/deno/pull/35738 */
function hasDebugger(): boolean {
  const [major = 0, minor = 0, patch = 0] = Deno.version.deno.split(".").map(Number);
  return major > 2 || minor > 9 || minor === 9 && patch >= 2;
}

/** Waits until a Deno that is started now would open a debugger on SIGUSR1. */
async function untilDenoCatches(): Promise<void> {
  const code = "setTimeout(() => {}, 300_000)";
  const deno = new Deno.Command(Deno.execPath(), { args: ["eval", "--no-config", code], stdin: "null" }).spawn();
  await waitFor(() => isCaught(deno.pid, SIGUSR1), Boolean);
  deno.kill("SIGKILL");
  await deno.status;
}

/** Process ids in a process group that are not zombies. */
async function membersOf(group: number): Promise<readonly number[]> {
  const found: number[] = [];
  for await (const { name } of Deno.readDir("/proc")) {
    if (!/^\d+$/.test(name)) continue;
    const stat = await Deno.readTextFile(`/proc/${name}/stat`).catch(() => "");
    const [state, , pgrp] = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    if (Number(pgrp) === group && state !== "Z") found.push(Number(name));
  }
  return found;
}

async function childrenOf(pid: number): Promise<readonly number[]> {
  const children = await Deno.readTextFile(`/proc/${pid}/task/${pid}/children`).catch(() => "");
  return children.split(" ").filter((child) => child !== "").map(Number);
}

/** The value, once it is the wanted one. */
async function waitFor<T>(read: () => Promise<T>, isWanted: (value: T) => boolean): Promise<T> {
  const { value } = await until(async () => {
    const value = await read();
    return isWanted(value) ? { value } : undefined;
  });
  return value;
}

/** Numbers of signals: signal(7). */
const [SIGINT, SIGUSR1, SIGTERM] = [2, 10, 15];

/** Whether the process has a handler for the signal: proc_pid_status(5). */
async function isCaught(pid: number, signal: number): Promise<boolean> {
  const status = await Deno.readTextFile(`/proc/${pid}/status`).catch(() => "");
  const caught = BigInt(`0x${/^SigCgt:\s*(\w+)/m.exec(status)?.[1] ?? "0"}`);
  return (caught >> BigInt(signal - 1) & 1n) === 1n;
}

/** Inodes of the process's sockets that listen: proc_pid_net(5), state 0A. */
function listeningSockets(pid: number): string[] {
  const listening = ["tcp", "tcp6"].flatMap((table) =>
    Deno.readTextFileSync(`/proc/${pid}/net/${table}`).split("\n").map((line) => line.trim().split(/\s+/))
  ).filter((columns) => columns[3] === "0A").map((columns) => `socket:[${columns[9]}]`);
  return [...Deno.readDirSync(`/proc/${pid}/fd`)].map(({ name }) => link(`/proc/${pid}/fd/${name}`))
    .filter((target) => listening.includes(target));
}

function link(path: string): string {
  try {
    return Deno.readLinkSync(path);
  } catch {
    return "";
  }
}
