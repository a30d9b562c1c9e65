/**
 * Holds the documents against the code: the blocks that the code knows, the hints that are quoted, and every link.
 */
import { assert, assertEquals } from "@std/assert";
import { DOCUMENTS, renderDocument } from "../../.ci/docs.ts";
import { listFiles } from "./sources.ts";

const TOP = new URL("../../", import.meta.url);
const PAGES = ["README.md", "CHANGELOG.md", ...listFiles(".github", ".md"), ...listFiles("tests", ".md")];

Deno.test("the documents", async (t) => {
  for (const path of Object.keys(DOCUMENTS)) {
    await t.step(`${path} has its blocks as \`deno task docs\` writes them`, async () => {
      assertEquals(read(path), await renderDocument(path, read(path)));
    });
  }

  await t.step("README.md is short", () => {
    assert(read("README.md").trimEnd().split("\n").length <= 220);
  });

  await t.step("TROUBLESHOOTING.md quotes the program's own words", () => {
    const quoted = read(".github/TROUBLESHOOTING.md").split(/\n\n+/).filter((block) => block.startsWith("> "))
      .map((block) => block.replaceAll(/\n?> /g, " ").trim());
    // A sentence may be put together from literals of several lines.
    const sources = listFiles("lib", ".ts").map(read).join("\n").replaceAll(/["`] \+\s+["`]/g, "");
    assertEquals([quoted.length > 20, quoted.filter((hint) => !sources.includes(hint))], [true, []]);
  });

  await t.step("every relative link leads to a file, and to a heading of it", () => {
    const links = PAGES.flatMap((page) => linksOf(read(page)).map((link) => ({ page, link })));
    assert(links.length > 15, "no links were found");
    assertEquals(links.filter(({ page, link }) => !resolves(page, link)), []);
  });
});

function read(path: string): string {
  return Deno.readTextFileSync(new URL(path, TOP));
}

function linksOf(text: string): readonly string[] {
  const prose = text.replaceAll(/^```.*?^```$/gms, "").replaceAll(/`[^`\n]*`/g, "");
  return [...prose.matchAll(/\]\(([^)\s]+)\)/g)].map(([, link = ""]) => link).filter((link) => !/^[a-z]+:/.test(link));
}

function resolves(page: string, link: string): boolean {
  const target = new URL(link, new URL(page, TOP));
  const heading = decodeURIComponent(target.hash.slice(1));
  target.hash = "";
  try {
    return Deno.statSync(target).isDirectory || heading === "" ||
      anchors(Deno.readTextFileSync(target)).includes(heading);
  } catch {
    return false;
  }
}

/** As GitHub makes them: lower case, hyphens for spaces, nothing but letters, digits, hyphens and underscores. */
function anchors(text: string): readonly string[] {
  return [...text.matchAll(/^#+ (.*)$/gm)].map(([, heading = ""]) =>
    heading.toLowerCase().replaceAll(/[^\w\s-]/g, "").replaceAll(" ", "-")
  );
}
