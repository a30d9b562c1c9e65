import { assertEquals } from "@std/assert";
import { botoFilePaths, sharedFilePaths, shownPath } from "../../lib/profile/file_paths.ts";
import { refusal } from "./profiles.ts";

const NO_HOME = { homeFolder: () => undefined };

Deno.test("sharedFilePaths()", async (t) => {
  const rows = [
    ["the home folder", { HOME: "/home/alice" }, "/home/alice/.aws/config"],
    ["a home with a trailing slash", { HOME: "/home/alice/" }, "/home/alice/.aws/config"],
    ["the root as home", { HOME: "/" }, "/.aws/config"],
    ["the home folder of Windows", { USERPROFILE: "C:\\Users\\alice" }, "C:\\Users\\alice/.aws/config"],
    ["a home on a drive", { HOMEDRIVE: "H:", HOMEPATH: "\\alice" }, "H:\\alice/.aws/config"],
    ["a named file", { HOME: "/h", AWS_CONFIG_FILE: "/etc/aws" }, "/etc/aws"],
    ["a named file at home", { HOME: "/h", AWS_CONFIG_FILE: "~/aws.ini" }, "/h/aws.ini"],
    ["a variable", { HOME: "/h", AWS_CONFIG_FILE: "$HOME/aws.ini" }, "/h/aws.ini"],
    ["a variable in braces", { A_B: "x", AWS_CONFIG_FILE: "/${A_B}y/$A_B" }, "/xy/x"],
    ["the name of a variable that is not set", { AWS_CONFIG_FILE: "/$NONE/%HOME%" }, "/$NONE/%HOME%"],
    ["a variable of Windows", { OS: "Windows_NT", APPDATA: "C:\\A", AWS_CONFIG_FILE: "%APPDATA%\\aws" }, "C:\\A\\aws"],
    ["the default for an empty name", { HOME: "/h", AWS_CONFIG_FILE: "" }, "/h/.aws/config"],
    ["~ without a home", {}, "~/.aws/config"],
  ] as const;
  for (const [what, env, path] of rows) {
    await t.step(`uses ${what}`, () => assertEquals(sharedFilePaths({ ...env }, NO_HOME).config, path));
  }

  await t.step("gets the home folder from the system if the environment has none", () => {
    assertEquals(sharedFilePaths({}, { homeFolder: () => "/home/bob" }).credentials, "/home/bob/.aws/credentials");
  });

  await t.step("uses AWS_SHARED_CREDENTIALS_FILE for the credentials file", () => {
    const env = { HOME: "/h", AWS_CONFIG_FILE: "/c", AWS_SHARED_CREDENTIALS_FILE: "/s" };
    assertEquals(sharedFilePaths(env, NO_HOME).credentials, "/s");
  });

  await t.step("refuses the home folder of another user", () => {
    assertEquals(
      refusal(() => sharedFilePaths({ HOME: "/h", AWS_CONFIG_FILE: "~bob/aws" }, NO_HOME)),
      'AWS_CONFIG_FILE is "~bob/aws"; use the full path of that user\'s home directory instead of ~',
    );
  });
});

Deno.test("botoFilePaths()", async (t) => {
  const rows = [
    ["the paths of the system and the user", {}, ["/etc/boto.cfg", "/h/.boto"]],
    ["the path in BOTO_CONFIG", { BOTO_CONFIG: "~/$NAME" }, ["/h/mine"]],
  ] as const;
  for (const [what, env, paths] of rows) {
    await t.step(`returns ${what}`, () => {
      assertEquals(botoFilePaths({ HOME: "/h", NAME: "mine", ...env }, NO_HOME), paths);
    });
  }
});

Deno.test("shownPath()", async (t) => {
  const rows = [
    ["/home/alice", "/home/alice/.aws/config", "~/.aws/config"],
    ["C:\\Users\\alice", "C:\\Users\\alice/.aws/config", "~/.aws/config"],
    ["/home/alice", "/home/alice2/.aws/config", "/home/alice2/.aws/config"],
    ["", "/.aws/config", "/.aws/config"],
    [undefined, "/etc/aws", "/etc/aws"],
  ] as const;
  for (const [home, path, shown] of rows) {
    await t.step(`returns ${shown} for ${path}`, () => assertEquals(shownPath({ home }, path), shown));
  }
});
