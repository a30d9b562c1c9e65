/** Config and credentials files for tests: on disk, or in memory as `CONFIG` and `CREDENTIALS`. */
import { assertThrows } from "@std/assert";
import { readSharedFiles, type Section, type SharedFiles } from "../../lib/profile/shared_files.ts";
import { ArarError } from "../../lib/errors.ts";

/** The two files, on disk. */
export interface ProfileFiles extends Disposable {
  readonly folder: string;
  /** What points an AWS tool at them. */
  readonly env: Readonly<Record<string, string>>;
}

/** Writes both files into a folder of their own; `using` removes it. */
export function profileFiles(config: string | Uint8Array, credentials: string | Uint8Array = ""): ProfileFiles {
  const folder = Deno.makeTempDirSync({ prefix: "arar-profiles-" });
  const bytes = (text: string | Uint8Array) => typeof text === "string" ? new TextEncoder().encode(text) : text;
  Deno.writeFileSync(`${folder}/config`, bytes(config));
  Deno.writeFileSync(`${folder}/credentials`, bytes(credentials));
  return {
    folder,
    env: {
      AWS_CONFIG_FILE: `${folder}/config`,
      AWS_SHARED_CREDENTIALS_FILE: `${folder}/credentials`,
    },
    [Symbol.dispose]: () => Deno.removeSync(folder, { recursive: true }),
  };
}

/** Both files as arar reads them, named `CONFIG` and `CREDENTIALS`. */
export function profilesOf(config: string, credentials = ""): SharedFiles {
  const texts = new Map([["CONFIG", config], ["CREDENTIALS", credentials]]);
  const system = {
    homeFolder: () => undefined,
    mayRead: () => true,
    readTextFileSync: (path: string) => texts.get(path),
  };
  return readSharedFiles(system, { AWS_CONFIG_FILE: "CONFIG", AWS_SHARED_CREDENTIALS_FILE: "CREDENTIALS" });
}

/** The bare values of a section. */
export function valuesOf(section: Section | undefined): Readonly<Record<string, string>> {
  return Object.fromEntries([...section ?? []].map(([key, { value }]) => [key, value]));
}

/** The one line of the `ArarError` that the action throws. */
export function refusal(action: () => unknown): string {
  return assertThrows(action, ArarError).message;
}
