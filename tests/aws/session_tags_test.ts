/** The limits of session tags. */
import { assertEquals } from "@std/assert";
import { checkTags, checkTransitiveTagKeys } from "../../lib/aws/session_tags.ts";
import { refusal } from "../profile/profiles.ts";

function check(words: readonly string[]) {
  return checkTags(words.map((word) => {
    const [key = "", ...rest] = word.split("=");
    return { value: { key, value: rest.join("=") }, from: "--tag" };
  }));
}

const tags = (count: number) => Array.from({ length: count }, (_, index) => `key${index}=value`);

Deno.test("checkTags()", async (t) => {
  await t.step("takes the longest and the most", () => {
    assertEquals(
      check([`${"k".repeat(128)}=${"v".repeat(256)}`]).length,
      1,
    );
    assertEquals(check(tags(50)).length, 50);
  });

  await t.step("takes every letter, digit and space, and the signs of STS", () => {
    assertEquals(check(["Über größe_.:/+-@=値 ٣ _.:/=+-@"]), [
      { key: "Über größe_.:/+-@", value: "値 ٣ _.:/=+-@" },
    ]);
  });

  const rows = [
    [tags(51), "--tag names 51 tags; a session has at most 50"],
    [
      ["aws:cloudformation=x"],
      '--tag has the key "aws:cloudformation"; the prefix "aws:" is reserved for AWS',
    ],
    [["AWS:x=x"], '--tag has the key "AWS:x"; the prefix "aws:" is reserved for AWS'],
    [
      ["a*b=x"],
      '--tag has the key "a*b"; expected 1 to 128 letters, digits, spaces and _.:/=+-@',
    ],
    [
      ["a=*"],
      '--tag "a" is "*"; expected at most 256 letters, digits, spaces and _.:/=+-@',
    ],
    [
      ["a=x\n"],
      '--tag "a" is "x\\n"; expected at most 256 letters, digits, spaces and _.:/=+-@',
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
        assertEquals(refusal(() => check(words)), message);
      },
    );
  }

  await t.step("refuses a key or a value that is too long", () => {
    refusal(() => check([`${"k".repeat(129)}=v`]));
    refusal(() => check([`k=${"v".repeat(257)}`]));
  });
});

Deno.test("checkTransitiveTagKeys()", async (t) => {
  const team = check(["Team=blue", "Cost=1"]);
  const keys = (given: readonly string[]) =>
    checkTransitiveTagKeys(given.map((value) => ({ value, from: "--transitive-tag-key" })), team);

  await t.step("takes keys of tags, whatever their case", () => {
    assertEquals(keys(["team", "Cost"]), [
      "team",
      "Cost",
    ]);
  });

  await t.step("refuses the key of no tag, and a key twice", () => {
    assertEquals(
      refusal(() => keys(["Other"])),
      '--transitive-tag-key is "Other", but no --tag has that key',
    );
    assertEquals(
      refusal(() => keys(["Team", "team"])),
      '--transitive-tag-key has "Team" and "team" twice; keys are compared without case',
    );
  });
});
