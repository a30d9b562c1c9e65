/**
 * TLS over a real round trip: STS at the far end of a link between two network namespaces (`link.py`). The first table of the
 * bench, since it is what every real run pays.
 */
// deno-lint-ignore-file no-console
import { fileURLToPath } from "node:url";
import { measure, type Result, type Subject } from "./measure.ts";
import { startServers } from "./near.ts";
import { farSubjects } from "./subjects.ts";

const [NEAR, FAR, FAR_ADDRESS] = ["arar-near", "arar-far", "10.97.0.2"];
/** TCP, TLS 1.3, and the two calls. */
const ROUND_TRIPS = 4;

/** Why there can be no such link here, if so. */
async function missing(): Promise<string | undefined> {
  if (Deno.build.os !== "linux" || Deno.uid() !== 0) return "it needs root on Linux";
  for (const program of ["ip", "python3", "openssl"]) {
    const found = await new Deno.Command("sh", { args: ["-c", `command -v ${program}`], stdout: "null" }).output();
    if (!found.success) return `no ${program} on PATH`;
  }
  return undefined;
}

/** Measures each subject that is picked; prints why not if there can be no link. */
export async function measureFar(
  roundTripMs: number,
  rounds: number,
  picked: (subjects: readonly Subject[]) => readonly Subject[],
): Promise<readonly Result[]> {
  const why = await missing();
  if (why !== undefined) {
    console.log(`skipped: TLS over a round trip of ${roundTripMs} ms: ${why}`);
    return [];
  }
  await using _ = await startLink(roundTripMs);
  const { env, stop } = await startServers(inNamespace(FAR), FAR_ADDRESS);
  try {
    return overIdeal(await measure(picked(farSubjects(env, inNamespace(NEAR))), rounds), ROUND_TRIPS * roundTripMs);
  } finally {
    await stop();
  }
}

function inNamespace(name: string): readonly [string, ...string[]] {
  return ["ip", "netns", "exec", name];
}

async function startLink(roundTripMs: number): Promise<AsyncDisposable> {
  const script = fileURLToPath(new URL("link.py", import.meta.url));
  const child = new Deno.Command("python3", {
    args: [script, NEAR, FAR, String(roundTripMs)],
    stdin: "piped",
    stdout: "piped",
  }).spawn();
  const reader = child.stdout.getReader();
  if ((await reader.read()).done) throw new Error("the link cannot be made");
  return {
    [Symbol.asyncDispose]: async () => {
      await child.stdin.close();
      await reader.cancel();
      await child.status;
    },
  };
}

/** How much longer than the round trips themselves and an empty run. */
function overIdeal([empty, ...others]: readonly Result[], trips: number): readonly Result[] {
  const best = Math.min(...empty?.samples ?? []) + trips;
  return others.map((one) => ({
    ...one,
    ratio: one.milliseconds / ((empty?.milliseconds ?? NaN) + trips),
    bestRatio: Math.min(...one.samples) / best,
  }));
}
