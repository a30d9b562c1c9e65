import { assertEquals } from "@std/assert";
import { readSharedFiles } from "../../lib/profile/shared_files.ts";
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
    assertEquals(config.place, "/nowhere/config");
    assertEquals(credentials.place.startsWith(`${made.folder} (cannot be read: `), true, credentials.place);
  });

  await t.step("does not read a file for which Deno would prompt", () => {
    const system = { ...SYSTEM, mayRead: () => false, readTextFileSync: () => "[x" };
    const { config } = readSharedFiles(system, { HOME: "/h" });
    assertEquals(config.place, "~/.aws/config (Deno has no permission to read it)");
  });

  await t.step("does not look for ~ in the working directory", () => {
    const system = { ...SYSTEM, readTextFileSync: () => "[x" };
    assertEquals(readSharedFiles(system, {}).config.place, "~/.aws/config (the home directory is unknown)");
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
    assertEquals(valuesOf(found.services.get("s")), { "sts": "", "sts.endpoint_url": "http://localhost:1" });
    assertEquals(valuesOf(found.ssoSessions.get("t")), { sso_region: "r" });
    assertEquals(found.profiles.get("services.s"), undefined);
  });

  await t.step("finds profiles named like properties of every object", () => {
    const found = profilesOf("[profile constructor]\nregion = eu-west-1\n");
    assertEquals([...found.profiles.keys()], ["constructor"]);
    assertEquals(found.profiles.get("toString"), undefined);
  });
});
