/**
 * Owns the proof that the two shared files are found and read as other AWS tools do.
 * Must not know what a setting means.
 */
import { assertEquals } from "@std/assert";
import {
  findProfile,
  findServices,
  loadProfiles,
  profileNames,
  sharedFilePaths,
} from "../../lib/profile/shared_files.ts";
import { profileFiles, profilesOf } from "./profiles.ts";

async function values(config: string | Uint8Array, name: string, credentials = ""): Promise<Record<string, string>> {
  const profile = findProfile(await profilesOf(config, credentials), name);
  return Object.fromEntries([...profile?.values ?? []].map(([key, { value }]) => [key, value]));
}

Deno.test("sharedFilePaths()", async (t) => {
  const rows = [
    ["the home folder", { HOME: "/home/alice" }, "/home/alice/.aws/config"],
    [
      "a home with a slash at its end",
      { HOME: "/home/alice/" },
      "/home/alice/.aws/config",
    ],
    [
      "the home folder of Windows",
      { USERPROFILE: "C:\\Users\\alice" },
      "C:\\Users\\alice/.aws/config",
    ],
    [
      "a home on a drive",
      { HOMEDRIVE: "H:", HOMEPATH: "\\alice" },
      "H:\\alice/.aws/config",
    ],
    ["a named file", { HOME: "/h", AWS_CONFIG_FILE: "/etc/aws" }, "/etc/aws"],
    [
      "a named file at home",
      { HOME: "/h", AWS_CONFIG_FILE: "~/aws.ini" },
      "/h/aws.ini",
    ],
    [
      "an empty name as none",
      { HOME: "/h", AWS_CONFIG_FILE: "" },
      "/h/.aws/config",
    ],
    ["no home at all, for the loader to find", {}, "~/.aws/config"],
  ] as const;
  for (const [what, env, path] of rows) {
    await t.step(`takes ${what}`, () => assertEquals(sharedFilePaths({ ...env }).config, path));
  }

  await t.step("takes the credentials file by its own name", () => {
    const env = {
      HOME: "/h",
      AWS_CONFIG_FILE: "/c",
      AWS_SHARED_CREDENTIALS_FILE: "/s",
    };
    assertEquals(sharedFilePaths(env).credentials, "/s");
  });
});

Deno.test("loadProfiles()", async (t) => {
  await t.step("reads files that are not there as empty", async () => {
    const profiles = await loadProfiles({
      AWS_CONFIG_FILE: "/nowhere/config",
      AWS_SHARED_CREDENTIALS_FILE: "/nowhere/credentials",
    });
    assertEquals(profileNames(profiles), []);
  });

  await t.step("reads a folder as empty", async () => {
    using files = profileFiles("");
    const profiles = await loadProfiles({
      ...files.env,
      AWS_CONFIG_FILE: files.folder,
    });
    assertEquals(profileNames(profiles), []);
  });

  await t.step("sees a change of the files", async () => {
    using files = profileFiles("[profile a]\nregion = eu-west-1\n");
    await loadProfiles(files.env);
    await Deno.writeTextFile(
      `${files.folder}/config`,
      "[profile b]\nregion = eu-west-2\n",
    );
    assertEquals(profileNames(await loadProfiles(files.env)), ["b"]);
  });

  const odd = [
    ["a byte order mark", "\ufeff[default]\nregion = eu-west-1\n"],
    ["lines ended with CR and LF", "[default]\r\nregion = eu-west-1\r\n"],
    ["no end of the last line", "[default]\nregion = eu-west-1"],
    [
      "garbage before the first section",
      "garbage\n= nothing\nkey = lost\n[default]\nregion = eu-west-1\n",
    ],
    [
      "garbage among the settings",
      "[default]\n%$&\nno value\n=\nregion = eu-west-1\n][",
    ],
    ["comments", "# one\n[default] ; two\nregion = eu-west-1 # three\n"],
    ["a name in upper case", "[default]\nREGION = eu-west-1\n"],
    ["no spaces", "[default]\nregion=eu-west-1\n"],
  ] as const;
  for (const [what, text] of odd) {
    await t.step(`reads a file with ${what}`, async () => {
      assertEquals(await values(text, "default"), { region: "eu-west-1" });
    });
  }

  await t.step("reads the good lines of a file that is not UTF-8", async () => {
    const text = [
      ...new TextEncoder().encode("[default]\nregion = eu-west-1\nrole_session_name = "),
      0xff,
      0xfe,
      0x0a,
    ];
    const read = await values(new Uint8Array(text), "default");
    assertEquals(read, {
      region: "eu-west-1",
      role_session_name: "\ufffd\ufffd",
    });
  });

  await t.step("takes names that every object has for profiles like others", async () => {
    const profiles = await profilesOf("[profile constructor]\nregion = eu-west-1\n");
    assertEquals(profileNames(profiles), ["constructor"]);
    assertEquals(findProfile(profiles, "toString"), undefined);
  });
});

Deno.test("findProfile()", async (t) => {
  await t.step("finds nothing where neither file has the name", async () => {
    assertEquals(
      findProfile(await profilesOf("[profile a]\nregion = x\n"), "b"),
      undefined,
    );
  });

  await t.step("merges both files, the credentials file winning", async () => {
    const config = "[profile a]\nregion = eu-west-1\naws_access_key_id = CONFIG\n";
    const merged = await values(
      config,
      "a",
      "[a]\naws_access_key_id = CREDENTIALS\n",
    );
    assertEquals(merged, {
      region: "eu-west-1",
      aws_access_key_id: "CREDENTIALS",
    });
  });

  await t.step("says where each value stands", async () => {
    const profiles = await profilesOf(
      "[profile a]\nregion = x\n[default]\nregion = y\n",
      "[a]\nregion = z\n",
    );
    assertEquals(findProfile(profiles, "a")?.from, "[profile a] of CONFIG");
    assertEquals(
      findProfile(profiles, "a")?.values.get("region")?.from,
      "region in [a] of CREDENTIALS",
    );
    assertEquals(
      findProfile(profiles, "default")?.values.get("region")?.from,
      "region in [default] of CONFIG",
    );
  });
});

Deno.test("profileNames()", async (t) => {
  await t.step("lists the profiles of both files and no other section", async () => {
    const config = "[default]\na=1\n[profile x.y]\na=1\n[services s]\na=1\n[sso-session t]\na=1\n";
    assertEquals(
      profileNames(await profilesOf(config, "[z]\na=1\n[default]\na=1\n")),
      ["default", "x.y", "z"],
    );
  });
});

Deno.test("findServices()", async (t) => {
  await t.step("finds the nested settings of a services section", async () => {
    const profiles = await profilesOf("[services local]\nsts =\n  endpoint_url = http://localhost:1\n");
    assertEquals(
      findServices(profiles, "local")?.get("sts.endpoint_url")?.value,
      "http://localhost:1",
    );
    assertEquals(findServices(profiles, "other"), undefined);
  });
});
