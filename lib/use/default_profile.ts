/**
 * The default profile under `--refresh`: it would win over the endpoint, so the command sees copies of the shared files
 * without its credentials. It must not know where the files are, nor what profiles are for.
 *
 * @module
 */

import type { Env } from "../sourced.ts";
import type { System } from "../system.ts";

/** Copies that the command is pointed at, none where there was nothing to hide; disposing of them removes them. */
export interface SharedFileCopies extends AsyncDisposable {
  readonly env: Readonly<Record<string, string>>;
}

/**
 * Settings that give a profile credentials. Other settings of the default profile stay, and all of other profiles.
 * https://docs.aws.amazon.com/sdkref/latest/guide/settings-reference.html
 */
const CREDENTIAL_SETTING = new RegExp(
  `^\\s*(?:${
    [
      "aws_(?:access_key_id|secret_access_key|session_token|security_token|account_id|credential_scope)",
      "credential_(?:process|source)",
      "duration_seconds",
      "external_id",
      "login_session",
      "mfa_serial",
      "role_(?:arn|session_name)",
      "source_profile",
      "sso_\\w+",
      "web_identity_token_file",
    ].join("|")
  })\\s*(?:[=:]|$)`,
  "i",
);

/** Makes copies of those of the two files whose default profile has credentials. */
export async function hideDefaultProfile(
  system: Pick<System, "makeTemporaryFolder" | "readTextFile" | "remove" | "writePrivateFile">,
  env: Env,
  paths: { readonly config: string; readonly credentials: string },
): Promise<SharedFileCopies> {
  const copies = (await Promise.all([
    copyOf(system, "AWS_CONFIG_FILE", paths.config),
    copyOf(system, "AWS_SHARED_CREDENTIALS_FILE", paths.credentials),
  ])).filter((copy) => copy !== undefined);
  if (copies.length === 0) return { env: {}, [Symbol.asyncDispose]: () => Promise.resolve() };
  const folder = await temporaryFolder(system, env);
  for (const { name, text } of copies) {
    await system.writePrivateFile(`${folder}/${name}`, new TextEncoder().encode(text));
  }
  return {
    env: Object.fromEntries(copies.map(({ name }) => [name, `${folder}/${name}`])),
    [Symbol.asyncDispose]: async () => {
      // What was cleared away before us, or cannot be, must not change how the command ended.
      await system.remove(folder).catch(() => false);
    },
  };
}

/** The text of a shared file without the credentials of its default profile; `undefined` if it has none. */
export function withoutDefaultCredentials(text: string): string | undefined {
  const kept: string[] = [];
  const lines = text.split("\n");
  let isDefault = false;
  /** Indentation of the setting that is being dropped: what is indented deeper belongs to it. */
  let dropping: number | undefined;
  for (const line of lines) {
    const [, section] = /^\s*\[\s*(.*?)\s*\]/.exec(line) ?? [];
    if (section !== undefined) isDefault = /^(?:profile\s+)?(["']?)default\1$/.test(section);
    const indentation = line.search(/\S/);
    if (section === undefined && isDefault && CREDENTIAL_SETTING.test(line)) dropping = indentation;
    else if (dropping !== undefined && indentation <= dropping && indentation !== -1) dropping = undefined;
    if (dropping === undefined) kept.push(line);
  }
  return kept.length === lines.length ? undefined : kept.join("\n");
}

async function copyOf(system: Pick<System, "readTextFile">, name: string, path: string) {
  // A file that arar cannot read, the command cannot read either.
  const original = await system.readTextFile(path).catch(() => undefined);
  const text = original === undefined ? undefined : withoutDefaultCredentials(original);
  return text === undefined ? undefined : { name, text };
}

/** In memory where the system has such a place for the user: copies hold the other profiles' secrets. */
async function temporaryFolder(system: Pick<System, "makeTemporaryFolder">, env: Env): Promise<string> {
  const runtime = env.XDG_RUNTIME_DIR;
  if (runtime === undefined) return await system.makeTemporaryFolder();
  return await system.makeTemporaryFolder(runtime).catch(() => system.makeTemporaryFolder());
}
