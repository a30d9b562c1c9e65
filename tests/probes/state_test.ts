/** Compares everything a command can find out about itself with and without arar. */
import { assertEquals } from "@std/assert";
import { ALLOWED_DIFFERENCES, type AllowedDifference, type Way } from "./allowed_differences.ts";
import { isLinux } from "./have.ts";
import { startSts } from "../sts_server.ts";
import { isCompiled, run, type Runner, type Surroundings, wholeProgram } from "./programs.ts";

const PROBE = new URL("./state.sh", import.meta.url).pathname;
const WAYS: readonly Way[] = ["spawn", "exec"];

type Fields = ReadonlyMap<string, string>;

const SETUPS: Readonly<Record<string, string>> = {
  "by default": "",
  "with other limits, niceness, umask and signal mask":
    'umask 027; ulimit -S -n 512; ulimit -S -s 4096; cd /; set -- nice -n 5 env --block-signal=USR1,RTMIN+3 "$@"',
  "with signals that the caller ignores": "trap '' HUP INT QUIT TERM USR2 TSTP TTOU WINCH",
  "with SIGPIPE and SIGCHLD ignored by the caller": 'set -- env --ignore-signal=PIPE,CHLD "$@"',
  "with more open files": "exec 5</dev/null 9>/dev/null",
  "with stdin closed": "exec <&-",
  "with stderr closed": "exec 2>&-",
};

async function fieldsOf(runner: Runner, surroundings: Surroundings): Promise<Fields> {
  const [state, status] = await Promise.all([
    run(runner, ["sh", PROBE, String(Deno.pid)], surroundings),
    // Not by the shell, which has its own handler for SIGCHLD.
    run(runner, ["cat", "/proc/self/status"], surroundings),
  ]);
  return new Map([
    ...state.stdout.split("\n").flatMap(stateField),
    ...status.stdout.split("\n").flatMap(statusFields),
  ]);
}

function stateField(line: string): [string, string][] {
  const [name, value] = line.split("\t");
  if (name !== undefined && value !== undefined) return [[name, value]];
  const [, fd, target] = / (\d+) -> (.*)$/.exec(line) ?? [];
  // The directory that `ls` itself has open.
  if (fd === undefined || target === undefined || target.endsWith("/fd")) return [];
  return [[`fd ${fd}`, target.replace(/\[\d+\]/, "")]];
}

const STATUS =
  /^(Uid|Gid|Groups|Cap\w+|NoNewPrivs|Seccomp\w*|Spec\w+|Cpus_allowed_list|Mems_allowed_list|THP_enabled|SigBlk):\s*(.*)/;

function statusFields(line: string): [string, string][] {
  const [, name, value] = STATUS.exec(line) ?? [];
  if (name !== undefined && value !== undefined) return [[name, value]];
  const ignored = BigInt(`0x${/^SigIgn:\s*(\w+)/.exec(line)?.[1] ?? "0"}`);
  const signals = Array.from({ length: 64 }, (_, index) => index + 1);
  return signals.filter((signal) => (ignored >> BigInt(signal - 1) & 1n) === 1n)
    .map((signal) => [`ignores signal ${signal}`, "yes"]);
}

function differences(way: Way, bare: Fields, seen: Fields, used: Set<AllowedDifference>): string[] {
  const names = [...new Set([...bare.keys(), ...seen.keys()])];
  return names.filter((name) => bare.get(name) !== seen.get(name)).flatMap((name) => {
    const allowed = ALLOWED_DIFFERENCES.find(({ ways, shown }) =>
      ways.includes(way) && shown?.field.test(name) && shown.accepts(bare.get(name), seen.get(name))
    );
    if (allowed === undefined) return [`${way}: ${name}: ${bare.get(name)} → ${seen.get(name)}`];
    used.add(allowed);
    return [];
  });
}

Deno.test({
  name: "the state of a command",
  ignore: !isLinux("the state of a command"),
  async fn(t) {
    const used = new Set<AllowedDifference>();

    for (const [name, setup] of Object.entries(SETUPS)) {
      await t.step(`is as without arar, ${name}`, async () => {
        await using sts = await startSts();
        const surroundings = { setup, ...wholeProgram(sts) };
        let bare: Fields = new Map();
        const compare = async () => {
          bare = await fieldsOf("bare", surroundings);
          const found: string[] = [];
          for (const way of WAYS) found.push(...differences(way, bare, await fieldsOf(way, surroundings), used));
          return found;
        };
        const found = await compare();
        // A shell may inherit a file that V8 opens in the runner just then, but hardly twice.
        const again = found.length === 0 ? [] : await compare();
        assertEquals(found.filter((difference) => again.includes(difference)), []);
        // The probe did find something.
        assertEquals(["umask", "fd 1", "Max open files", "argv[1]", "SigBlk"].filter((field) => !bare.has(field)), []);
      });
    }

    await t.step("has every difference on the list", () => {
      const stale = ALLOWED_DIFFERENCES.filter((one) =>
        one.shown?.by === "state" && !used.has(one) && !(one.underDenoRun && isCompiled())
      );
      assertEquals(stale.map(({ what }) => what), []);
    });
  },
});
