/**
 * Counts the cases in the JUnit report that `deno test --junit-path` wrote: lists what was skipped and ends with one line,
 * `N passed, N failed, N skipped`. Knows nothing of how the tests were run.
 *
 * @module
 */
// deno-lint-ignore-file no-console

/** How the cases of a report ended. */
export interface Count {
  passed: number;
  failed: number;
  skipped: string[];
}

interface Case {
  readonly name: string;
  readonly outcome: "passed" | "failed" | "skipped";
}

/**
 * A group (a case with steps) is no case of its own. It counts where it failed and none of its steps did: then it was a
 * hook or the group's own code.
 */
export function count(report: string): Count {
  const cases = casesOf(report);
  const total: Count = { passed: 0, failed: 0, skipped: [] };
  for (const one of cases) {
    const steps = cases.filter(({ name }) => name.startsWith(`${one.name} > `));
    if (steps.length > 0 && one.outcome !== "failed") continue;
    if (steps.some(({ outcome }) => outcome === "failed")) continue;
    if (one.outcome === "skipped") total.skipped.push(one.name);
    else total[one.outcome]++;
  }
  return total;
}

/** Deno writes one element a line and escapes `<`, `>`, `&` and quotes in attributes: enough to need no XML parser. */
function casesOf(report: string): Case[] {
  const pattern = /<testcase name="([^"]*)" [^>]*?(?:\/>|>([^]*?)<\/testcase>)/g;
  return [...report.matchAll(pattern)].map(([, name = "", body]) => ({
    name: unescape(name),
    outcome: outcomeOf(body ?? ""),
  }));
}

function outcomeOf(body: string): Case["outcome"] {
  if (/^\s*<skipped\b/.test(body)) return "skipped";
  return /^\s*<(failure|error)\b/.test(body) ? "failed" : "passed";
}

const ENTITIES: Readonly<Record<string, string>> = {
  "&lt;": "<",
  "&gt;": ">",
  "&quot;": '"',
  "&apos;": "'",
  "&amp;": "&",
};

function unescape(text: string): string {
  return text.replace(
    /&(lt|gt|quot|apos|amp);/g,
    (one) => ENTITIES[one] ?? one,
  );
}

export function summary({ passed, failed, skipped }: Count): string {
  return [
    ...skipped.map((name) => `skipped: ${name}`),
    `${passed} passed, ${failed} failed, ${skipped.length} skipped`,
  ].join("\n");
}

if (import.meta.main) {
  const [path = ""] = Deno.args;
  console.log(summary(count(Deno.readTextFileSync(path))));
}
