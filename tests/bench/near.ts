/** Starts the servers of the bench, see `servers.ts`. */
import { denoFlags } from "../arar.ts";
import type { Subject } from "./measure.ts";

/** Starts them, by the words before the command and at the address, if given. */
export async function startServers(before: readonly string[], address?: string): Promise<{
  /** The environment of a job whose STS it is. */
  readonly env: Subject["env"];
  readonly stop: () => Promise<void>;
}> {
  const servers = new URL("servers.ts", import.meta.url).href;
  const [program = "", ...args] = [
    ...before,
    ...[Deno.execPath(), "run", "--quiet", ...denoFlags(), "-A", servers, ...address === undefined ? [] : [address]],
  ];
  const child = new Deno.Command(program, { args, stdin: "piped", stdout: "piped" }).spawn();
  const reader = child.stdout.getReader();
  const { value } = await reader.read();
  return {
    env: JSON.parse(new TextDecoder().decode(value)),
    stop: async () => {
      await child.stdin.close();
      await reader.cancel();
      await child.status;
    },
  };
}
