/**
 * How the command line is read: arar's own words are parsed, the command's are passed on unchanged. The grammar is in
 * `tests/cli/args_test.ts`; here are the words that a system could change.
 */
import { assertEquals, assertStringIncludes } from "@std/assert";
import { startSts } from "../sts_server.ts";
import { failure, job, lastAssumeRole, QUIET, shellJob, SHOW, show, skipUnless } from "./job.ts";

const WORDS = [
  ...["--", "0123", "-u", "", "--help", "-", "two  spaces", "'single'", '"double"', "`tick` $HOME %PATH% *"],
  ...["new\nline", "tab\tcr\rlf\n", "back\\slash\\", "Grüße 日本語 🚀", "e\u0301", "\ufeffbom", "--region=x", "true"],
];

// Elsewhere Deno's changes cannot be seen: every U+FFFD is refused, and a carriage return at the end of a word is lost.
const ignore = skipUnless(Deno.build.os === "linux", "only Linux's /proc has the bytes of a word");

Deno.test("arar's own words", async (t) => {
  await using sts = await startSts();
  await t.step("end at -- or at the first word that is not an option", async () => {
    failure(await job(sts, ["--role-session-name", "-x", ...QUIET]));
    for (const words of [["--role-session-name=-x"], ["--role-session-name=-x", "--"]]) {
      assertEquals((await job(sts, [...words, ...QUIET])).code, 0);
      assertEquals(lastAssumeRole(sts).RoleSessionName, "-x");
    }
  });

  await t.step("are refused before any call, with control characters escaped", async () => {
    const before = sts.requests.length;
    assertEquals(failure(await job(sts, ["--unknown\u001b[2J", "--", ...SHOW])), [
      'unknown option "--unknown\\x1b[2J" (see arar --help)',
    ]);
    assertEquals(sts.requests.length, before);
  });
});

Deno.test("the command's words", async (t) => {
  await using sts = await startSts();
  await t.step("arrive unchanged, with -- and without", async () => {
    assertEquals((await show(sts, [], {}, WORDS)).words, WORDS);
    const { stdout } = await job(sts, [...SHOW, ...WORDS], {}, { commandShowsSecrets: true });
    assertEquals(JSON.parse(stdout).words, WORDS);
  });

  await t.step({
    name: "keep a carriage return at the end, which Deno drops",
    ignore,
    fn: async () => {
      const result = await job(sts, ["--", "printf", "[%s]", "cr\r", "\r", "two\r\r", "", "lf\n"]);
      assertEquals([result.code, result.stdout], [0, "[cr\r][\r][two\r\r][][lf\n]"]);
    },
  });

  await t.step({
    name: "are refused if they are not UTF-8, but may contain U+FFFD",
    ignore,
    fn: async () => {
      const before = sts.requests.length;
      // Deno itself refuses before arar starts.
      const refused = await shellJob(sts, `"$@" -- printf %s "$(printf 'caf\\351')"`);
      assertEquals([refused.code === 0, refused.stdout, sts.requests.length], [false, "", before]);
      assertStringIncludes(refused.stderr, "UTF-8");
      const real = await job(sts, ["--", "printf", "%s", "caf\ufffd"]);
      assertEquals([real.code, real.stdout, real.stderr], [0, "caf\ufffd", ""]);
    },
  });
});
