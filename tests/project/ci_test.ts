import { assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { count, summary } from "../../.ci/count.ts";
import { readText } from "./sources.ts";

/** Run through Deno itself, so that a change of its report's form cannot go by unseen. */
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
    await new Deno.Command(Deno.execPath(), {
      args: [
        "test",
        "--no-check",
        "--no-config",
        "--no-lock",
        "--junit-path=report.xml",
      ],
      cwd: folder,
    }).output();
    return await Deno.readTextFile(`${folder}/report.xml`);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

Deno.test("count()", async (t) => {
  await t.step("counts steps as cases, and a group only where it failed by itself", async () => {
    assertEquals(count(await reportOf(SAMPLE)), {
      passed: 4,
      failed: 2,
      skipped: ["not here: no terraform on PATH", "group > left out"],
    });
  });

  await t.step("counts nothing in an empty report", () => {
    assertEquals(count("<testsuites></testsuites>"), {
      passed: 0,
      failed: 0,
      skipped: [],
    });
  });
});

Deno.test("summary()", async (t) => {
  await t.step("ends with the closing line", () => {
    assertEquals(
      summary({ passed: 3, failed: 1, skipped: ["a: no zsh on PATH"] }),
      "skipped: a: no zsh on PATH\n3 passed, 1 failed, 1 skipped",
    );
  });
});

Deno.test(".ci/run", async (t) => {
  const script = readText(".ci/run");
  const ok: string = JSON.parse(readText("deno.json")).tasks.ok.command;

  await t.step("tests by the command that README gives", () => {
    const version = readText(".dvmrc").trim().replace("v", "");
    assertStringIncludes(
      readText("README.md"),
      `npx -y deno@${version} task test`,
    );
    assertStringIncludes(script, 'npx -y "deno@$version" task test');
  });

  await t.step("runs every part of the task ok", () => {
    assertMatch(ok, /&& deno task test$/);
    for (const part of ok.split(" && ").slice(0, -1)) {
      assertStringIncludes(script, `part ${part}\n`);
    }
  });
});
