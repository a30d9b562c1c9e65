import { assertEquals, assertRejects, assertStringIncludes, assertThrows } from "@std/assert";
import { ArarError } from "../../lib/errors.ts";
import { maskSecrets, renderCredentials, renderGithubEnv, type TextFormat } from "../../lib/use/print.ts";
import { hasProgram, skipUnless } from "../process/job.ts";
import { sampleSession } from "./sessions.ts";

const session = sampleSession();
const change = {
  set: { AWS_ACCESS_KEY_ID: "ASIAEXAMPLE", AWS_REGION: "eu-west-1" },
  unset: ["AWS_PROFILE"],
};

/** Every character that is special in some shell. */
const NASTY = [
  `it's "quoted" and \`run\` $(id) \${HOME} $HOME $env:HOME`,
  String.raw`back\slash \n \' \\ %PATH% !! ^ & | ; < > ( ) { } [ ] * ? ~ #`,
  "typographic \u2018single\u2019 \u201cdouble\u201d \u201a\u201b \u00e9\u{1f600}",
  "line one\nline two\n\n",
  " leading and trailing ",
  "'",
  "\\",
  "--",
];
const nasty = Object.fromEntries(NASTY.map((value, i) => [`ARAR_TEST_${i}`, value]));

Deno.test("renderCredentials()", async (t) => {
  await t.step("renders process JSON on one line", () => {
    const text = renderCredentials("process", { session, change });
    assertEquals(text.indexOf("\n"), text.length - 1);
    assertEquals(JSON.parse(text), {
      Version: 1,
      AccessKeyId: "ASIAEXAMPLE",
      SecretAccessKey: "se/cret",
      SessionToken: "to+ken==",
      Expiration: "2030-01-02T03:04:05Z",
      AccountId: "123456789012",
    });
  });

  await t.step("includes ARN and region in json", () => {
    const text = renderCredentials("json", { session, change, region: "eu-west-1" });
    const { Arn, AccountId, Region, AccessKeyId } = JSON.parse(text);
    assertEquals([Arn, AccountId, Region, AccessKeyId], [session.arn, "123456789012", "eu-west-1", "ASIAEXAMPLE"]);
  });

  await t.step("omits an unknown account", () => {
    const text = renderCredentials("process", { session: sampleSession({ accountId: "" }), change });
    assertEquals(JSON.parse(text).AccountId, undefined);
  });

  await t.step("renders the JSON of terragrunt's auth provider command", () => {
    const set = { ...change.set, AWS_SECRET_ACCESS_KEY: "se/cret", AWS_SESSION_TOKEN: "to+ken==" };
    const text = renderCredentials("terragrunt", { session, change: { ...change, set } });
    assertEquals(text.indexOf("\n"), text.length - 1);
    assertEquals(JSON.parse(text), {
      awsCredentials: { ACCESS_KEY_ID: "ASIAEXAMPLE", SECRET_ACCESS_KEY: "se/cret", SESSION_TOKEN: "to+ken==" },
      envs: { AWS_REGION: "eu-west-1" },
    });
  });

  await t.step("does not quote values in env", () => {
    const set = { A: `it's "$x" \\`, B: " # " };
    assertEquals(renderCredentials("env", { session, change: { set, unset: ["C"] } }), `A=it's "$x" \\\nB= # \n`);
  });

  await t.step("refuses a line break in env", () => {
    const change = { set: { A: "x\ny" }, unset: [] };
    assertThrows(() => renderCredentials("env", { session, change }), ArarError, "line break");
  });

  await t.step("skips a name that is not valid in a shell", () => {
    const change = { set: {}, unset: ["GOOD", "x; rm -rf ~", "1BAD"] };
    assertEquals(renderCredentials("export", { session, change }), "unset GOOD\n");
  });
});

/** Scripts that evaluate the text, then show the variables that a program gets. */
const POSIX = `eval "$(cat "$TEXT")"; exec "$DENO" eval "$SHOW"`;
const FISH = `cat "$TEXT" | source; exec "$DENO" eval "$SHOW"`;
const POWERSHELL = "Get-Content -Raw -Encoding utf8 $env:TEXT | Invoke-Expression; & $env:DENO eval $env:SHOW";
const SHELLS: readonly (readonly [shell: string, TextFormat, script: string])[] = [
  ["sh", "export", POSIX],
  ["dash", "export", POSIX],
  ["bash", "export", POSIX],
  ["zsh", "export", POSIX],
  ["fish", "fish", FISH],
  ["pwsh", "powershell", POWERSHELL],
  ["powershell", "powershell", POWERSHELL],
];

Deno.test("renderCredentials() read back", async (t) => {
  for (const [shell, format, script] of SHELLS) {
    // Wine's powershell runs nothing.
    const there = hasProgram(shell, "-c", "exit 0") && !hasProgram(shell, "-c", "exit 1");
    const skipped = there ? "" : ` (skipped: no ${shell} on PATH)`;
    await t.step({
      name: `renders ${format} that ${shell} reads back${skipped}`,
      ignore: !there,
      fn: async () => {
        const path = await Deno.makeTempFile();
        const change = { set: nasty, unset: ["ARAR_TEST_GONE"] };
        await Deno.writeTextFile(path, renderCredentials(format, { session, change }));
        const { stdout, stderr } = await new Deno.Command(shell, {
          args: ["-c", script],
          env: {
            TEXT: path,
            DENO: Deno.execPath(),
            SHOW: `const { ARAR_TEST_GONE, ...env } = Deno.env.toObject();
            console.log(JSON.stringify([ARAR_TEST_GONE, Object.entries(env).filter(([n]) => n.startsWith("ARAR_TEST_"))]))`
              // Windows PowerShell drops double quotes from the arguments of a program.
              .replaceAll('"', "`"),
            ARAR_TEST_GONE: "shadow",
            NO_COLOR: "1",
          },
        }).output();
        await Deno.remove(path);
        assertEquals(new TextDecoder().decode(stderr), "");
        const [gone, entries] = JSON.parse(new TextDecoder().decode(stdout));
        assertEquals([gone, Object.fromEntries(entries)], [null, nasty]);
      },
    });
  }
});

Deno.test({
  name: "renderCredentials() for fish",
  ignore: skipUnless(hasProgram("fish", "-c", "exit 0"), "no fish on PATH"),
  fn: async (t) => {
    await t.step("hides universal variables from programs and leaves them to other shells, as they were", async () => {
      const home = await Deno.makeTempDir();
      const unset = ["AWS_SECURITY_TOKEN", "AWS_ACCOUNT_ID", "AWS_PROFILE", "AWS_NONE"];
      await Deno.writeTextFile(`${home}/text`, renderCredentials("fish", { session, change: { set: {}, unset } }));
      const run = async (script: string, env: Record<string, string> = {}) => {
        const { stdout, stderr } = await new Deno.Command("fish", {
          args: ["-c", script],
          clearEnv: true,
          env: { PATH: Deno.env.get("PATH") ?? "", HOME: home, ...env },
        }).output();
        return [stdout, stderr].map((bytes) => new TextDecoder().decode(bytes));
      };
      const universal = "set -Ux AWS_SECURITY_TOKEN u; set -U AWS_ACCOUNT_ID u; set -Ux AWS_PROFILE u";
      await run(universal);
      const inherited = { AWS_SECURITY_TOKEN: "i", AWS_ACCOUNT_ID: "i", AWS_NONE: "i" };
      // Twice, as a shell that is in use for longer than a session.
      const [shown, warned] = await run(`source ~/text; source ~/text 2>/dev/null; env | grep ^AWS_ | sort`, inherited);
      assertEquals(shown, "AWS_PROFILE=u\nAWS_SECURITY_TOKEN=\n");
      assertEquals(
        warned,
        "arar: warning: AWS_PROFILE is still set as a universal variable; to remove it: set -eU AWS_PROFILE\n",
      );
      const [later] = await run("echo $AWS_SECURITY_TOKEN $AWS_ACCOUNT_ID $AWS_PROFILE");
      await Deno.remove(home, { recursive: true });
      assertEquals(later, "u u u\n");
    });
  },
});

Deno.test("renderGithubEnv()", async (t) => {
  const bytes = () => new Uint8Array(16).fill(0xab);

  await t.step("puts each value between delimiters", () => {
    const delimiter = `arar_${"ab".repeat(16)}`;
    assertEquals(
      renderGithubEnv({ set: { A: "1", B: "x\ny" }, unset: ["C"] }, {}, bytes),
      { text: `A<<${delimiter}\n1\n${delimiter}\nB<<${delimiter}\nx\ny\n${delimiter}\n`, inherited: [] },
    );
  });

  await t.step("is read back by the rules of the runner", () => {
    assertEquals(readGithubEnv(renderGithubEnv({ set: nasty, unset: [] }, {}, bytes).text), nasty);
  });

  await t.step("empties what the job sets, but neither a profile nor the role, and returns the profile", () => {
    const unset = ["AWS_PROFILE", "AWS_ROLE_ARN", "AWS_SECURITY_TOKEN", "AWS_ACCOUNT_ID"];
    const env = { AWS_PROFILE: "p", AWS_ROLE_ARN: "r", AWS_SECURITY_TOKEN: "t", AWS_ACCOUNT_ID: "" };
    const { text, inherited } = renderGithubEnv({ set: { A: "1" }, unset }, env, bytes);
    assertEquals([readGithubEnv(text), inherited], [{ AWS_SECURITY_TOKEN: "", A: "1" }, ["AWS_PROFILE"]]);
  });
});

/** As actions/runner reads the file: src/Runner.Worker/FileCommandManager.cs, `EnvFileKeyValuePairs`. */
function readGithubEnv(text: string): Record<string, string> {
  const values: Record<string, string> = {};
  const lines = text.split("\n");
  while (lines.length > 1) {
    const [name = "", delimiter] = (lines.shift() ?? "").split("<<");
    const value: string[] = [];
    for (let line = lines.shift(); line !== undefined && line !== delimiter; line = lines.shift()) value.push(line);
    values[name] = value.join("\n");
  }
  return values;
}

/** Masks the session; returns what was written to stderr. */
async function masked(env: Readonly<Record<string, string>>, isFile = false, sessionToken = "t"): Promise<string> {
  let written = "";
  const system = {
    stderrIsFile: () => isFile,
    writeStderr: (text: string) => void (written += text),
  };
  await maskSecrets(system, env, sampleSession({ credentials: { secretAccessKey: "s%1", sessionToken } }));
  return written;
}

Deno.test("maskSecrets()", async (t) => {
  const github = { GITHUB_ACTIONS: "true" };

  await t.step("masks all three values in GitHub Actions, starting on a new line", async () => {
    assertEquals(await masked(github), "\n::add-mask::ASIAEXAMPLE\n::add-mask::s%251\n::add-mask::t\n");
  });

  await t.step("masks each line of a value separately", async () => {
    assertStringIncludes(await masked(github, false, "a\r\nb\n"), "s%251\n::add-mask::a\n::add-mask::b\n");
  });

  await t.step("writes nothing elsewhere", async () => assertEquals(await masked({ GITHUB_ACTIONS: "1" }), ""));

  await t.step("refuses to write secrets into a file", async () => {
    await assertRejects(() => masked(github, true), ArarError, "stderr is redirected to a file");
  });
});
