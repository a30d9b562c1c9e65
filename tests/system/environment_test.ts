import { assert, assertEquals, assertMatch } from "@std/assert";
import { environment } from "../../lib/system/environment.ts";

const NAME = "ARAR_TEST_ENVIRONMENT";

/** Unsets the variable at the end of a case. */
function withoutName(): Disposable {
  return { [Symbol.dispose]: () => Deno.env.delete(NAME) };
}

Deno.test("environment", async (t) => {
  await t.step("setEnv() sets a variable of this process", () => {
    using _ = withoutName();
    environment.setEnv(NAME, "日本 \n=");
    assertEquals([Deno.env.get(NAME), environment.env()[NAME]], ["日本 \n=", "日本 \n="]);
  });

  await t.step("deleteEnv() removes a variable rather than making it empty", () => {
    using _ = withoutName();
    environment.setEnv(NAME, "x");
    environment.deleteEnv(NAME);
    assertEquals(NAME in environment.env(), false);
  });

  await t.step("deleteEnv() accepts a variable that is not set", () => environment.deleteEnv(NAME));

  await t.step("env() is a copy", () => {
    using _ = withoutName();
    const before = environment.env();
    environment.setEnv(NAME, "x");
    assertEquals(NAME in before, false);
  });

  await t.step("homeFolder() is a folder", async () => {
    assertEquals((await Deno.stat(environment.homeFolder() ?? "")).isDirectory, true);
  });

  await t.step("runtime names Deno and the platform", () => {
    assertMatch(environment.runtime, /^deno \d+\.\d+\.\d+, \w+-\w+-\w+/);
  });

  await t.step({
    name: "commandLine() is the whole command line of this process, as bytes",
    ignore: Deno.build.os !== "linux",
    fn: () => {
      const words = environment.commandLine()?.map((word) => new TextDecoder().decode(word)) ?? [];
      assertMatch(words[0] ?? "", /deno/);
      assert(words.includes("test"));
    },
  });
});
