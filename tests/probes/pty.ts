/**
 * An interactive bash on a real terminal, made by `script` of util-linux. A probe types, and reads what the terminal
 * shows.
 */
import { baseEnv } from "../arar.ts";
import { HANG } from "../patience.ts";
import { endGroup, prefixOf, type Runner, type Surroundings } from "./programs.ts";

/** What bash shows around the output of its Nth command. readline may draw a prompt anew, but never an older one. */
const BEGIN = (count: number | string) => `[runs ${count}]\n`;
const PROMPT = (count: number | string) => `[ready ${count}] `;

/** A shell on a terminal of 100 columns and 30 lines, in which `w command` runs a command. */
export class Pty implements AsyncDisposable {
  readonly #child: Deno.ChildProcess;
  readonly #typing: WritableStreamDefaultWriter<Uint8Array<ArrayBuffer>>;
  readonly #rc: string;
  readonly #limit: ReturnType<typeof setTimeout>;
  readonly #reading: Promise<void>;
  #text = "";
  #seen = 0;
  #commands = 0;
  #isOver = false;
  #wake = Promise.withResolvers<void>();

  private constructor(rc: string, surroundings: Surroundings) {
    this.#rc = rc;
    this.#child = new Deno.Command("script", {
      args: ["-qefc", `stty cols 100 rows 30; exec bash --noprofile --rcfile ${rc} -i`, "/dev/null"],
      env: { ...baseEnv(), TERM: "xterm", SHELL: "/bin/sh", ...surroundings.env },
      clearEnv: true,
      detached: true,
      stdin: "piped",
      stdout: "piped",
      stderr: "null",
    }).spawn();
    this.#typing = this.#child.stdin.getWriter();
    this.#limit = setTimeout(() => endGroup(this.#child.pid), HANG);
    this.#reading = this.#read();
  }

  /** Starts the shell and waits for its prompt. */
  static async open(runner: Runner, surroundings: Surroundings = {}): Promise<Pty> {
    const rc = await Deno.makeTempFile({ prefix: "arar-rc-" });
    // `env` only replaces itself with the command, so that there is an alias without arar, too.
    const words = runner === "bare" ? ["env"] : prefixOf(runner, surroundings);
    await Deno.writeTextFile(
      rc,
      `PS0='${BEGIN("\\#")}'; PS1='${PROMPT("\\#")}'; HISTFILE=; bind 'set enable-bracketed-paste off'\nalias w=${
        quote(words.map(quote).join(" "))
      }\n`,
    );
    const pty = new Pty(rc, surroundings);
    await pty.prompt();
    return pty;
  }

  /** Types these keys; a line needs a final `\r`. */
  async type(keys: string): Promise<void> {
    await this.#typing.write(new TextEncoder().encode(keys));
  }

  /** Waits for new output that matches; returns all new output up to the end of the match. */
  async expect(wanted: string | RegExp): Promise<string> {
    const pattern = typeof wanted === "string" ? new RegExp(RegExp.escape(wanted)) : wanted;
    for (;;) {
      const found = pattern.exec(this.#text.slice(this.#seen));
      if (found) {
        const end = this.#seen + found.index + found[0].length;
        const text = this.#text.slice(this.#seen, end);
        this.#seen = end;
        return text;
      }
      if (this.#isOver) throw new Error(`the terminal ended without ${wanted}:\n${this.#text.slice(-2000)}`);
      await this.#wake.promise;
    }
  }

  /** Waits for the prompt after the next command; returns what came before it. */
  async prompt(): Promise<string> {
    const prompt = PROMPT(++this.#commands);
    return (await this.expect(prompt)).slice(0, -prompt.length).replaceAll("\r\n", "\n");
  }

  /** Types a line and returns what its commands show. */
  async line(line: string): Promise<string> {
    await this.type(`${line}\r`);
    const text = await this.prompt();
    const begin = BEGIN(this.#commands - 1);
    return text.slice(text.lastIndexOf(begin) + begin.length);
  }

  /** Takes the terminal away, as a closed window does. */
  hangUp(): void {
    this.#child.kill("SIGKILL");
  }

  async [Symbol.asyncDispose](): Promise<void> {
    clearTimeout(this.#limit);
    // The terminal closes with `script`, which ends whatever still runs there.
    endGroup(this.#child.pid);
    await this.#reading;
    await this.#typing.abort().catch(() => {});
    await this.#child.status;
    await Deno.remove(this.#rc);
  }

  async #read(): Promise<void> {
    for await (const part of this.#child.stdout.pipeThrough(new TextDecoderStream())) {
      this.#text += part;
      this.#wake.resolve();
      this.#wake = Promise.withResolvers();
    }
    this.#isOver = true;
    this.#wake.resolve();
  }
}

function quote(word: string): string {
  return `'${word.replaceAll("'", `'\\''`)}'`;
}
