/** The limits of session tags. */
import { assertEquals } from "@std/assert";
import { checkTags, checkTransitiveTagKeys } from "../../lib/aws/session_tags.ts";
import { refusal } from "../profile/profiles.ts";
import { origin } from "../origin.ts";

function check(words: readonly string[]) {
  return checkTags(words.map((word) => {
    const [key = "", ...rest] = word.split("=");
    return { value: { key, value: rest.join("=") }, from: origin("--tag") };
  }));
}

const tags = (count: number) => Array.from({ length: count }, (_, index) => `key${index}=value`);

Deno.test("checkTags()", async (t) => {
  await t.step("accepts the longest, and the most", () => {
    assertEquals(check([`${"k".repeat(128)}=${"v".repeat(256)}`]).length, 1);
    assertEquals(check(tags(50)).length, 50);
  });

  await t.step("accepts every letter, digit and space, and the signs that STS accepts", () => {
    assertEquals(check(["Über größe_.:/+-@=値 ٣ _.:/=+-@"]), [{ key: "Über größe_.:/+-@", value: "値 ٣ _.:/=+-@" }]);
  });

  const [key, value] = ["k".repeat(129), "v".repeat(257)];
  const signs = "letters, digits, spaces and _.:/=+-@";
  const rows = [
    [tags(51), "--tag names 51 tags; a session can have at most 50"],
    [["aws:cloudformation=x"], '--tag has the key "aws:cloudformation"; the prefix "aws:" is reserved for AWS'],
    [["AWS:x=x"], '--tag has the key "AWS:x"; the prefix "aws:" is reserved for AWS'],
    [["a*b=x"], `--tag has the key "a*b"; expected 1 to 128 ${signs}`],
    [[`${key}=x`], `--tag has the key "${key.slice(0, 117)}..."; expected 1 to 128 ${signs}`],
    [["a=*"], `--tag "a" is "*"; expected at most 256 ${signs}`],
    [["a=x\n"], `--tag "a" is "x\\n"; expected at most 256 ${signs}`],
    [[`a=${value}`], `--tag "a" is "${value.slice(0, 117)}..."; expected at most 256 ${signs}`],
    [["Team=a", "team=b"], '--tag has "Team" and "team" twice; tag keys are case-insensitive'],
    [["Team=a", "Team=a"], '--tag has "Team" twice; tag keys are case-insensitive'],
  ] as const;
  for (const [words, message] of rows) {
    await t.step(`refuses ${message}`, () => assertEquals(refusal(() => check(words)), message));
  }
});

Deno.test("checkTransitiveTagKeys()", async (t) => {
  const keys = (...given: readonly string[]) =>
    checkTransitiveTagKeys(
      given.map((value) => ({ value, from: origin("--transitive-tag-key") })),
      check(["Team=blue", "Cost=1"]),
    );

  await t.step("accepts keys of tags, in any case", () => assertEquals(keys("team", "Cost"), ["team", "Cost"]));

  await t.step("refuses a key that no tag has, and a key twice", () => {
    assertEquals(refusal(() => keys("Other")), '--transitive-tag-key is "Other", but no --tag has that key');
    assertEquals(
      refusal(() => keys("Team", "team")),
      '--transitive-tag-key has "Team" and "team" twice; tag keys are case-insensitive',
    );
  });
});
