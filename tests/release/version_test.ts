import { assertEquals, assertMatch, assertThrows } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { disagreements, follow, notesOf, type Told, versionOf } from "../../.ci/release/version.ts";
import { read } from "./workflow.ts";

const CHANGELOG =
  "# Changelog\n\n## Unreleased\n\n## 1.2.3 - 2026-01-02\n\n- new\n\n### Fixed\n\n- old\n\n## [1.2.2]\n\n- first\n";

const told = (parts: Partial<Told> = {}): Told => ({
  config: '{ "version": "1.2.3" }',
  changelog: CHANGELOG,
  feature: '{ "version": "1.2.3" }',
  ...parts,
});

describe("versionOf()", () => {
  for (const version of ["1.2", "1.2.3-rc.1", "v1.2.3", "", undefined, 1]) {
    it(`refuses ${JSON.stringify(version)}`, () => {
      assertThrows(() => versionOf(JSON.stringify({ version })), Error, "deno.json has the version");
    });
  }
});

describe("disagreements()", () => {
  it("finds none where tag, deno.json, CHANGELOG and Feature agree", () => {
    assertEquals(disagreements(told(), "v1.2.3"), []);
  });

  for (const tag of ["v1.2.4", "1.2.3", "v1", "v1.2.3 "]) {
    it(`refuses the tag ${JSON.stringify(tag)}`, () => {
      assertEquals(disagreements(told(), tag), [`the tag is ${tag}, deno.json says v1.2.3`]);
    });
  }

  it("wants a section of the CHANGELOG that says something", () => {
    const empty = [
      "## 1.2.30\n\n- text\n",
      "## 1.2.3\n\n## 1.2.2\n\n- text\n",
      "## Unreleased\n\n1.2.3\n",
      "## 1x2x3\n\n- text\n",
    ];
    const found = empty.map((changelog) => disagreements(told({ changelog })));
    assertEquals(found, empty.map(() => ['CHANGELOG.md has nothing under "## 1.2.3"']));
  });

  it("sees a Feature that was left behind", () => {
    const found = disagreements(told({ feature: '{ "version": "1.2.2" }' }));
    assertMatch(found.join(), /^the Feature has the version 1\.2\.2: run deno task /);
  });

  it("finds none in this project", () => {
    const feature = read(".github/devcontainer/src/arar/devcontainer-feature.json");
    assertEquals(disagreements({ config: read("deno.json"), changelog: read("CHANGELOG.md"), feature }), []);
  });
});

describe("notesOf()", () => {
  it("gives the section of the version alone, with or without brackets and date", () => {
    assertEquals(notesOf(CHANGELOG, "1.2.3"), "- new\n\n### Fixed\n\n- old");
    assertEquals(notesOf(CHANGELOG, "1.2.2"), "- first");
  });
});

describe("follow()", () => {
  it("changes the version and nothing else", () => {
    const feature =
      '{\n  "id": "arar",\n  "version": "1.2.2",\n  "options": { "version": { "default": "latest" } }\n}\n';
    assertEquals(follow(feature, "1.2.3"), feature.replace("1.2.2", "1.2.3"));
  });
});
