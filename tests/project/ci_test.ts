import { assertArrayIncludes, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { count, slowest, summary } from "../../.ci/count.ts";
import { fastFiles, ON_SOURCE, SLOWEST } from "../../.ci/test.ts";
import { listFiles, readText } from "./sources.ts";

/** Deno runs this, so that the tests notice if the format of its report changes. */
const SAMPLE = `
Deno.test("group", async (t) => {
  await t.step("passes", () => {});
  await t.step("inner", async (t) => {
    await t.step("<fails> & \\"quotes\\"", () => { throw new Error("<failure>"); });
    await t.step("passes too", () => {});
  });
  await t.step({ name: "left out", ignore: true, fn: () => {} });
});
Deno.test("broken hook", async (t) => {
  await t.step("passes", () => {});
  throw new Error("after all");
});
Deno.test("alone", () => {});
Deno.test({ name: "not here: no terraform on PATH", ignore: true, fn: () => {} });
`;

async function reportOf(sample: string): Promise<string> {
  const folder = await Deno.makeTempDir();
  try {
    await Deno.writeTextFile(`${folder}/sample_test.ts`, sample);
    const args = ["test", "--no-check", "--no-config", "--no-lock", "--junit-path=report.xml"];
    await new Deno.Command(Deno.execPath(), { args, cwd: folder }).output();
    return await Deno.readTextFile(`${folder}/report.xml`);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

function failedCase(name: string, line: string) {
  return { name, file: "sample_test.ts", line, seconds: 0, outcome: "failed" } as const;
}

Deno.test("count()", async (t) => {
  await t.step("counts steps as cases, and a group only if it fails although its steps pass", async () => {
    const { passed, failed, skipped } = count(await reportOf(SAMPLE));
    assertEquals([passed, skipped], [4, ["not here: no terraform on PATH", "group > left out"]]);
    assertEquals(failed.map((one) => ({ ...one, seconds: 0 })), [
      failedCase("broken hook", "10"),
      failedCase('group > inner > <fails> & "quotes"', "5"),
    ]);
  });

  await t.step("counts nothing in an empty report", () => {
    assertEquals(count("<testsuites></testsuites>"), { passed: 0, failed: [], skipped: [] });
  });
});

Deno.test("summary()", async (t) => {
  await t.step("gives the command that repeats a failure, and ends with the totals", () => {
    const failed = [failedCase("it's > a case", "5")];
    assertEquals(summary({ passed: 3, failed, skipped: ["a: no zsh on PATH"] }).split("\n"), [
      "skipped: a: no zsh on PATH",
      "failed: sample_test.ts:5: it's > a case",
      `  repeat it with: deno task test --filter='it'"'"'s' sample_test.ts`,
      "3 passed, 1 failed, 1 skipped",
    ]);
  });
});

Deno.test("slowest()", async (t) => {
  await t.step("adds up the groups of each file", () => {
    const line = (file: string, name: string, time: number) =>
      `<testcase name="${name}" classname="./${file}" time="${time}" line="1" col="1"></testcase>`;
    const report = [line("a_test.ts", "one", 1), line("b_test.ts", "two", 1.5), line("b_test.ts", "three", 1)]
      .concat(line("b_test.ts", "two &gt; step", 1.5)).join("\n");
    assertEquals(slowest(report), "b_test.ts 2.5 s, a_test.ts 1.0 s");
    assertEquals(slowest(report, 1), "b_test.ts 2.5 s");
  });
});

Deno.test(".ci/test.ts", async (t) => {
  await t.step("refers to existing files", () => {
    const there = listFiles("tests", ".ts");
    assertEquals([...SLOWEST, ...ON_SOURCE].filter((path) => !there.includes(path)), []);
  });

  await t.step("regards a test as fast if it needs neither a process nor a socket", () => {
    const fast = fastFiles();
    const slow = ["tests/process/chain_test.ts", "tests/system/server_test.ts", "tests/mod_test.ts"];
    assertEquals(slow.filter((path) => fast.includes(path)), []);
    assertArrayIncludes(fast, ["tests/cli/args_test.ts"]);
  });
});

Deno.test(".ci/run", async (t) => {
  const script = readText(".ci/run");
  const ok: string = JSON.parse(readText("deno.json")).tasks.ok.command;

  await t.step("runs the commands of README", () => {
    const version = readText(".dvmrc").trim().replace("v", "");
    for (const task of ["demo", "test"]) {
      assertStringIncludes(readText("README.md"), `npx -y deno@${version} task ${task}\n`);
      assertStringIncludes(script, `part newcomer npx -y "deno@$version" task ${task}`);
    }
  });

  await t.step("runs every part of the task ok", () => {
    assertMatch(ok, /&& deno task test$/);
    for (const part of ok.split(" && ").slice(0, -1)) assertStringIncludes(script, `part ${part}\n`);
  });
});
