/**
 * Starts moto, an independent implementation of AWS's APIs, if it is installed.
 */
import { HANG } from "./patience.ts";

/** A running moto. */
export interface MotoServer extends AsyncDisposable {
  readonly url: string;
  /** Resets it: https://docs.getmoto.org/en/latest/docs/server_mode.html#reset-api */
  reset(): Promise<void>;
}

/** Starts it on a free port of 127.0.0.1; `await using` stops it. AWS's managed policies are loaded only on demand. */
export async function startMoto({ managedPolicies = false } = {}): Promise<MotoServer> {
  const child = new Deno.Command("moto_server", {
    args: ["--host", "127.0.0.1", "--port", "0"],
    env: { MOTO_IAM_LOAD_MANAGED_POLICIES: String(managedPolicies) },
    stdin: "null",
    stdout: "null",
    stderr: "piped",
  }).spawn();
  const limit = setTimeout(() => child.kill("SIGKILL"), HANG);
  const { url, rest } = await readUrl(child.stderr);
  clearTimeout(limit);
  return {
    url,
    async reset() {
      await (await fetch(`${url}/moto-api/reset`, { method: "POST" })).body?.cancel();
    },
    async [Symbol.asyncDispose]() {
      child.kill();
      await Promise.all([rest, child.status]);
    },
  };
}

/** The address that it prints. The rest of its output is read, too, so that it never blocks on a full pipe. */
async function readUrl(stderr: ReadableStream<Uint8Array<ArrayBuffer>>) {
  const reader = stderr.pipeThrough(new TextDecoderStream()).getReader();
  for (let text = "";;) {
    const { value, done } = await reader.read();
    if (done) throw new Error(`moto_server did not start: ${text}`);
    text += value;
    const url = /Running on (http:\/\/127\.0\.0\.1:\d+)\s/.exec(text)?.[1];
    if (url) return { url, rest: readOn(reader) };
  }
}

async function readOn(reader: ReadableStreamDefaultReader<string>): Promise<void> {
  while (!(await reader.read()).done);
}
