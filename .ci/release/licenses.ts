/**
 * Collects arar's license and those of the packages in the bundle into one text, which the JSR package, the archives and the
 * release include.
 */

import type { CachedPackage } from "../deno_graph.ts";

interface Manifest {
  readonly license?: string;
  readonly repository?: string | { readonly url?: string };
}

interface Notice {
  readonly name: string;
  readonly text: string;
}

const OWN_LICENSE = new URL("../../LICENSE", import.meta.url);

/** Deno's license, copied from the npm package `deno`. The `@std` packages have the same one. */
const DENO_LICENSE = new URL("deno_license.txt", import.meta.url);

const LICENSE_FILE = /^(licen[cs]e|copying)\b/i;
const NOTICE_FILE = /^(notice|copyright)/i;

/**
 * The text of each license, below the names of the packages that it applies to. Throws if a package has none. If a package was
 * published without the license file of its repository, the file of another package from there is used: `packages` lists the
 * candidates.
 */
export async function licensesOf(
  bundled: readonly CachedPackage[],
  jsr: readonly string[],
  packages: readonly CachedPackage[] = bundled,
): Promise<string> {
  const deno = { text: await Deno.readTextFile(DENO_LICENSE) };
  const notices = [
    ...await Promise.all(bundled.map((one) => noticeOf(one, packages))),
    ...jsr.map((name) => {
      if (!name.startsWith("@std/")) throw new Error(`no license is known for jsr:${name}`);
      return { ...deno, name: `jsr:${name}` };
    }),
    { ...deno, name: "Deno, in the release binaries (https://github.com/denoland/deno)" },
  ];
  const texts = [...Map.groupBy(notices, ({ text }) => text)].map(([text, users]) =>
    `${users.map(({ name }) => name).sort().join("\n")}\n\n${text}\n`
  );
  return [`arar\n\n${await Deno.readTextFile(OWN_LICENSE)}`, "arar contains the following software.\n", ...texts].join(
    `\n${"-".repeat(80)}\n\n`,
  );
}

async function noticeOf(wanted: CachedPackage, packages: readonly CachedPackage[]): Promise<Notice> {
  const name = `npm:${wanted.name}@${wanted.version}`;
  const license = await textOf(wanted, LICENSE_FILE) ?? await borrowed(wanted, packages);
  if (license === undefined) throw new Error(`${name} has no license file, nor has another package of its repository`);
  return { name, text: [license, await textOf(wanted, NOTICE_FILE)].filter((text) => text !== undefined).join("\n\n") };
}

/** The license of another package from the same repository that is under the same license. */
async function borrowed(wanted: CachedPackage, packages: readonly CachedPackage[]): Promise<string | undefined> {
  const terms = await termsOf(wanted);
  if (terms === undefined) return undefined;
  for (const other of packages) {
    if (await termsOf(other) !== terms) continue;
    const text = await textOf(other, LICENSE_FILE);
    if (text !== undefined) return text;
  }
  return undefined;
}

async function termsOf({ folder }: CachedPackage): Promise<string | undefined> {
  const { license, repository }: Manifest = JSON.parse(await Deno.readTextFile(`${folder}/package.json`));
  const url = typeof repository === "string" ? repository : repository?.url;
  return license && url && `${license} ${url}`;
}

async function textOf({ folder }: CachedPackage, pattern: RegExp): Promise<string | undefined> {
  const names = (await Array.fromAsync(Deno.readDir(folder))).map(({ name }) => name).sort();
  const texts = await Promise.all(
    names.filter((name) => pattern.test(name)).map((name) => Deno.readTextFile(`${folder}/${name}`)),
  );
  return texts.length === 0 ? undefined : texts.map((text) => text.replace(/^\n+/, "").trimEnd()).join("\n\n");
}
