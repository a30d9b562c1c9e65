import { assertEquals, assertThrows } from "@std/assert";
import { envNames, type Option } from "../../lib/cli/option.ts";
import { OPTION_LIST, OTHER_NAMES } from "../../lib/cli/options.ts";
import { ArarError } from "../../lib/errors.ts";
import { readEnv, refuseUnknownNames } from "../../lib/settings/environment.ts";
import { refusal } from "../profile/profiles.ts";
import { readText } from "../project/sources.ts";

Deno.test("readEnv()", async (t) => {
  /** A process with these variables, of which some cannot be read. */
  const world = (env: Readonly<Record<string, string>>, unreadable: readonly string[], lists = true) => ({
    os: "linux" as const,
    env: () => ({ ...env }),
    hasEnv: (name: string) => name in env || unreadable.includes(name),
    envNames: () => lists ? [...Object.keys(env), ...unreadable] : undefined,
  });
  const message = (name: string) => `${name} is set to bytes that are not UTF-8, so arar cannot read it`;

  await t.step("keeps names as they are, but converts them to upper case on Windows", () => {
    const system = world({ Aws_Profile: "ci", PATH: "x" }, []);
    assertEquals({ ...readEnv(system) }, { Aws_Profile: "ci", PATH: "x" });
    assertEquals(readEnv({ ...system, os: "windows" }), { AWS_PROFILE: "ci", PATH: "x" });
  });

  for (const name of ["ARAR_POLCY", "AWS_SESSION_TOKEN", "AWS_BEARER_TOKEN_FOO", "BOTO_CONFIG", "TMPDIR"]) {
    await t.step(`refuses ${name} if it is not UTF-8`, () => {
      assertEquals(refusal(() => readEnv(world({ A: "b" }, [name]))), message(name));
    });
  }

  await t.step("refuses any other such variable when it is read, even where no names can be listed", () => {
    const env = readEnv(world({ A: "b" }, ["HOME", "ARAR_POLICY"], false));
    assertEquals(env.A, "b");
    for (const name of ["HOME", "ARAR_POLICY"]) assertThrows(() => env[name], ArarError, message(name));
  });

  await t.step("leaves alone what arar does not read, and PATH", () => {
    const env = readEnv(world({ A: "b" }, ["LS_COLORS", "PATH"]));
    assertEquals([{ ...env }, env.PATH], [{ A: "b" }, undefined]);
  });
});

Deno.test("refuseUnknownNames()", async (t) => {
  await t.step("accepts the variables of all options and the other documented ones", () => {
    const names = [...OPTION_LIST.flatMap((option: Option) => envNames(option)), ...OTHER_NAMES];
    refuseUnknownNames(Object.fromEntries(names.map((name) => [name, "x"])));
    refuseUnknownNames({ PATH: "x", ARARAT: "x", XARAR_TAG: "x" });
  });

  await t.step("accepts the variables of the install script", () => {
    const names = readText(".github/devcontainer/src/arar/install.sh").match(/\bARAR_\w+/g) ?? [];
    assertEquals(names.length > 4, true);
    refuseUnknownNames(Object.fromEntries(names.map((name) => [name, "x"])));
  });

  const rows = [
    ["ARAR_USER_NAME_SESSION", 'unknown variable "ARAR_USER_NAME_SESSION"; did you mean ARAR_USERNAME_SESSION?'],
    ["ARAR_PASSWORD_OF_MINE_XYZ", 'unknown variable "ARAR_PASSWORD_OF_MINE_XYZ"'],
    ["ARAR_DRY_RUN", "ARAR_DRY_RUN is not supported: use --dry-run, and unset ARAR_DRY_RUN"],
    ["ARAR_PRINT", "ARAR_PRINT is not supported: use --print, and unset ARAR_PRINT"],
  ] as const;
  for (const [name, message] of rows) {
    await t.step(`refuses ${name}`, () => assertEquals(refusal(() => refuseUnknownNames({ [name]: "1" })), message));
  }
});
