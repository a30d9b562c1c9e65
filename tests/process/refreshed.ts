/**
 * Shared by the tests of `--refresh`: commands that ask for credentials as an SDK does, and the lifetime of sessions.
 */
import { secondsOf } from "../patience.ts";
import { startSts } from "../sts_server.ts";
import { job } from "./job.ts";

/** A JavaScript program as the command. `credentials()` asks as an SDK does; it returns status and body. */
export function script(text: string): string[] {
  return [
    Deno.execPath(),
    "eval",
    `const { AWS_CONTAINER_CREDENTIALS_FULL_URI: uri, AWS_CONTAINER_AUTHORIZATION_TOKEN: token } = Deno.env.toObject();
     const credentials = async () => {
       const response = await fetch(uri, { headers: { authorization: token } });
       return { status: response.status, ...await response.json() };
     };
     const pause = (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds));
     ${text}`,
  ];
}

/** Keeps clients from calling anything but STS and the endpoint. */
export const ALONE = { AWS_EC2_METADATA_DISABLED: "true", CHECKPOINT_DISABLE: "1", ...pyenv() };

/** pyenv's shims need these. */
function pyenv(): Record<string, string> {
  const names = ["PYENV_ROOT", "PYENV_VERSION"];
  const set = names.flatMap((name) => {
    const value = Deno.env.get(name);
    return value === undefined ? [] : [[name, value]];
  });
  return Object.fromEntries(set);
}

/** Name and `ignore` of a case that needs a program. */
export function casesWith(there: boolean, missing: string) {
  return (name: string) => ({ name: there ? name : `${name} (skipped: ${missing})`, ignore: !there });
}

/** For `script()`: asks until it has received so many valid keys. */
export function untilKeys(count: number): string {
  return `const keys = new Set();
    while (keys.size < ${count}) {
      const { status, AccessKeyId, Expiration } = await credentials();
      if (status === 200 && Date.parse(Expiration) > Date.now()) keys.add(AccessKeyId);
      await pause(100);
    }`;
}

/**
 * The lifetime of a session in seconds: short enough for several renewals in a test, and long enough for this client to
 * use it while the machine is as busy as now. A client always has at least 45% of it, see `renewalDelay()`.
 */
export async function sessionSeconds(client: readonly string[]): Promise<number> {
  await using sts = await startSts();
  const pace = await secondsOf(() => job(sts, ["--refresh", "--", ...client], ALONE));
  return Math.max(4, Math.ceil(10 * pace));
}
