/** A variable that arar reads and that is not UTF-8 is refused by name: otherwise a guard would silently be ignored. */
import { assertEquals, assertMatch } from "@std/assert";
import { envNames } from "../../lib/cli/option.ts";
import { OPTION_LIST } from "../../lib/cli/options.ts";
import { REMOVED, SET } from "../../lib/variables.ts";
import { startSts } from "../sts_server.ts";
import { failure, shellJob } from "./job.ts";

const NAMES = new Set([
  ...OPTION_LIST.flatMap(envNames),
  ...REMOVED.map(({ name }) => name),
  ...SET,
  ...["AWS_BEARER_TOKEN_FOO", "AWS_CA_BUNDLE", "AWS_CONFIG_FILE", "AWS_ENDPOINT_URL", "AWS_ENDPOINT_URL_STS"],
  ...["AWS_MAX_ATTEMPTS", "AWS_SHARED_CREDENTIALS_FILE", "AWS_SECURITY_TOKEN", "ARAR_POLCY"],
  ...["BOTO_CONFIG", "HOME", "HTTPS_PROXY", "NO_PROXY", "TMPDIR", "no_proxy"],
]);

Deno.test({
  name: "a variable that is not UTF-8",
  ignore: Deno.build.os === "windows",
  fn: async (t) => {
    await using sts = await startSts();
    // Of the variables that only some runs read, these read HTTPS_PROXY.
    const url = { AWS_ENDPOINT_URL: undefined, AWS_ENDPOINT_URL_STS: undefined, HTTP_PROXY: "http://127.0.0.1:9" };
    for (const name of NAMES) {
      await t.step(`is refused: ${name}`, async () => {
        const script = `export ${name}="$(printf 'secret-caf\\351')"; exec "$@" --refresh -- sh -c 'echo ran'`;
        const { code, stdout, stderr } = await shellJob(sts, script, name === "HTTPS_PROXY" ? url : {});
        assertEquals([code, stdout], [125, ""], stderr);
        assertMatch(stderr, new RegExp(`^arar: .*\\b${name}\\b`));
        assertEquals([stderr.includes("secret"), stderr.split("\n").length <= 3], [false, true], stderr);
      });
    }

    await t.step("is refused as a token that an option names, and not called unset", async () => {
      const script = `export JWT="$(printf 'secret-caf\\351')"; exec "$@" --web-identity-token-env=JWT -- true`;
      const message = "JWT is set to bytes that are not UTF-8, so arar cannot read it";
      assertEquals(failure(await shellJob(sts, script))[0], message);
    });

    await t.step("is passed on byte for byte if arar does not read it", async () => {
      const script = `export OTHER="$(printf 'caf\\351')"; exec "$@" -- sh -c 'printf %s "$OTHER"'`;
      const { code, output } = await shellJob(sts, script);
      assertEquals([code, [...output]], [0, [99, 97, 102, 0xe9]]);
    });
  },
});
