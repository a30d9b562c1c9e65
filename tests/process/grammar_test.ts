/**
 * How the command line is read: arar's own words are parsed, the command's are passed on unchanged.
 */
import { assertEquals, assertStringIncludes } from "@std/assert";
import { startSts, TERRAFORM_ROLE } from "../sts_server.ts";
import { failure, job, lastAssumeRole, QUIET, shellJob, SHOW, show, skipUnless } from "./job.ts";

Deno.test("arar's own words", async (t) => {
  await t.step("are --x v, --x=v and bundled letters, up to -- or the first word that is not an option", async () => {
    await using sts = await startSts();
    for (
      const words of [["--role-session-name", "one"], ["--role-session-name=one"], ["--role-session-name=one", "--"]]
    ) {
      assertEquals((await job(sts, [...words, ...QUIET])).code, 0);
      assertEquals(lastAssumeRole(sts).RoleSessionName, "one");
    }
    const bundled = await job(sts, ["-uv", ...QUIET]);
    assertEquals([bundled.code, /^arar: source: /.test(bundled.stderr)], [0, true]);
    assertEquals(lastAssumeRole(sts).RoleSessionName, "alice");
    const dash = await job(sts, ["--role-session-name=-x", ...QUIET]);
    assertEquals([dash.code, lastAssumeRole(sts).RoleSessionName], [0, "-x"]);
  });

  await t.step("are refused before any call", async () => {
    await using sts = await startSts();
    for (const [words, message] of MISTAKES) {
      assertEquals(failure(await job(sts, [...words, "--", ...SHOW])), [message], words.join(" "));
    }
    assertEquals(sts.requests.length, 0);
  });
});

const HELP = " (see arar --help)";
const MISTAKES: readonly (readonly [readonly string[], string])[] = [
  [["--rol-arn", TERRAFORM_ROLE.arn], `unknown option "--rol-arn"; did you mean --role-arn?${HELP}`],
  [["--unknown\u001b[2J"], `unknown option "--unknown\\x1b[2J"${HELP}`],
  [["--region"], `--region needs a value; write one that starts with "-" as --region=REGION${HELP}`],
  [
    ["--role-session-name", "x1", "-u"],
    "--role-session-name and --username-session cannot be combined: both set the session name; drop one",
  ],
];

Deno.test("the command's words", async (t) => {
  const WORDS = [
    ...[
      "--",
      "0123",
      "-u",
      "",
      "--help",
      "--version",
      "-",
      "two  spaces",
      "'single'",
      '"double"',
      "`tick` $HOME %PATH% *",
    ],
    ...["new\nline", "tab\tcr\rlf\n", "back\\slash\\", "Grüße 日本語 🚀", "e\u0301", "\ufeffbom", "--region=x", "true"],
  ];

  await t.step("arrive unchanged", async () => {
    await using sts = await startSts();
    assertEquals((await show(sts, [], {}, WORDS)).words, WORDS);
    assertEquals((await show(sts, ["-u"], {}, ["--", "-v", "--"])).words, ["--", "-v", "--"]);
    // Without `--`, the command begins at the first word that is not an option.
    const result = await job(sts, [...SHOW, ...WORDS], {}, { commandShowsSecrets: true });
    assertEquals(JSON.parse(result.stdout).words, WORDS);
  });

  // Elsewhere Deno's changes cannot be seen: every U+FFFD is refused, and a carriage return at the end of a word is
  // lost.
  const ignore = skipUnless(Deno.build.os === "linux", "only Linux's /proc has the bytes of a word");

  await t.step({
    name: "keep a carriage return at the end, which Deno drops",
    ignore,
    fn: async () => {
      await using sts = await startSts();
      const result = await job(sts, ["--", "printf", "[%s]", "cr\r", "\r", "two\r\r", "", "lf\n"]);
      assertEquals([result.code, result.stdout], [0, "[cr\r][\r][two\r\r][][lf\n]"]);
    },
  });

  await t.step({
    name: "are refused if they are not UTF-8, but may contain U+FFFD",
    ignore,
    fn: async () => {
      await using sts = await startSts();
      // Deno itself refuses before arar starts.
      const refused = await shellJob(sts, `"$@" -- printf %s "$(printf 'caf\\351')"`);
      assertEquals([refused.code === 0, refused.stdout, sts.requests.length], [false, "", 0]);
      assertStringIncludes(refused.stderr, "UTF-8");
      const real = await job(sts, ["--", "printf", "%s", "caf\ufffd"]);
      assertEquals([real.code, real.stdout, real.stderr], [0, "caf\ufffd", ""]);
    },
  });
});
