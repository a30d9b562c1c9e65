/** How functions are marked so that V8 compiles them early, and which ones: those that sample runs call. */
import { assertEquals, assertRejects } from "@std/assert";
import { pathToFileURL } from "node:url";
import { calledFunctions, compiledEagerly } from "../../.ci/eager.ts";
import { baseEnv } from "../arar.ts";

/** Compiles the text without its marks, each of which is at the beginning of a called function. */
function eagerly(marked: string): string {
  const called = new Set<number>();
  const text = marked.replaceAll(/§/g, (_, offset: number) => {
    called.add(offset - called.size);
    return "";
  });
  return compiledEagerly(text, called);
}

Deno.test("compiledEagerly()", async (t) => {
  const rows: readonly (readonly [string, string, string])[] = [
    ["an arrow function", "const a = §(b) => b;", "const a = ((b) => b);"],
    ["one in another", "const a = §(b) => §(c) => c;", "const a = ((b) => ((c) => c));"],
    ["an expression", "f(§function(a) {});", "f((function(a) {}));"],
    ["a declaration", "§function a() {}", "var a = (function a() {});"],
    ["a declaration that is used before", "a();\n§async function a() {}", "var a = (async function a() {});\na();"],
    [
      "an asynchronous arrow function",
      "f(§async (a = 1, b) => { b(); });",
      "f((async function (a = 1, b)  { b(); }));",
    ],
    ["one without parameters", "f(§async () => 1);", "f((async function () { return 1; }));"],
    ["one that gives an object", "f(§async (a) => ({ a }));", "f((async function (a) { return ({ a }); }));"],
    ["a method of an object", "f({ §a(b) {} });", "f({ a: (function (b) {}) });"],
    ["an asynchronous one", "f({ §async a(b) {} });", "f({ a: (async function (b) {}) });"],
    ["one that generates", "f({ §*a(b) {} });", "f({ a: (function* (b) {}) });"],
    ["a field of a class", "class A { a = §() => this; }", "class A { a = (() => this); }"],
  ];
  for (const [what, before, after] of rows) {
    await t.step(`puts ${what} in parentheses`, () => assertEquals(eagerly(before), after));
  }

  const kept: readonly (readonly [string, string])[] = [
    ["what was not called", "const a = (b) => b;\nfunction c() {}"],
    ["an asynchronous arrow function with a this that is not its own", "f(§async () => { await this.a; });"],
    ["one with arguments that are not its own", "f(§async () => arguments[0]);"],
    ["a method that needs its object", "f({ §a() { super.a(); } });"],
    ["accessors, and names that are computed", "f({ §get a() {}, §[b]() {} });"],
    ["methods of a class", "class A { §a() {} static §b() {} }"],
    ["a declaration in a function", "function a() { §function b() {} }"],
  ];
  for (const [what, text] of kept) {
    await t.step(`leaves ${what}`, () => assertEquals(eagerly(text), text.replaceAll("§", "")));
  }
});

Deno.test("calledFunctions()", async (t) => {
  const folder = await Deno.makeTempDir({ prefix: "arar-eager-test-" });
  const program = `${await Deno.realPath(folder)}/program.js`;
  const text =
    "function a() {}\nfunction b() {}\nif (Deno.args[0] === 'a') a(); else if (Deno.args[0] === 'b') b(); else throw 1;";
  await Deno.writeTextFile(program, text);
  try {
    await t.step("is what any of the runs called", async () => {
      const startsOf = async (...runs: readonly (readonly string[])[]) => {
        const called = await calledFunctions(program, runs, baseEnv());
        const starts = called.get(pathToFileURL(program).href) ?? new Set();
        return ["a", "b"].filter((name) => starts.has(text.indexOf(`function ${name}`)));
      };
      assertEquals(await startsOf(["b"]), ["b"]);
      assertEquals(await startsOf(["a"], ["b"]), ["a", "b"]);
    });

    await t.step("fails if a run fails", async () => {
      await assertRejects(() => calledFunctions(program, [["c"]], baseEnv()), Error, "failed");
    });
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});
