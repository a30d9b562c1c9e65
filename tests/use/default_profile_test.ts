import { assertEquals } from "@std/assert";
import { hideDefaultProfile, withoutDefaultCredentials } from "../../lib/use/default_profile.ts";
import { files } from "../../lib/system/files.ts";

const CONFIG = `# mine
[default]
region = eu-west-1
Role_ARN=arn:aws:iam::123456789012:role/other
source_profile : base
credential_process =
  /usr/bin/process --flag
sso_start_url = https://example.com
s3 =
  max_concurrent_requests = 20
output = json

[profile base]
role_arn = arn:aws:iam::123456789012:role/base
`;

Deno.test("withoutDefaultCredentials()", async (t) => {
  await t.step("withoutDefaultCredentials() keeps what is no credential of the default profile", () => {
    assertEquals(
      withoutDefaultCredentials(CONFIG),
      `# mine
[default]
region = eu-west-1
s3 =
  max_concurrent_requests = 20
output = json

[profile base]
role_arn = arn:aws:iam::123456789012:role/base
`,
    );
  });

  await t.step("withoutDefaultCredentials() finds the default profile however it is headed, each time", () => {
    for (const heading of ["[default]", "[profile default]", '[profile "default"]', " [ default ] # comment"]) {
      const text = `${heading}\naws_access_key_id=A\r\nx=1\n[a]\naws_access_key_id=B\n${heading}\nrole_arn=C`;
      assertEquals(
        withoutDefaultCredentials(text),
        `${heading}\nx=1\n[a]\naws_access_key_id=B\n${heading}`,
        heading,
      );
    }
  });

  await t.step("withoutDefaultCredentials() has nothing to do where the default profile has none", () => {
    for (const text of ["", "[default]\nregion = x\n", "[other]\naws_access_key_id = A\n", "[default-x]\nrole_arn=A"]) {
      assertEquals(withoutDefaultCredentials(text), undefined, text);
    }
  });
});

Deno.test("hideDefaultProfile()", async (t) => {
  await t.step(
    "hideDefaultProfile() points the command at a private copy of the file that it must not read, and removes it",
    async () => {
      const home = await Deno.makeTempDir();
      const paths = { config: `${home}/config`, credentials: `${home}/credentials` };
      await Deno.writeTextFile(paths.config, "[default]\nregion=x\n");
      await Deno.writeTextFile(paths.credentials, "[default]\naws_access_key_id=A\n[b]\naws_access_key_id=B\n");
      const copies = await hideDefaultProfile(files, { XDG_RUNTIME_DIR: `${home}/missing` }, paths);
      const { env } = copies;
      const { AWS_SHARED_CREDENTIALS_FILE: copy = "" } = env;
      assertEquals(env, { AWS_SHARED_CREDENTIALS_FILE: copy });
      assertEquals(await Deno.readTextFile(copy), "[default]\n[b]\naws_access_key_id=B\n");
      const folder = copy.slice(0, copy.lastIndexOf("/"));
      if (Deno.build.os !== "windows") {
        const modes = await Promise.all(
          [copy, folder].map(async (path) => ((await Deno.stat(path)).mode ?? 0) & 0o777),
        );
        assertEquals(modes, [0o600, 0o700]);
      }
      await copies[Symbol.asyncDispose]();
      assertEquals([await files.readTextFile(copy), await files.listFiles(folder)], [undefined, []]);
      await Deno.remove(home, { recursive: true });
    },
  );

  await t.step("hideDefaultProfile() leaves everything alone where nothing would win", async () => {
    await using copies = await hideDefaultProfile(files, {}, { config: "/missing/a", credentials: "/missing/b" });
    assertEquals(copies.env, {});
  });
});
