import { assertEquals, assertMatch, assertThrows } from "@std/assert";
import {
  disagreements,
  follow,
  FOLLOWERS,
  notesOf,
  releaseNotes,
  type Told,
  versionOf,
} from "../../.ci/release/version.ts";
import { readText } from "../project/sources.ts";

const CHANGELOG =
  "# Changelog\n\n## Unreleased\n\n## 1.2.3 - 2026-01-02\n\n- new\n\n### Fixed\n\n- old\n\n## [1.2.2]\n\n- first\n";

const told = (parts: Partial<Told> = {}): Told => ({
  config: '{ "version": "1.2.3" }',
  changelog: CHANGELOG,
  followers: { "feature.json": '{ "version": "1.2.3" }' },
  ...parts,
});

Deno.test("versionOf() rejects what is not of the form 1.2.3", () => {
  for (const version of ["1.2", "1.2.3-rc.1", "v1.2.3", "", undefined, 1]) {
    assertThrows(() => versionOf(JSON.stringify({ version })), Error, "deno.json has the version");
  }
});

Deno.test("disagreements()", async (t) => {
  await t.step("returns none if tag, deno.json, CHANGELOG and Feature agree, as in this project", () => {
    const followers = Object.fromEntries(FOLLOWERS.map((path) => [path, readText(path)]));
    const here = { config: readText("deno.json"), changelog: readText("CHANGELOG.md"), followers };
    assertEquals([...disagreements(told(), "v1.2.3"), ...disagreements(here)], []);
  });

  await t.step("finds a wrong tag, and a file with another version", () => {
    for (const tag of ["v1.2.4", "1.2.3", "v1", "v1.2.3 "]) {
      assertEquals(disagreements(told(), tag), [`the tag is ${tag}, deno.json says v1.2.3`]);
    }
    const found = disagreements(told({ followers: { "README.md": "get arar_1.2.2_linux_amd64" } }));
    assertEquals(found, ["README.md has another version: run deno task release:follow"]);
  });

  await t.step("requires a section of the CHANGELOG that is not empty", () => {
    const unlike = ["## 1.2.30\n\n- text\n", "## Unreleased\n\n1.2.3\n", "## 1x2x3\n\n- text\n"];
    for (const changelog of [...unlike, "## 1.2.3\n\n## 1.2.2\n\n- text\n"]) {
      assertEquals(disagreements(told({ changelog })), ['CHANGELOG.md has nothing under "## 1.2.3"']);
    }
  });
});

Deno.test("notesOf() returns the section of the version, with or without brackets and date", () => {
  assertEquals(notesOf(CHANGELOG, "1.2.3"), "- new\n\n### Fixed\n\n- old");
  assertEquals(notesOf(CHANGELOG, "1.2.2"), "- first");
});

Deno.test("releaseNotes() end with when Deno begins to use the version", () => {
  assertMatch(releaseNotes(CHANGELOG, "1.2.2"), /^- first\n\n.*JSR.* 24 hours.*--minimum-dependency-age=0.*$/);
});

Deno.test("follow() changes the version and nothing else", () => {
  const feature = '{\n  "id": "arar",\n  "version": "1.2.2",\n  "options": { "version": { "default": "latest" } }\n}\n';
  assertEquals(follow(feature, "1.2.3"), feature.replace("1.2.2", "1.2.3"));
  const text = "arar_1.2.2_linux_amd64, ARAR_VERSION=1.2.2, ARAR_VERSION: 1.2.2, jsr:@ikedam/arar@1.2.2, deno 2.9.5";
  assertEquals(follow(text, "1.10.0"), text.replaceAll("1.2.2", "1.10.0"));
  assertMatch(follow(readText(FOLLOWERS[0] ?? ""), "9.9.9"), /^ {2}"version": "9\.9\.9",$/m);
});
