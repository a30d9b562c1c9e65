import { assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { demoText, drawTerminal, PICTURE } from "./picture.ts";

describe("drawTerminal()", () => {
  it("escapes what is markup, colours what is said by whom", () => {
    const svg = drawTerminal("# note\n$ a <b> & c\narar: no\n\nout\n");
    assertStringIncludes(svg, ">$ a &lt;b&gt; &amp; c</text>");
    assertEquals([...svg.matchAll(/class="(\w+)"/g)].map(([, kind]) => kind), ["comment", "command", "arar"]);
    assertMatch(svg, /<text x="20" y="115" textLength="25\.2">out<\/text>/);
  });
});

describe("the picture in README", () => {
  it("is what the demo prints (else: deno task picture)", async () => {
    assertEquals(await Deno.readTextFile(PICTURE), drawTerminal(await demoText()));
  });
});
