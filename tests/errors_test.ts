import { assertEquals, assertRejects, assertThrows } from "@std/assert";
import { ArarError, closest, describeFailure, escapeControls, EXIT, quote, reasonOf, showJson } from "../lib/errors.ts";
import { files } from "../lib/system/files.ts";

const describe = (error: unknown) => describeFailure(error, (text) => text);

Deno.test("describeFailure()", async (t) => {
  await t.step("puts the message and each hint on a line", () => {
    const error = new ArarError("cannot do it", { hints: ["try this", "or\nthat"] });
    assertEquals(describe(error).text, "arar: cannot do it\narar: hint: try this\narar: hint: or\\nthat\n");
  });

  await t.step("masks secrets before it escapes", () => {
    const hide = (text: string) => text.replaceAll("a\nb", "***");
    const error = new ArarError("not a\nb", { hints: ["a\nb\n"] });
    assertEquals(describeFailure(error, hide).text, "arar: not ***\narar: hint: ***\\n\n");
  });

  await t.step("returns the exit code of the error, 125 by default", () => {
    assertEquals(describe(new ArarError("x")), { exitCode: 125, text: "arar: x\n" });
    assertEquals(describe(new ArarError("x", { exitCode: EXIT.notFound })).exitCode, 127);
  });

  await t.step("shows only the class of any other error", () => {
    const report = "please report it at https://github.com/ikedam/arar/issues";
    const rows = [[new TypeError("a secret"), "TypeError"], ["a secret", "string"], [undefined, "undefined"]] as const;
    for (const [thrown, shown] of rows) {
      assertEquals(describe(thrown), { exitCode: 125, text: `arar: internal error (${shown}); ${report}\n` });
    }
  });

  await t.step("names the permission that Deno requires", () => {
    const message = 'Requires net access to "127.0.0.1:80", run again with the --allow-net flag';
    assertEquals(
      describe(Object.assign(new Error(message), { name: "NotCapable" })).text,
      'arar: Deno denied permission: requires net access to "127.0.0.1:80"\n' +
        "arar: hint: run arar with -A, or see the reference for the permissions it needs\n",
    );
  });

  await t.step("names a package that cannot be loaded, without the URL of its registry", async () => {
    const cannot = (name: string) =>
      `arar: cannot load the package "${name}": the registry is unreachable or does not have it\n` +
      "arar: hint: check the network, the proxy (HTTPS_PROXY) and the registry's URL (NPM_CONFIG_REGISTRY, JSR_URL)\n";
    const npm = ["npm:@aws-sdk/client-sts@3.1.0", "npm:bowser"];
    const locked = { "npm:bowser@2.11.0": "2.11.0" };
    assertEquals(await failuresOf(["npm:bowser@2.11.0"], locked), [cannot("bowser@2.11.0")]);
    assertEquals(await failuresOf([...npm, "jsr:@std/cli", "https://jsr.invalid/@std/cli/1.0.0/parse_args.ts"]), [
      cannot("@aws-sdk/client-sts"),
      cannot("bowser"),
      cannot("@std/cli"),
      cannot("@std/cli"),
    ]);
  });

  await t.step("names a missing file", async () => {
    const cannot = 'arar: cannot load "sts.js", a part of arar\narar: hint: reinstall arar\n';
    assertEquals(await failuresOf([new URL("nowhere/sts.js", import.meta.url).href]), [cannot]);
  });
});

/** The descriptions of Deno's errors for these imports if no registry can be reached. */
async function failuresOf(specifiers: readonly string[], locked: Record<string, string> = {}): Promise<string[]> {
  const folder = await Deno.makeTempDir();
  const packages = Object.keys(locked).map((name) => [name.slice("npm:".length), { integrity: "sha512-0" }]);
  const lock = { version: "5", specifiers: locked, npm: Object.fromEntries(packages) };
  await Deno.writeTextFile(`${folder}/deno.lock`, JSON.stringify(lock));
  const code = `
    import { describeFailure } from ${JSON.stringify(new URL("../lib/errors.ts", import.meta.url).href)};
    const attempts = ${
    JSON.stringify(specifiers)
  }.map((path) => import(path).then(() => "", (error) => describeFailure(error, String)));
    console.log(JSON.stringify((await Promise.all(attempts)).map(({ text }) => text)));`;
  const nowhere = "http://user:password@127.0.0.1:9/";
  const { stdout } = await new Deno.Command(Deno.execPath(), {
    args: ["eval", "--quiet", "--no-config", "--lock=deno.lock", code],
    cwd: folder,
    env: { DENO_DIR: folder, JSR_URL: nowhere, NPM_CONFIG_REGISTRY: nowhere, HTTPS_PROXY: nowhere },
  }).output();
  await Deno.remove(folder, { recursive: true });
  return JSON.parse(new TextDecoder().decode(stdout));
}

Deno.test("escapeControls()", async (t) => {
  await t.step("escapes control characters and bidirectional overrides", () => {
    assertEquals(
      escapeControls("a\n\r\t\0\x1b[31m\x7f\u009b\u061c\u202e\u2028\u2066"),
      "a\\n\\r\\t\\x00\\x1b[31m\\x7f\\x9b\\u061c\\u202e\\u2028\\u2066",
    );
  });

  await t.step("keeps letters of any script", () => {
    for (const text of ["größe", "日本語", "🚀", "\u00a0", "e\u0301"]) assertEquals(escapeControls(text), text);
  });
});

Deno.test("reasonOf()", async (t) => {
  await t.step("returns the system's reason, without the path", async () => {
    const folder = await Deno.makeTempDir();
    const error = await assertRejects(() => files.readFile(folder), Error);
    await Deno.remove(folder);
    assertEquals(reasonOf(error), Deno.build.os === "windows" ? "access is denied." : "is a directory");
  });

  const rows = [
    ["EACCES: permission denied, open", "permission denied"],
    ["It is larger than 10 MB", "it is larger than 10 MB"],
  ] as const;
  for (const [message, reason] of rows) {
    await t.step(`returns "${reason}"`, () => {
      assertEquals(reasonOf(Object.assign(new Error(message), { code: "E" })), reason);
    });
  }

  await t.step("knows the system's errors that Deno gives no code", () => {
    assertEquals(reasonOf(new Error("File too large (os error 27): writefile '/x'")), "file too large");
  });

  await t.step("names a missing permission of Deno", () => {
    const message = 'Requires read access to "/x", run again with the --allow-read flag';
    assertEquals(reasonOf(Object.assign(new Error(message), { name: "NotCapable" })), 'requires read access to "/x"');
  });

  await t.step("rethrows any other error", () => {
    const bug = new TypeError("undefined is not a function");
    assertEquals(assertThrows(() => reasonOf(bug)), bug);
  });
});

Deno.test("showJson()", async (t) => {
  const value = { "a\u202e": ["\n\0\x7f\u009b", "\u061c\u2028é"] };

  await t.step("escapes the same characters, so that the JSON stays the same", () => {
    const line = showJson(value, "line");
    assertEquals(line, `{"a\\u202e":["\\n\\u0000\\u007f\\u009b","\\u061c\\u2028é"]}\n`);
    assertEquals([JSON.parse(line), JSON.parse(showJson(value))], [value, value]);
  });

  await t.step("indents", () => assertEquals(showJson({ a: 1 }), '{\n  "a": 1\n}\n'));
});

Deno.test("quote()", async (t) => {
  await t.step("quotes, escapes and truncates", () => {
    assertEquals(quote('a "b"\n'), '"a "b"\\n"');
    assertEquals(quote("x".repeat(120)), `"${"x".repeat(120)}"`);
    assertEquals(quote("x".repeat(121)), `"${"x".repeat(117)}..."`);
  });
});

Deno.test("closest()", async (t) => {
  const known = ["region", "role-arn", "role-session-name", "username-session", "print", "profile"];
  const rows = [
    ["a missing letter", "regon", "region"],
    ["swapped letters", "regoin", "region"],
    ["capitals", "Region", "region"],
    ["the beginning of one name", "user", "username-session"],
    ["the beginning of several names, the shortest", "role", "role-arn"],
    ["a missing word", "user-session", "username-session"],
    ["nothing for a name that is not close to any", "frobnicate", undefined],
    ["nothing for an empty name", "", undefined],
  ] as const;
  for (const [what, typed, expected] of rows) {
    await t.step(`finds ${what}`, () => assertEquals(closest(typed, known), expected));
  }
});
