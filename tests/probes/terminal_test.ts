/**
 * Compares commands on a real terminal with and without arar. It does not matter what a program draws, only that it
 * is the same.
 */
import { assert, assertEquals } from "@std/assert";
import { system } from "../../lib/system.ts";
import { until } from "../patience.ts";
import { startSts } from "../sts_server.ts";
import { has, isLinux } from "./have.ts";
import { handOverNarrowly, type Runner, wholeProgram } from "./programs.ts";
import { Pty } from "./pty.ts";

const RUNNERS: readonly Runner[] = ["bare", "spawn", "exec"];
const LOGGER = `perl ${new URL("./logger.pl", import.meta.url).pathname}`;
const SLOW = `perl ${new URL("./slow.pl", import.meta.url).pathname}`;
const [CTRL_C, CTRL_BACKSLASH, CTRL_Z] = ["\x03", "\x1c", "\x1a"] as const;
const ESC = "\x1b";

/** Longer than a second copy of a signal takes to arrive. */
const SETTLE = 400;

const tools = isLinux("a terminal") && has("script") && has("bash") && has("perl");
const LESS = tools && has("less");
const VIM = tools && has("vim");

/** Runs a session without arar and in both ways. Asserts that all have the same result, and returns it. */
async function same<T>(session: (pty: Pty) => Promise<T>): Promise<T> {
  await using sts = await startSts();
  const surroundings = wholeProgram(sts);
  const results = await Promise.all(RUNNERS.map(async (runner) => {
    await using pty = await Pty.open(runner, surroundings);
    const modes = await pty.line("stty -g");
    const result = await session(pty);
    assertEquals([runner, await pty.line("stty -g")], [runner, modes], "the terminal's modes");
    return { runner, result };
  }));
  const [bare, ...others] = results;
  if (bare === undefined) throw new Error("nothing was run");
  for (const { runner, result } of others) assertEquals([runner, result], [runner, bare.result]);
  return bare.result;
}

/** Starts an interactive bash as the command; its prompt is `inner:`. */
async function startBash(pty: Pty): Promise<void> {
  await pty.type("w bash --noprofile --norc -i\r");
  await pty.expect(/bash-[\d.]+[#$] /);
  await pty.type("PS1=in''ner:\r");
  await pty.expect("inner:");
}

/** Starts the logger and returns its process id. */
async function startLogger(pty: Pty): Promise<number> {
  await pty.type(`w ${LOGGER}\r`);
  return Number(/ready (\d+)/.exec(await pty.expect(/ready \d+\r\n/))?.[1]);
}

/** Ends the logger. Returns what it has printed since, and the exit code in the shell. */
async function endLogger(pty: Pty, logger: number): Promise<string> {
  Deno.kill(logger, "SIGALRM");
  return `${await pty.prompt()}${await pty.line("echo rc=$?")}`;
}

/** Waits until the log matches; returns the first group of the match. */
async function logged(log: string, wanted: RegExp): Promise<string | undefined> {
  return (await until(async () => wanted.exec(await Deno.readTextFile(log)) ?? undefined))[1];
}

/** Waits until the process runs in the terminal's foreground: proc_pid_stat(5). */
async function inForeground(pid: number): Promise<void> {
  await until(async () => {
    const stat = await Deno.readTextFile(`/proc/${pid}/stat`);
    const [state, , group, , , foreground] = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    return state !== "T" && group === foreground || undefined;
  });
}

Deno.test({
  name: "a command on a terminal",
  ignore: !tools,
  async fn(t) {
    await t.step("has it on all three streams, with its size", async () => {
      const seen = await same((pty) => pty.line("w sh -c 'test -t 0 && test -t 1 && test -t 2 && stty size'"));
      assertEquals(seen, "30 100\n");
    });

    await t.step("gets SIGWINCH if the size changes", async () => {
      const seen = await same(async (pty) => {
        const [, terminal] = /(\/dev\/\S+)/.exec(await pty.line("tty")) ?? [];
        const logger = await startLogger(pty);
        await new Deno.Command("stty", { args: ["-F", `${terminal}`, "cols", "90"] }).output();
        await pty.expect("SIGWINCH");
        await system.sleep(SETTLE);
        return [await endLogger(pty, logger), await pty.line("w stty size")];
      });
      assertEquals(seen, ["\nend\nrc=7\n", "30 90\n"]);
    });

    for (const [name, key, signal] of [["Ctrl-C", CTRL_C, "SIGINT"], ["Ctrl-\\", CTRL_BACKSLASH, "SIGQUIT"]] as const) {
      await t.step(`gets ${name} once, then another one once`, async () => {
        const seen = await same(async (pty) => {
          const logger = await startLogger(pty);
          for (let count = 0; count < 2; count++) {
            await pty.type(key);
            await pty.expect(signal);
            await system.sleep(SETTLE);
          }
          return (await endLogger(pty, logger)).replace(/\^[C\\]/g, "");
        });
        assertEquals(seen, "\nend\nrc=7\n");
      });
    }

    await t.step("gets signals that are sent to arar alone", async () => {
      const seen = await same(async (pty) => {
        const log = await Deno.makeTempFile({ prefix: "arar-log-" });
        await pty.line(`w ${LOGGER} >${log} &`);
        const logger = Number(await logged(log, /^ready (\d+)\n/));
        for (const signal of ["INT", "TERM", "QUIT"]) {
          await pty.line(`kill -${signal} $!`);
          await logged(log, new RegExp(`^SIG${signal}\n`, "m"));
          await system.sleep(SETTLE);
        }
        Deno.kill(logger, "SIGALRM");
        const code = (await pty.line("wait $!; echo rc=$?")).match(/rc=\d+/)?.[0];
        const [, ...signals] = (await Deno.readTextFile(log)).split("\n");
        await Deno.remove(log);
        return [code, ...signals];
      });
      assertEquals(seen, ["rc=7", "SIGINT", "SIGTERM", "SIGQUIT", "end", ""]);
    });

    await t.step("may take its time to end after Ctrl-C", async () => {
      const seen = await same(async (pty) => {
        await pty.type(`w ${SLOW}\r`);
        await pty.expect("running");
        await pty.type(CTRL_C);
        return (await pty.prompt()).replaceAll(/(\s|\^C)+/g, " ").trim() + await pty.line("echo rc=$?");
      });
      assertEquals(seen, "stopping stoppedrc=9\n");
    });

    await t.step("stops with Ctrl-Z and continues with fg", async () => {
      await same(async (pty) => {
        const logger = await startLogger(pty);
        await pty.type(CTRL_Z);
        assert(/Stopped/.test(await pty.prompt()));
        assertEquals(await pty.line("echo rc=$?"), "rc=148\n");
        await pty.type("fg\r");
        await inForeground(logger);
        await pty.type(CTRL_C);
        await pty.expect("SIGINT");
        await system.sleep(SETTLE);
        return await endLogger(pty, logger);
      });
    });

    await t.step("that Ctrl-C kills ends the loop around it", async () => {
      const seen = await same(async (pty) => {
        await pty.type("for i in 1 2 3; do echo round $i; w sh -c 'echo r''uns; exec sleep 30'; done\r");
        await pty.expect("round 1\r\n");
        await pty.expect("runs\r\n");
        await pty.type(CTRL_C);
        return [/round [23]/.test(await pty.prompt()), await pty.line("echo rc=$?")];
      });
      assertEquals(seen, [false, "rc=130\n"]);
    });

    await t.step("may be a shell with its own jobs", async () => {
      const seen = await same(async (pty) => {
        await startBash(pty);
        let job = 0;
        for (const key of [CTRL_C, CTRL_Z]) {
          await pty.type("sh -c 'echo r''uns $$; exec sleep 31'\r");
          job = Number(/runs (\d+)/.exec(await pty.expect(/runs \d+\r\n/))?.[1]);
          await pty.type(key);
          await pty.expect("inner:");
        }
        await pty.type("fg\r");
        await inForeground(job);
        await pty.type(CTRL_C);
        await pty.expect("inner:");
        await pty.type("exit 9\r");
        await pty.prompt();
        return await pty.line("echo rc=$?");
      });
      assertEquals(seen, "rc=9\n");
    });

    await t.step("may be a shell that suspends itself and continues with fg", async () => {
      const seen = await same(async (pty) => {
        await startBash(pty);
        await pty.type("suspend\r");
        assert(/Stopped/.test(await pty.prompt()));
        await pty.type("fg\r");
        await pty.expect(/bash.*\r\n/);
        await pty.type("echo al''ive\r");
        await pty.expect("alive\r\n");
        await pty.expect("inner:");
        await pty.type("exit 9\r");
        await pty.prompt();
        return await pty.line("echo rc=$?");
      });
      assertEquals(seen, "rc=9\n");
    });

    await t.step({
      name: "draws and restores the screen: less",
      ignore: !LESS,
      fn: async () => {
        const drawn = await same(async (pty) => {
          await pty.type("w less /etc/services /etc/passwd\r");
          const opened = await pty.expect("/etc/services (file 1 of 2)");
          await pty.type("G");
          const end = await pty.expect("(END)");
          await pty.type("q");
          return (opened + end + await pty.prompt()).slice(opened.indexOf("\n"));
        });
        assert(drawn.includes(`${ESC}[?1049h`) && drawn.includes(`${ESC}[?1049l`), drawn);
      },
    });

    await t.step({
      name: "draws and restores the screen: vim, with Ctrl-Z",
      ignore: !VIM,
      fn: async () => {
        const file = await Deno.makeTempFile({ prefix: "arar-vim-" });
        await same(async (pty) => {
          await Deno.writeTextFile(file, "");
          const mine = `${file}-${crypto.randomUUID()}`;
          await pty.type(`w vim -u NONE -N -n ${mine}\r`);
          await pty.expect("[New]");
          await pty.type(CTRL_Z);
          assert(/Stopped/.test(await pty.prompt()));
          await pty.type("fg\r");
          await pty.expect(`${ESC}[?1049h`);
          await pty.type(`ihello${ESC}:wq\r`);
          await pty.prompt();
          const [code, text] = [await pty.line("echo rc=$?"), await Deno.readTextFile(mine)];
          await Deno.remove(mine);
          return { code, text };
        });
        await Deno.remove(file);
      },
    });
  },
});

Deno.test({
  name: "what is read of a terminal",
  ignore: !tools,
  async fn(t) {
    // readline breaks a line that is as wide as the terminal, and draws the prompt anew.
    await t.step("does not depend on how long the typed lines are", async () => {
      await using pty = await Pty.open("bare");
      for (let length = 10; length <= 120; length++) {
        assertEquals(await pty.line(`echo ${length} $? # ${"x".repeat(length)}`), `${length} 0\n`);
      }
    });
  },
});

Deno.test({
  name: "arar with the fewest permissions on a terminal",
  ignore: !tools,
  async fn(t) {
    await t.step("runs the command without a permission prompt", async () => {
      await using pty = await Pty.open("spawn", { handOver: handOverNarrowly });
      assertEquals(await pty.line("w sh -c 'kill -TERM $$'; echo rc=$?"), "Terminated\nrc=143\n");
    });
  },
});

Deno.test({
  name: "a terminal that is closed",
  ignore: !tools,
  async fn(t) {
    await t.step("sends SIGHUP to the command, no more often than without arar", async () => {
      const counts = await Promise.all(RUNNERS.map(async (runner) => {
        await using sts = await startSts();
        const log = await Deno.makeTempFile({ prefix: "arar-hangup-" });
        const pty = await Pty.open(runner, wholeProgram(sts));
        await pty.type(`w ${LOGGER} >${log}\r`);
        const logger = Number(await logged(log, /^ready (\d+)\n/));
        pty.hangUp();
        await logged(log, /SIGHUP/);
        await system.sleep(2 * SETTLE);
        Deno.kill(logger, "SIGALRM");
        await logged(log, /end\n/);
        await pty[Symbol.asyncDispose]();
        const hangups = (await Deno.readTextFile(log)).match(/SIGHUP/g)?.length;
        await Deno.remove(log);
        return [runner, hangups];
      }));
      // The kernel signals the foreground group, and bash its job: one or two in all, and arar adds none.
      assertEquals(counts.filter(([, count]) => count !== 1 && count !== 2), []);
    });
  },
});
