/**
 * Reads the JUnit report of `deno test --junit-path`: how many cases passed, failed and were skipped, the command that
 * repeats each failure, and which files took longest.
 */
// deno-lint-ignore-file no-console

/** One case, or a group of cases. */
interface Case {
  /** From the outermost group on, joined by ` > `. */
  readonly name: string;
  /** Where it is registered. */
  readonly file: string;
  readonly line: string;
  readonly seconds: number;
  readonly outcome: "passed" | "failed" | "skipped";
}

/** How the cases of a report ended. */
export interface Count {
  passed: number;
  failed: Case[];
  skipped: string[];
}

/** A group (a case with steps) is not counted itself, unless it failed although none of its steps did. */
export function count(report: string): Count {
  const total: Count = { passed: 0, failed: [], skipped: [] };
  const cases = casesOf(report);
  const groups = groupsAround(cases);
  const failedWithin = groupsAround(cases.filter(({ outcome }) => outcome === "failed"));
  for (const one of cases) {
    const key = `${one.file} ${one.name}`;
    if (groups.has(key) && (one.outcome !== "failed" || failedWithin.has(key))) continue;
    if (one.outcome === "skipped") total.skipped.push(one.name);
    else if (one.outcome === "failed") total.failed.push(one);
    else total.passed++;
  }
  return total;
}

/** The groups that contain these cases, with their files: `a` and `a > b` for `a > b > c`. */
function groupsAround(cases: readonly Case[]): ReadonlySet<string> {
  return new Set(cases.flatMap(({ name, file }) => {
    const parts = name.split(" > ");
    return parts.slice(1).map((_, index) => `${file} ${parts.slice(0, index + 1).join(" > ")}`);
  }));
}

/** Deno writes one element per line and escapes `<`, `>`, `&` and quotes in attributes, so no XML parser is needed. */
function casesOf(report: string): Case[] {
  const pattern = /<testcase ([^>]*?)(?:\/>|>([^]*?)<\/testcase>)/g;
  return [...report.matchAll(pattern)].map(([, attributes = "", body]) => {
    const of = (name: string) => unescape(new RegExp(`\\b${name}="([^"]*)"`).exec(attributes)?.[1] ?? "");
    return {
      name: of("name"),
      file: of("classname").replace(/^\.\//, ""),
      line: of("line"),
      seconds: Number(of("time")),
      outcome: outcomeOf(body ?? ""),
    };
  });
}

function outcomeOf(body: string): Case["outcome"] {
  if (/^\s*<skipped\b/.test(body)) return "skipped";
  return /^\s*<(failure|error)\b/.test(body) ? "failed" : "passed";
}

const ENTITIES: Readonly<Record<string, string>> = { lt: "<", gt: ">", quot: '"', apos: "'", amp: "&" };

function unescape(text: string): string {
  return text.replace(/&(lt|gt|quot|apos|amp);/g, (_, name: string) => ENTITIES[name] ?? "");
}

/** The skipped and the failed cases, and as the last line the number of each. */
export function summary({ passed, failed, skipped }: Count): string {
  return [
    ...skipped.map((name) => `skipped: ${name}`),
    ...failed.flatMap(({ name, file, line }) => [
      `failed: ${file}:${line}: ${name}`,
      `  repeat it with: deno task test --filter=${shellWord(name.split(" > ")[0] ?? "")} ${file}`,
    ]),
    `${passed} passed, ${failed.length} failed, ${skipped.length} skipped`,
  ].join("\n");
}

function shellWord(text: string): string {
  return `'${text.replaceAll("'", `'"'"'`)}'`;
}

/** The files that took longest, slowest first. */
export function slowest(report: string, limit = 5): string {
  const files = new Map<string, number>();
  for (const { name, file, seconds } of casesOf(report)) {
    if (!name.includes(" > ")) files.set(file, (files.get(file) ?? 0) + seconds);
  }
  const sorted = [...files].sort(([, one], [, other]) => other - one).slice(0, limit);
  return sorted.map(([file, seconds]) => `${file} ${seconds.toFixed(1)} s`).join(", ");
}

if (import.meta.main) {
  const [path = ""] = Deno.args;
  console.log(summary(count(Deno.readTextFileSync(path))));
}
