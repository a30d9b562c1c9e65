import { assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import { ArarError } from "../../lib/errors.ts";
import { files } from "../../lib/system/files.ts";
import { readRefreshProfile, temporaryFile } from "../../lib/use/refresh_profile.ts";

const PATHS = { config: "/c", credentials: "/s", home: "/home/a", boto: ["/etc/boto.cfg", "/home/a/.boto"] };
const KEYS = "aws_access_key_id = AKIA\naws_secret_access_key = secret\n";

/** What the command gets with these files. */
function profileOf(texts: Readonly<Record<string, string>>, keepsProfile = false) {
  const system = { os: "linux" as const, readTextFile: (path: string) => Promise.resolve(texts[path]) };
  return readRefreshProfile(system, PATHS, keepsProfile);
}

Deno.test("readRefreshProfile()", async (t) => {
  await t.step("changes nothing if nothing would take precedence over the endpoint", async () => {
    const harmless = [
      {},
      { "/c": "[default]\nregion = eu-west-1\n" },
      { "/c": "[profile a]\nrole_arn = x\nsource_profile = b\n", "/s": `[b]\n${KEYS}` },
      { "/home/a/.boto": "[Boto]\ndebug = 0\n[Credentials]\n# aws_access_key_id = x\n" },
    ];
    for (const texts of harmless) assertEquals(await profileOf(texts), { env: {}, omitted: [] });
  });

  await t.step("adds a profile with the settings of the default one, but not its credentials", async () => {
    const config = `# mine
[default]
region : eu-west-1
Role_ARN=arn:aws:iam::123456789012:role/other
source_profile : base
credential_process = /usr/bin/process
  --flag

s3 = # nested
  max_concurrent_requests = 20
  addressing_style=path
cli_history = a
    b

  c
output = json
[profile base]# base
role_arn = arn:aws:iam::123456789012:role/base
[plugins]
`;
    const kept = `region = eu-west-1
s3 =
  max_concurrent_requests = 20
  addressing_style = path
cli_history = a
  b

  c
output = json
`;
    const own = `Role_ARN = arn:aws:iam::123456789012:role/other
source_profile = base
credential_process = /usr/bin/process
  --flag
`;
    assertEquals(await profileOf({ "/c": config }), {
      env: { AWS_PROFILE: "arar-refresh" },
      omitted: [],
      config: `[default]
${kept.replace("\n", `\n${own}`)}[profile base]
role_arn = arn:aws:iam::123456789012:role/base
[plugins]
[profile arar-refresh]
${kept}`,
    });
  });

  await t.step(
    "has the settings of [profile default] alone, which wins over [default], and no setting twice",
    async () => {
      const both = ["[default]\nregion = a\nrole_arn = r\n", "[profile default]\nregion = b\noutput = json\n"];
      for (const [one, other] of [both, both.toReversed()]) {
        const { config } = await profileOf({ "/c": `${one}${other}${one}` });
        assertEquals(config?.split("[profile arar-refresh]\n"), [`${one}${other}`, "region = b\noutput = json\n"]);
      }
    },
  );

  await t.step("does so for credentials in any of the files, for any spelling of the heading", async () => {
    const texts = [
      { "/s": `[default]\n${KEYS}` },
      { "/home/a/.aws/credentials": `[default]\n${KEYS}` },
      { "/s": `[default]\r${KEYS.replaceAll("\n", "\r")}` },
      { "/s": `\ufeff [ default ] # mine\r\n${KEYS}` },
      { "/c": `[profile "default"]\n${KEYS}` },
      // The JavaScript SDK gives these keys to the default profile.
      { "/c": `[default]\nregion = x\n[profile prod]# production\n${KEYS}` },
    ];
    for (const text of texts) {
      assertEquals((await profileOf(text)).env, { AWS_PROFILE: "arar-refresh" }, JSON.stringify(text));
    }
  });

  await t.step("omits profiles with secrets, and returns their headings", async () => {
    const config = `[default]\n${KEYS}region = x\n[profile a]\nAWS_Secret_Access_Key: A\n[profile b]\nregion = y\n` +
      `[profile c]\raws_session_token = C\r[sso-session s]\rsso_region = z\r`;
    assertEquals(await profileOf({ "/c": config }), {
      env: { AWS_PROFILE: "arar-refresh" },
      omitted: ["[profile a]", "[profile c]"],
      config: "[profile b]\nregion = y\n[sso-session s]\nsso_region = z\n[profile arar-refresh]\nregion = x\n",
    });
  });

  await t.step("removes credentials from the section that every other one inherits", async () => {
    const { config } = await profileOf({
      "/c": "[DEFAULT]\nregion = x\nrole_arn = r\nsource_profile = b\n[profile b]\n",
    });
    assertEquals(config, "[DEFAULT]\nregion = x\n[profile b]\n[profile arar-refresh]\n");
  });

  await t.step("uses a name that is not in any file, for nested arars", async () => {
    const { env, config } = await profileOf({ "/c": "[profile arar-refresh]\n", "/s": `[default]\n${KEYS}` });
    assertEquals(env, { AWS_PROFILE: "arar-refresh-" });
    assertStringIncludes(config ?? "", "[profile arar-refresh]\n[profile arar-refresh-]\n");
  });

  await t.step("keeps a profile that the user keeps", async () => {
    assertEquals(await profileOf({ "/s": `[default]\n${KEYS}` }, true), { env: {}, omitted: [] });
  });

  await t.step("hides the keys of Boto 2", async () => {
    const boto = `[Credentials]\n${KEYS}`;
    for (const path of PATHS.boto) {
      assertEquals(await profileOf({ [path]: boto }), { env: { BOTO_CONFIG: "/dev/null" }, omitted: [] });
    }
  });
});

Deno.test("temporaryFile()", async (t) => {
  await t.step("writes a private file and removes it", async () => {
    const file = temporaryFile(files);
    const path = file.write("text");
    assertEquals(await Deno.readTextFile(path), "text");
    if (Deno.build.os !== "windows") assertEquals(((await Deno.stat(path)).mode ?? 0) & 0o777, 0o600);
    await file[Symbol.asyncDispose]();
    assertEquals(await files.readTextFile(path), undefined);
  });

  await t.step("fails with the reason and a hint", () => {
    const writeTemporaryFileSync = () => {
      throw Object.assign(new Error("No space left on device (os error 28): write"), { code: "ENOSPC" });
    };
    const error = assertThrows(() => temporaryFile({ ...files, writeTemporaryFileSync }).write("text"), ArarError);
    assertEquals(error.message, "--refresh cannot write a temporary file: no space left on device");
    assertEquals(error.hints, ["set TMPDIR to a writable directory"]);
  });
});
