import { assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { demoText, drawTerminal, PICTURE } from "./picture.ts";

Deno.test("drawTerminal()", async (t) => {
  await t.step("escapes what is markup, colours what is said by whom", () => {
    const svg = drawTerminal("# note\n$ a <b> & c\narar: no\n\nout\n");
    assertStringIncludes(svg, ">$ a &lt;b&gt; &amp; c</text>");
    assertEquals([...svg.matchAll(/class="(\w+)"/g)].map(([, kind]) => kind), ["comment", "command", "arar"]);
    assertMatch(svg, /<text x="20" y="115" textLength="25\.2">out<\/text>/);
  });
});

Deno.test("the picture in README", async (t) => {
  await t.step("is what the demo prints (else: deno task picture)", async () => {
    assertEquals(await Deno.readTextFile(PICTURE), drawTerminal(await demoText()));
  });
});
