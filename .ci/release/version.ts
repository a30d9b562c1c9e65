/**
 * Checks and copies the version of a release, which is edited by hand in `deno.json` and in a heading of CHANGELOG.md.
 *
 *     version.ts            check that everything agrees, and print the version
 *     version.ts check TAG  the same, and check that the tag is v and this version
 *     version.ts notes      print the release notes: this version's section of the CHANGELOG, and when Deno begins to use it
 *     version.ts follow     write the version to the other files that contain it
 */
// deno-lint-ignore-file no-console

import { readText, ROOT } from "../../tests/project/sources.ts";

/** The files that the version is copied to. */
export const FOLLOWERS: readonly string[] = [
  ".github/devcontainer/src/arar/devcontainer-feature.json",
  ".github/SECURITY.md",
  "README.md",
];

/** Where it is in them: the Feature's own version, and downloads in examples. */
const FOLLOWING = /("version": "|\barar_|\bARAR_VERSION(?:=|: )|\bjsr:@ikedam\/arar@)(\d+\.\d+\.\d+)(?!\d)/g;

/** The texts of the files that contain the version. */
export interface Told {
  readonly config: string;
  readonly changelog: string;
  /** By path. */
  readonly followers: Readonly<Record<string, string>>;
}

/** The version of `deno.json`. */
export function versionOf(config: string): string {
  const { version }: { version?: unknown } = JSON.parse(config);
  if (typeof version === "string" && /^\d+\.\d+\.\d+$/.test(version)) return version;
  throw new Error(`deno.json has the version ${JSON.stringify(version)}, not one of the form 1.2.3`);
}

/** What does not agree, one line each. */
export function disagreements(told: Told, tag?: string): string[] {
  const version = versionOf(told.config);
  const found: string[] = [];
  if (tag !== undefined && tag !== `v${version}`) found.push(`the tag is ${tag}, deno.json says v${version}`);
  if (!notesOf(told.changelog, version)) found.push(`CHANGELOG.md has nothing under "## ${version}"`);
  for (const [path, text] of Object.entries(told.followers)) {
    if (follow(text, version) !== text) found.push(`${path} has another version: run deno task release:follow`);
  }
  return found;
}

/** The text under the heading of a version (`## 1.2.3`, `## [1.2.3]`, perhaps with a date), or "". */
export function notesOf(changelog: string, version: string): string {
  const sections = changelog.split(/^## /m).slice(1);
  const heading = new RegExp(`^\\[?${version.replaceAll(".", "\\.")}\\]?(\\s.*)?$`);
  const found = sections.find((section) => heading.test(section.split("\n")[0] ?? ""));
  return found?.slice(found.indexOf("\n") + 1).trim() ?? "";
}

/** The notes of a release. Deno does not use new versions at once: https://docs.deno.com/go/minimum-dependency-age */
export function releaseNotes(changelog: string, version: string): string {
  return `${notesOf(changelog, version)}

Deno uses a version from JSR once it is 24 hours old, or at once with \`deno run --minimum-dependency-age=0\`.`;
}

/** The text with the version in all these places. */
export function follow(text: string, version: string): string {
  return text.replace(FOLLOWING, (_, before: string) => before + version);
}

function main([command, tag]: readonly string[]): number {
  const followers = Object.fromEntries(FOLLOWERS.map((path) => [path, readText(path)]));
  const told = { config: readText("deno.json"), changelog: readText("CHANGELOG.md"), followers };
  const version = versionOf(told.config);
  if (command === "follow") {
    for (const [path, text] of Object.entries(followers)) {
      Deno.writeTextFileSync(new URL(path, ROOT), follow(text, version));
    }
    return 0;
  }
  if (command === "check" && !tag) throw new Error("check needs a tag: version.ts check v1.2.3");
  const found = disagreements(told, tag);
  for (const line of found) console.error(`release: ${line}`);
  if (found.length > 0) return 1;
  console.log(command === "notes" ? releaseNotes(told.changelog, version) : version);
  return 0;
}

if (import.meta.main) Deno.exit(main(Deno.args));
