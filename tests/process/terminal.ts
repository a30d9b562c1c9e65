/**
 * A real terminal for tests: a pseudo-terminal whose other end waits for a text and then types. By Python, since Deno
 * cannot make one.
 */
import { HANG_SECONDS } from "../patience.ts";
import { hasProgram } from "./job.ts";

/** Waits until a text is shown, then types another. */
export interface Turn {
  readonly see: string;
  readonly type: string;
  /** A file that must exist, too. */
  readonly file?: string;
  /** Seconds in between. */
  readonly after?: number;
}

/** The result. */
export interface Session {
  /** Everything the terminal showed, including what was typed, with plain line ends. */
  readonly shown: string;
  /** As a shell reports it: 128+n for a signal. */
  readonly code: number;
  /** Whether the terminal's modes are what they were. */
  readonly restored: boolean;
}

/** Whether this machine can make one. */
export const HAS_TERMINAL: boolean = Deno.build.os !== "windows" && hasProgram("python3", "-c", "import pty");

/** Runs the words as the session leader of a new terminal, with exactly this environment. */
export async function onTerminal(
  words: readonly string[],
  env: Readonly<Record<string, string>>,
  turns: readonly Turn[],
): Promise<Session> {
  const child = new Deno.Command("python3", {
    args: ["-c", DRIVER],
    stdin: "piped",
    stdout: "piped",
    stderr: "inherit",
  })
    .spawn();
  const writer = child.stdin.getWriter();
  await writer.write(new TextEncoder().encode(JSON.stringify({ words, env, turns, limit: HANG_SECONDS })));
  await writer.close();
  const { stdout } = await child.output();
  const session: Session = JSON.parse(new TextDecoder().decode(stdout));
  return session;
}

const DRIVER = `
import json, os, pty, select, signal, sys, termios, time
job = json.load(sys.stdin)
master, slave = pty.openpty()
before = termios.tcgetattr(slave)
pid = os.fork()
if pid == 0:
    os.close(master)
    os.login_tty(slave) if hasattr(os, "login_tty") else None
    if not hasattr(os, "login_tty"):
        os.setsid()
        import fcntl
        fcntl.ioctl(slave, termios.TIOCSCTTY, 0)
        for fd in (0, 1, 2): os.dup2(slave, fd)
    os.execvpe(job["words"][0], job["words"], job["env"])
shown, turns, end, status = b"", job["turns"], time.time() + job["limit"], None
seen = 0
while status is None or select.select([master], [], [], 0)[0]:
    if status is None:
        done, result = os.waitpid(pid, os.WNOHANG)
        if done: status = result
    if time.time() > end:
        os.killpg(pid, signal.SIGKILL)
    if select.select([master], [], [], 0.02)[0]:
        shown += os.read(master, 65536)
    if turns and turns[0]["see"].encode() in shown[seen:] and os.path.exists(turns[0].get("file", "/")):
        seen = shown.index(turns[0]["see"].encode(), seen) + len(turns[0]["see"].encode())
        time.sleep(turns[0].get("after", 0))
        os.write(master, turns.pop(0)["type"].encode())
code = os.waitstatus_to_exitcode(status)
print(json.dumps({
    "shown": shown.decode(errors="replace").replace("\\r\\n", "\\n"),
    "code": code if code >= 0 else 128 - code,
    "restored": termios.tcgetattr(slave) == before,
}))
`;
