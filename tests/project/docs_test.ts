/** Compares the documents with the code: generated parts, quoted hints, headings, variables and links. */
import { assert, assertEquals } from "@std/assert";
import { DOCUMENTS, renderDocument } from "../../.ci/docs.ts";
import { CIS } from "../../lib/aws/signers/ci_table.ts";
import { refuseUnknownNames } from "../../lib/settings/values.ts";
import { listFiles, readText as read, ROOT } from "./sources.ts";

const PAGES = ["README.md", "CHANGELOG.md", ...listFiles(".github", ".md"), ...listFiles("tests", ".md")];

Deno.test("the documents", async (t) => {
  for (const path of Object.keys(DOCUMENTS)) {
    await t.step(`${path} is as \`deno task docs\` writes it`, async () => {
      assertEquals(read(path), await renderDocument(path, read(path)));
    });
  }

  await t.step("README.md and REFERENCE.md are short", () => {
    for (const [path, most] of [["README.md", 220], [".github/REFERENCE.md", 576]] as const) {
      assert(read(path).trimEnd().split("\n").length <= most, path);
    }
  });

  await t.step("no block for a shell has a comment: an interactive zsh runs the # as a command", () => {
    const blocks = PAGES.flatMap((page) =>
      [...read(page).matchAll(/^```(?:sh|shell|bash|zsh|console)\b[^\n]*\n(.*?)^```$/gms)].map(([, text = ""]) => text)
    );
    const commented = blocks.flatMap((text) => text.split("\n")).filter((line) => /(?:^|\s)#/.test(line));
    assertEquals([blocks.length > 10, commented], [true, []]);
  });

  await t.step("OIDC.md has each CI, and its policies test claims of the issuer that they trust", () => {
    const text = read(".github/OIDC.md");
    const [table = ""] = text.split("<!-- cis -->");
    const rows = [...table.matchAll(/^\| (\w[\w ]*?) +\| `?([^|`]*)`?[^|]*\|/gm)].map(([, ci = "", issuer = ""]) => ({
      ci,
      issuer,
    }));
    assertEquals(rows.slice(1).map(({ ci }) => ci), [...CIS.map(({ name }) => name), "Google Cloud"]);
    const policies = [...text.matchAll(/^## ([^\n]*)$[^#]*?^```json oidc-\w+\n(.*?)^```$/gms)];
    assertEquals(policies.map(([, ci]) => ci), rows.slice(2).map(({ ci }) => ci));
    for (const [, ci, policy = ""] of policies) {
      const { Statement: { Principal, Action, Condition } } = JSON.parse(policy);
      assertEquals(Action, "sts:AssumeRoleWithWebIdentity");
      const issuer = Principal.Federated.replace("arn:aws:iam::123456789012:oidc-provider/", "");
      const host = rows.find((row) => row.ci === ci)?.issuer.split("/")[2] ?? "";
      assert(ci === "Google Cloud" || issuer.split("/")[0] === host.replace("ACCOUNT", "my-account"), ci);
      const keys = Object.values(Condition).flatMap((tests) => Object.keys(tests ?? {}));
      assertEquals(keys.map((key) => key.slice(0, issuer.length + 1)), keys.map(() => `${issuer}:`));
      const claims = keys.map((key) => key.slice(issuer.length + 1)).filter((claim) => claim !== "oaud");
      assertEquals(claims, ["aud", "sub"]);
    }
  });

  await t.step("TROUBLESHOOTING.md quotes the program's own hints", () => {
    const quoted = TROUBLESHOOTING.split(/\n\n+/).filter((block) => block.startsWith("> "))
      .map((block) => block.replaceAll(/\n?> /g, " ").trim());
    const said = texts("lib", ".ts");
    assertEquals([quoted.length > 20, quoted.filter((hint) => !said.includes(hint))], [true, []]);
  });

  await t.step("TROUBLESHOOTING.md has headings that are in messages", () => {
    const headings = [...TROUBLESHOOTING.matchAll(/^### (.*)$/gm)].map(([, heading = ""]) => heading)
      // This one is about other programs.
      .filter((heading) => !heading.endsWith("from the command"));
    // The messages of AWS and Deno are in tests, as are those that contain values.
    const said = texts("lib", ".ts") + texts("tests", ".ts") + texts(".github/devcontainer", ".sh");
    const unknown = headings.filter((heading) =>
      heading.split(/"?\.\.\."?|: /).map((part) => part.trim()).some((part) => !said.includes(part))
    );
    assertEquals([headings.length > 60, unknown], [true, []]);
  });

  await t.step("no document mentions an unknown variable of arar", () => {
    const names = PAGES.filter((page) => page !== "CHANGELOG.md")
      .flatMap((page) => read(page).match(/\bARAR_[A-Z_]*[A-Z]\b/g) ?? []).filter((name) => name !== "ARAR_X_Y");
    assert(names.length > 30);
    refuseUnknownNames(Object.fromEntries(names.map((name) => [name, ""])));
  });

  await t.step("every relative link leads to a file, and to a heading of it", () => {
    const links = PAGES.flatMap((page) => linksOf(read(page)).map((link) => ({ page, link })));
    assert(links.length > 15, "no links were found");
    assertEquals(links.filter(({ page, link }) => !resolves(page, link)), []);
  });
});

const TROUBLESHOOTING = read(".github/TROUBLESHOOTING.md");

/** The files as one text, with string literals joined that are split over several lines. */
function texts(folder: string, ending: string): string {
  return listFiles(folder, ending).map(read).join("\n").replaceAll(/["`] \+\s+["`]/g, "");
}

function linksOf(text: string): readonly string[] {
  const prose = text.replaceAll(/^```.*?^```$/gms, "").replaceAll(/`[^`\n]*`/g, "");
  return [...prose.matchAll(/\]\(([^)\s]+)\)/g)].map(([, link = ""]) => link).filter((link) => !/^[a-z]+:/.test(link));
}

function resolves(page: string, link: string): boolean {
  const target = new URL(link, new URL(page, ROOT));
  const heading = decodeURIComponent(target.hash.slice(1));
  target.hash = "";
  try {
    return Deno.statSync(target).isDirectory || heading === "" ||
      anchors(Deno.readTextFileSync(target)).includes(heading);
  } catch {
    return false;
  }
}

/** The anchors that GitHub generates for headings. */
function anchors(text: string): readonly string[] {
  return [...text.matchAll(/^#+ (.*)$/gm)].map(([, heading = ""]) =>
    heading.toLowerCase().replaceAll(/[^\w\s-]/g, "").replaceAll(" ", "-")
  );
}
