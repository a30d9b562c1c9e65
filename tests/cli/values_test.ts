/**
 * Owns the proof of how an option's value is found: typed, exported, or neither.
 * Must not know what a value is for.
 */
import { assertEquals, assertThrows } from "@std/assert";
import { readFlag, readList, readValue, typedValue } from "../../lib/cli/values.ts";
import { ArarError } from "../../lib/errors.ts";
import type { Env, Sourced } from "../../lib/sourced.ts";

Deno.test("readValue()", async (t) => {
  const both: Env = { AWS_REGION: "eu-west-1", AWS_DEFAULT_REGION: "us-west-2" };
  const rows: readonly (readonly [string, string | undefined, Env, Sourced<string> | undefined])[] = [
    ["is nothing where nothing is given", undefined, {}, undefined],
    ["is what was typed", "eu-north-1", {}, { value: "eu-north-1", from: "--region" }],
    ["prefers what was typed", "eu-north-1", both, { value: "eu-north-1", from: "--region" }],
    ["takes the first variable", undefined, both, { value: "eu-west-1", from: "AWS_REGION" }],
    ["takes the second variable where the first is not set", undefined, { AWS_DEFAULT_REGION: "us-west-2" }, {
      value: "us-west-2",
      from: "AWS_DEFAULT_REGION",
    }],
    ["takes an empty variable for one that is not set", undefined, { ...both, AWS_REGION: "" }, {
      value: "us-west-2",
      from: "AWS_DEFAULT_REGION",
    }],
    ["is nothing where all variables are empty", undefined, { AWS_REGION: "", AWS_DEFAULT_REGION: "" }, undefined],
    ["knows no ARAR_ name beside an AWS name", undefined, { ARAR_REGION: "eu-west-1" }, undefined],
  ];
  for (const [what, typed, env, expected] of rows) {
    await t.step(
      what,
      () => assertEquals(readValue({ options: typed ? { region: typed } : {}, env }, "region"), expected),
    );
  }
});

Deno.test("typedValue()", async (t) => {
  await t.step("is what was typed", () => {
    assertEquals(typedValue({ region: "eu-west-1" }, "region"), { value: "eu-west-1", from: "--region" });
  });

  await t.step("is nothing otherwise", () => assertEquals(typedValue({}, "region"), undefined));
});

Deno.test("readFlag()", async (t) => {
  const name = "ARAR_USERNAME_SESSION";
  const exported: Sourced<true> = { value: true, from: name };
  const rows: readonly (readonly [string, true | undefined, string | undefined, Sourced<true> | undefined])[] = [
    ["is not set where nothing is given", undefined, undefined, undefined],
    ["is set where it was typed", true, undefined, { value: true, from: "--username-session" }],
    ["is set where it was typed, whatever is exported", true, "0", { value: true, from: "--username-session" }],
    ["is set by 1", undefined, "1", exported],
    ["is set by true", undefined, "true", exported],
    ["is not set by 0", undefined, "0", undefined],
    ["is not set by false", undefined, "false", undefined],
    ["is not set by an empty variable", undefined, "", undefined],
  ];
  const read = (typed: true | undefined, value: string | undefined) =>
    readFlag({
      options: typed ? { "username-session": true } : {},
      env: value === undefined ? {} : { [name]: value },
    }, "username-session");
  for (const [what, typed, value, expected] of rows) {
    await t.step(what, () => assertEquals(read(typed, value), expected));
  }

  for (const value of ["yes", "TRUE", "2", " 1", "no"]) {
    await t.step(`refuses ${JSON.stringify(value)}`, () => {
      const { message } = assertThrows(() => read(undefined, value), ArarError);
      assertEquals(message, `${name} is ${JSON.stringify(value)}; it takes 1, true, 0 or false`);
    });
  }
});

Deno.test("readList()", async (t) => {
  await t.step(
    "is what was typed, in order",
    () => assertEquals(readList({ tag: ["b=1", "a=2"] }, "tag"), ["b=1", "a=2"]),
  );

  await t.step("is empty where nothing was", () => assertEquals(readList({}, "tag"), []));
});
