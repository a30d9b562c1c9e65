import { assertEquals } from "@std/assert";
import { botoFilePaths, readSharedFiles, sharedFilePaths, shownPath } from "../../lib/profile/shared_files.ts";
import { files } from "../../lib/system/files.ts";
import { profileFiles, profilesOf, refusal, valuesOf } from "./profiles.ts";
import { origin } from "../origin.ts";

const SYSTEM = { ...files, homeFolder: () => undefined };

function values(config: string, name: string, credentials = "") {
  return valuesOf(profilesOf(config, credentials).profiles.get(name)?.values);
}

Deno.test("readSharedFiles()", async (t) => {
  await t.step("treats missing files, and folders, as empty", () => {
    using made = profileFiles("");
    const env = { AWS_CONFIG_FILE: "/nowhere/config", AWS_SHARED_CREDENTIALS_FILE: made.folder };
    const { profiles, config, credentials } = readSharedFiles(SYSTEM, env);
    assertEquals(profiles.size, 0);
    assertEquals(config.shown, "/nowhere/config");
    assertEquals(credentials.shown.startsWith(`${made.folder} (cannot be read: `), true, credentials.shown);
  });

  await t.step("does not read a file for which Deno would prompt", () => {
    const system = { ...SYSTEM, mayRead: () => false, readTextFileSync: () => "[x" };
    const { config } = readSharedFiles(system, { HOME: "/h" });
    assertEquals(config.shown, "~/.aws/config (Deno has no permission to read it)");
  });

  await t.step("does not look for ~ in the working directory", () => {
    const system = { ...SYSTEM, readTextFileSync: () => "[x" };
    assertEquals(readSharedFiles(system, {}).config.shown, "~/.aws/config (the home directory is unknown)");
  });

  await t.step("reads the files each time", () => {
    using made = profileFiles("[profile a]\n");
    readSharedFiles(SYSTEM, made.env);
    Deno.writeTextFileSync(`${made.folder}/config`, "[profile b]\n");
    assertEquals([...readSharedFiles(SYSTEM, made.env).profiles.keys()], ["b"]);
  });

  await t.step("refuses a file that is not UTF-8", () => {
    using made = profileFiles(new Uint8Array([...new TextEncoder().encode("[default]\nx = "), 0xff, 0x0a]));
    assertEquals(
      refusal(() => readSharedFiles(SYSTEM, made.env)),
      `${made.folder}/config is malformed: line 2 is not UTF-8`,
    );
  });

  const headings = [
    ["[profile p]", "p"],
    ["[profile  p]", "p"],
    ["[profile\tp ]", "p"],
    ["[ profile p ]", "p"],
    ['[profile "my profile"]', "my profile"],
    ["[profile 'my profile']", "my profile"],
    ["[profile my\\ profile]", "my profile"],
    ['[profile my"-"profile]', "my-profile"],
    ["[profile a/b:c@d+e%f.g_h-i!]", "a/b:c@d+e%f.g_h-i!"],
    ["[default]", "default"],
    ["[ default ]", "default"],
    ["[profile default]", "default"],
  ] as const;
  for (const [heading, name] of headings) {
    await t.step(`finds a profile under ${heading}`, () => {
      assertEquals([...profilesOf(`${heading}\nx = 1\n`).profiles.keys()], [name]);
    });
  }

  const others = ["[p]", "[profilep]", "[profiles p]", "[profile a b]", '[profile "p]', "[preview]", "[services p]"];
  for (const heading of others) {
    await t.step(`finds no profile under ${heading}`, () => assertEquals([...profilesOf(`${heading}\n`).profiles], []));
  }

  await t.step("ends a section at any heading", () => {
    const keys = (id: string) => `aws_access_key_id = ${id}\naws_secret_access_key = secret-of-${id}\n`;
    for (const heading of ["[profile prod]# production", "[profile prod] text", "[prod]", "[profile a b]", "[x y z]"]) {
      const config = `[profile dev]\n${keys("DEV")}${heading}\n${keys("PROD")}`;
      assertEquals(values(config, "dev").aws_access_key_id, "DEV", heading);
    }
  });

  await t.step("uses the headings of a credentials file as they are", () => {
    assertEquals([...profilesOf("", "[a]\n[ b ]\n[my profile]\n[default]\n").profiles.keys()], [
      "a",
      "b",
      "my profile",
      "default",
    ]);
  });

  await t.step("finds a profile that contains only comments", () => {
    assertEquals([...profilesOf("[profile a]\n# region = x\n", "[default]").profiles.keys()], ["a", "default"]);
  });

  await t.step("merges both files; the credentials file wins", () => {
    const config = "[profile a]\nregion = eu-west-1\naws_access_key_id = CONFIG\n";
    assertEquals(values(config, "a", "[a]\naws_access_key_id = CREDENTIALS\n"), {
      region: "eu-west-1",
      aws_access_key_id: "CREDENTIALS",
    });
  });

  await t.step("prefers [profile default] to [default], in any order", () => {
    assertEquals(values("[profile default]\na = 1\n[default]\nb = 2\n", "default"), { a: "1" });
    assertEquals(values("[default]\nb = 2\n[profile default]\na = 1\n", "default"), { a: "1" });
  });

  await t.step("uses the last of two spellings of a heading, as botocore does", () => {
    assertEquals(values('[profile a]\nx = 1\n[profile "a"]\ny = 2\n', "a"), { y: "2" });
  });

  await t.step("applies [DEFAULT] to every profile, as botocore does", () => {
    const config = "[profile a]\nx = 1\n[DEFAULT]\nx = 0\ny = 0\n";
    assertEquals(values(config, "a"), { x: "1", y: "0" });
    assertEquals(`${profilesOf(config).profiles.get("a")?.values.get("y")?.from}`, "y in [DEFAULT] of CONFIG");
    assertEquals([...profilesOf(config).profiles.keys()], ["a"]);
  });

  await t.step("reads a large [DEFAULT] only for the sections that are used", () => {
    const lines = (make: (index: number) => string) =>
      Array.from({ length: 10_000 }, (_, index) => make(index)).join("");
    const sections = lines((index) => `[profile p${index}]\n[services s${index}]\nx = 1\n[sso-session t${index}]\n`);
    const found = profilesOf(`[DEFAULT]\n${lines((index) => `d${index} = 1\n`)}${sections}`);
    assertEquals(found.profiles.get("p9999")?.values.size, 10_000);
    assertEquals(found.services.get("s9999")?.size, 10_001);
  });

  await t.step("names the origin of each value, as written in the file", () => {
    const { profiles } = profilesOf(
      '[profile "a b"]\nRegion = x\ns3 =\n  Max = 1\n[default]\nregion = y\n',
      "[a b]\nkey = z\n",
    );
    const profile = profiles.get("a b");
    assertEquals(profile?.from, '[profile "a b"] of CONFIG');
    assertEquals(`${profile?.values.get("region")?.from}`, 'Region in [profile "a b"] of CONFIG');
    assertEquals(profile?.values.get("s3.max"), { value: "1", from: origin('s3.Max in [profile "a b"] of CONFIG') });
    assertEquals(`${profile?.values.get("key")?.from}`, "key in [a b] of CREDENTIALS");
    assertEquals(`${profiles.get("default")?.values.get("region")?.from}`, "region in [default] of CONFIG");
  });

  await t.step("keeps services and sso-session sections apart from profiles", () => {
    const found = profilesOf(
      "[services s]\nsts =\n  endpoint_url = http://localhost:1\n[sso-session  t]\nsso_region = r\n",
    );
    assertEquals([...found.profiles], []);
    assertEquals([[...found.services.keys()], [...found.ssoSessions.keys()]], [["s"], ["t"]]);
    assertEquals(valuesOf(found.services.get("s")), { "sts": "", "sts.endpoint_url": "http://localhost:1" });
    assertEquals(valuesOf(found.ssoSessions.get("t")), { sso_region: "r" });
  });

  await t.step("finds profiles named like properties of every object", () => {
    const found = profilesOf("[profile constructor]\nregion = eu-west-1\n");
    assertEquals([...found.profiles.keys()], ["constructor"]);
    assertEquals(found.profiles.get("toString"), undefined);
  });
});

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
