/**
 * Owns the proof of the limits of session tags.
 * Must not know what tags are for.
 */
import { assertEquals } from "@std/assert";
import { checkTransitiveTagKeys, parseTags } from "../../lib/aws/session_tags.ts";
import { refusal } from "../profile/profiles.ts";

const tags = (count: number) => Array.from({ length: count }, (_, index) => `key${index}=value`);

Deno.test("parseTags()", async (t) => {
  await t.step("cuts at the first equals sign", () => {
    assertEquals(parseTags(["a=b=c", "d="]), [{ key: "a", value: "b=c" }, {
      key: "d",
      value: "",
    }]);
  });

  await t.step("takes the longest and the most", () => {
    assertEquals(
      parseTags([`${"k".repeat(128)}=${"v".repeat(256)}`]).length,
      1,
    );
    assertEquals(parseTags(tags(50)).length, 50);
  });

  await t.step("takes every letter, digit and space, and the signs of STS", () => {
    assertEquals(parseTags(["Über größe_.:/+-@=値 ٣ _.:/=+-@"]), [
      { key: "Über größe_.:/+-@", value: "値 ٣ _.:/=+-@" },
    ]);
  });

  const rows = [
    [tags(51), "--tag is given 51 times; a session has at most 50 tags"],
    [["=value"], '--tag is "=value"; it takes KEY=VALUE'],
    [
      ["aws:cloudformation=x"],
      '--tag has the key "aws:cloudformation"; AWS keeps "aws:" to itself',
    ],
    [["AWS:x=x"], '--tag has the key "AWS:x"; AWS keeps "aws:" to itself'],
    [
      ["a*b=x"],
      '--tag has the key "a*b"; a key takes 1 to 128 letters, digits, spaces and _.:/=+-@',
    ],
    [
      ["a=*"],
      '--tag "a" is "*"; a value takes at most 256 letters, digits, spaces and _.:/=+-@',
    ],
    [
      ["a=x\n"],
      '--tag "a" is "x\\n"; a value takes at most 256 letters, digits, spaces and _.:/=+-@',
    ],
    [
      ["Team=a", "team=b"],
      '--tag has "Team" and "team" twice; keys are compared without case',
    ],
    [
      ["Team=a", "Team=a"],
      '--tag has "Team" twice; keys are compared without case',
    ],
  ] as const;
  for (const [words, message] of rows) {
    await t.step(
      `refuses ${words.length === 1 ? words[0].trim() : `${words.length} tags`}: ${message.slice(0, 30)}`,
      () => {
        assertEquals(refusal(() => parseTags(words)), message);
      },
    );
  }

  await t.step("refuses a key or a value that is too long", () => {
    refusal(() => parseTags([`${"k".repeat(129)}=v`]));
    refusal(() => parseTags([`k=${"v".repeat(257)}`]));
  });
});

Deno.test("checkTransitiveTagKeys()", async (t) => {
  const team = parseTags(["Team=blue", "Cost=1"]);

  await t.step("takes keys of tags, whatever their case", () => {
    assertEquals(checkTransitiveTagKeys(["team", "Cost"], team), [
      "team",
      "Cost",
    ]);
  });

  await t.step("refuses the key of no tag, and a key twice", () => {
    assertEquals(
      refusal(() => checkTransitiveTagKeys(["Other"], team)),
      '--transitive-tag-key is "Other", which is the key of no --tag',
    );
    assertEquals(
      refusal(() => checkTransitiveTagKeys(["Team", "team"], team)),
      '--transitive-tag-key has "Team" and "team" twice; keys are compared without case',
    );
  });
});
