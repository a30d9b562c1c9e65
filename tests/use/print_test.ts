import { assertEquals, assertThrows } from "@std/assert";
import { ArarError } from "../../lib/errors.ts";
import { renderCredentials, renderGithubEnv, type TextFormat } from "../../lib/use/print.ts";
import { hasProgram } from "../process/job.ts";

const session = {
  credentials: {
    accessKeyId: "ASIAEXAMPLE",
    secretAccessKey: "se/cret",
    sessionToken: "to+ken==",
    expiration: new Date("2030-01-02T03:04:05Z"),
  },
  arn: "arn:aws:sts::123456789012:assumed-role/deploy/alice",
  accountId: "123456789012",
};
const change = {
  set: { AWS_ACCESS_KEY_ID: "ASIAEXAMPLE", AWS_REGION: "eu-west-1" },
  unset: ["AWS_PROFILE"],
};

/** Every character that some shell takes for more than itself. */
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
  await t.step("renderCredentials() makes process JSON of one line", () => {
    const text = renderCredentials("process", { session, change });
    assertEquals(text.indexOf("\n"), text.length - 1);
    assertEquals(JSON.parse(text), {
      Version: 1,
      AccessKeyId: "ASIAEXAMPLE",
      SecretAccessKey: "se/cret",
      SessionToken: "to+ken==",
      Expiration: "2030-01-02T03:04:05.000Z",
      AccountId: "123456789012",
    });
  });

  await t.step("renderCredentials() tells in json who the session is, and its region", () => {
    const { Arn, AccountId, Region, AccessKeyId } = JSON.parse(
      renderCredentials("json", { session, change, region: "eu-west-1" }),
    );
    assertEquals({ Arn, AccountId, Region, AccessKeyId }, {
      Arn: session.arn,
      AccountId: "123456789012",
      Region: "eu-west-1",
      AccessKeyId: "ASIAEXAMPLE",
    });
  });

  await t.step("renderCredentials() leaves out an account that is not known", () => {
    const text = renderCredentials("process", { session: { ...session, accountId: "" }, change });
    assertEquals(JSON.parse(text).AccountId, undefined);
  });

  await t.step("renderCredentials() makes the JSON of terragrunt's auth provider command", () => {
    const set = { ...change.set, AWS_SECRET_ACCESS_KEY: "se/cret", AWS_SESSION_TOKEN: "to+ken==" };
    const text = renderCredentials("terragrunt", { session, change: { ...change, set } });
    assertEquals(text.indexOf("\n"), text.length - 1);
    assertEquals(JSON.parse(text), {
      awsCredentials: { ACCESS_KEY_ID: "ASIAEXAMPLE", SECRET_ACCESS_KEY: "se/cret", SESSION_TOKEN: "to+ken==" },
      envs: { AWS_REGION: "eu-west-1" },
    });
  });

  await t.step("renderCredentials() leaves values of env as they stand", () => {
    const set = { A: `it's "$x" \\`, B: " # " };
    assertEquals(
      renderCredentials("env", { session, change: { set, unset: ["C"] } }),
      `A=it's "$x" \\\nB= # \n`,
    );
  });

  await t.step("renderCredentials() refuses a line break in env", () => {
    assertThrows(
      () =>
        renderCredentials("env", {
          session,
          change: { set: { A: "x\ny" }, unset: [] },
        }),
      ArarError,
      "line break",
    );
  });

  await t.step("renderCredentials() skips a name that is none of a shell", () => {
    const change = { set: {}, unset: ["GOOD", "x; rm -rf ~", "1BAD"] };
    assertEquals(
      renderCredentials("export", { session, change }),
      "unset GOOD\n",
    );
  });
});

/** A script that takes the text, then shows the given variables NUL-separated as the system hands them to a program. */
const SHELLS: readonly {
  readonly shell: string;
  readonly format: TextFormat;
  readonly script: string;
}[] = [
  ...["sh", "dash", "bash", "zsh"].map((shell) => ({
    shell,
    format: "export" as const,
    script: `eval "$(cat "$TEXT")"; exec "$DENO" eval "$SHOW"`,
  })),
  {
    shell: "fish",
    format: "fish",
    script: `cat "$TEXT" | source; exec "$DENO" eval "$SHOW"`,
  },
  {
    shell: "pwsh",
    format: "powershell",
    script: `Get-Content -Raw -Encoding utf8 $env:TEXT | Invoke-Expression; & $env:DENO eval $env:SHOW`,
  },
  {
    shell: "powershell",
    format: "powershell",
    script: `Get-Content -Raw -Encoding utf8 $env:TEXT | Invoke-Expression; & $env:DENO eval $env:SHOW`,
  },
];

Deno.test("renderCredentials() read back", async (t) => {
  for (const { shell, format, script } of SHELLS) {
    const there = hasProgram(shell, "-c", "exit 0");
    const skipped = there ? "" : ` (skipped: no ${shell} on PATH)`;
    await t.step({
      name: `renderCredentials() makes ${format} that ${shell} reads back${skipped}`,
      ignore: !there,
      fn: async () => {
        const path = await Deno.makeTempFile();
        const change = { set: nasty, unset: ["ARAR_TEST_GONE"] };
        await Deno.writeTextFile(
          path,
          renderCredentials(format, { session, change }),
        );
        const { stdout, stderr } = await new Deno.Command(shell, {
          args: ["-c", script],
          env: {
            TEXT: path,
            DENO: Deno.execPath(),
            SHOW: `const { ARAR_TEST_GONE, ...env } = Deno.env.toObject();
            console.log(JSON.stringify([ARAR_TEST_GONE, Object.entries(env).filter(([n]) => n.startsWith("ARAR_TEST_"))]))`
              // Windows PowerShell drops double quotes on the way to a program.
              .replaceAll('"', "`"),
            ARAR_TEST_GONE: "shadow",
            NO_COLOR: "1",
          },
        }).output();
        await Deno.remove(path);
        assertEquals(new TextDecoder().decode(stderr), "");
        const [gone, entries] = JSON.parse(new TextDecoder().decode(stdout));
        assertEquals({ gone, env: Object.fromEntries(entries) }, {
          gone: null,
          env: nasty,
        });
      },
    });
  }
});

Deno.test("renderGithubEnv()", async (t) => {
  const bytes = () => new Uint8Array(16).fill(0xab);

  await t.step("renderGithubEnv() puts each value between delimiters", () => {
    const delimiter = `arar_${"ab".repeat(16)}`;
    assertEquals(
      renderGithubEnv({ set: { A: "1", B: "x\ny" }, unset: ["C"] }, bytes),
      `A<<${delimiter}\n1\n${delimiter}\nB<<${delimiter}\nx\ny\n${delimiter}\n`,
    );
  });

  await t.step("renderGithubEnv() is read back by the rules of the runner", () => {
    assertEquals(
      readGithubEnv(renderGithubEnv({ set: nasty, unset: [] }, bytes)),
      nasty,
    );
  });
});

/** As actions/runner reads the file: src/Runner.Worker/FileCommandManager.cs, `EnvFileKeyValuePairs`. */
function readGithubEnv(text: string): Record<string, string> {
  const values: Record<string, string> = {};
  const lines = text.split("\n");
  while (lines.length > 1) {
    const [name = "", delimiter] = (lines.shift() ?? "").split("<<");
    const value: string[] = [];
    for (
      let line = lines.shift();
      line !== undefined && line !== delimiter;
      line = lines.shift()
    ) value.push(line);
    values[name] = value.join("\n");
  }
  return values;
}
