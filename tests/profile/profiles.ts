/**
 * Owns the writing of config and credentials files for tests, and messages about them with the paths made readable.
 * Must not know what a profile means.
 */
import { assertThrows } from "@std/assert";
import { loadProfiles, type Profiles, type Section, type SharedFile } from "../../lib/profile/shared_files.ts";
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
export async function profilesOf(
  config: string | Uint8Array,
  credentials: string | Uint8Array = "",
): Promise<Profiles> {
  using files = profileFiles(config, credentials);
  const profiles = await loadProfiles(files.env);
  return {
    config: renamed(profiles.config, "CONFIG"),
    credentials: renamed(profiles.credentials, "CREDENTIALS"),
  };
}

function renamed(file: SharedFile, path: string): SharedFile {
  const sections = [...file.sections].map(
    ([name, section]): [string, Section] => {
      const values = [...section].map(([key, { value, from }]) =>
        [key, { value, from: from.replace(file.path, path) }] as const
      );
      return [name, new Map(values)];
    },
  );
  return { path, sections: new Map(sections) };
}

/** The one line of the `ArarError` that the action throws. */
export function refusal(action: () => unknown): string {
  return assertThrows(action, ArarError).message;
}
