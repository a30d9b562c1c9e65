/**
 * `--refresh` with sessions of a few seconds.
 */
import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { AT_ONCE } from "../patience.ts";
import { ALICE_MFA, GITHUB, MFA_ROLE, startSts, TERRAFORM_ROLE, WEB_IDENTITY_ROLE } from "../sts_server.ts";
import { job } from "./job.ts";
import { script, sessionSeconds, untilKeys } from "./refreshed.ts";

const SECONDS = await sessionSeconds(script("await credentials()"));

Deno.test("--refresh", async (t) => {
  await t.step("gives the command an endpoint instead of keys, which closes with the command", async () => {
    await using sts = await startSts();
    const { code, stdout, stderr } = await job(
      sts,
      ["-v", "--refresh", "--", ...script("console.log(JSON.stringify([Deno.env.toObject(), await credentials()]))")],
      { AWS_PROFILE: "shadow", AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE: "/shadow" },
      { commandShowsSecrets: true },
    );
    assertEquals(code, 0, stderr);
    const [env, credentials] = JSON.parse(stdout);
    const names = Object.keys(env).filter((name) => name.startsWith("AWS_")).sort();
    assertEquals(names, [
      "AWS_CONTAINER_AUTHORIZATION_TOKEN",
      "AWS_CONTAINER_CREDENTIALS_FULL_URI",
      "AWS_DEFAULT_REGION",
      "AWS_ENDPOINT_URL_STS",
      "AWS_REGION",
    ]);
    assertEquals([credentials.status, credentials.AccountId], [200, "123456789012"]);
    assert(!stderr.includes(env.AWS_CONTAINER_AUTHORIZATION_TOKEN), "the token stands on stderr");
    const { AWS_CONTAINER_CREDENTIALS_FULL_URI: uri, AWS_CONTAINER_AUTHORIZATION_TOKEN: authorization } = env;
    // Another test may listen on that port by now, but it does not have these credentials.
    const answer = await fetch(uri, { headers: { authorization } }).then((response) => response.text(), () => "");
    assert(!answer.includes(credentials.AccessKeyId), "the endpoint outlives the command");
  });

  await t.step("ends like the command", async () => {
    await using sts = await startSts();
    assertEquals((await job(sts, ["--refresh", "--", ...script("Deno.exit(42)")])).code, 42);
    assertEquals((await job(sts, ["--refresh", "--", "no-such-command-at-all"])).code, 127);
  });

  await Promise.all([
    t.step({
      ...AT_ONCE,
      name: "serves fifty clients at once, even during a renewal",
      fn: async () => {
        let roles = 0;
        const renewing = await Deno.makeTempFile();
        await using sts = await startSts({
          sessionSeconds: SECONDS,
          faults: ({ action }) => {
            if (action !== "AssumeRole" || ++roles === 1) return undefined;
            Deno.writeTextFileSync(renewing, "now");
            return { kind: "hang" };
          },
        });
        const { code, stdout, stderr } = await job(sts, [
          "--refresh",
          "--",
          ...script(`
            while (Deno.readTextFileSync(${JSON.stringify(renewing)}) === "") await pause(20);
            const all = await Promise.all(Array.from({ length: 50 }, credentials));
            console.log(all.filter(({ status }) => status === 200).length);
          `),
        ]);
        await Deno.remove(renewing);
        assertEquals([code, stdout.trim(), roles], [0, "50", 2], stderr);
      },
    }),

    t.step({
      ...AT_ONCE,
      name: "reports a failed renewal to the command, and in one line on stderr",
      fn: async () => {
        let roles = 0;
        const again = await Deno.makeTempFile();
        await using sts = await startSts({
          sessionSeconds: SECONDS,
          faults: ({ action }) => {
            if (action !== "AssumeRole" || ++roles === 1) return undefined;
            // Longer than a session: by then the reason has been reported, and the last attempt has failed like the others.
            if (roles === 5) Deno.writeTextFileSync(again, "now");
            return { kind: "error", code: "AccessDenied", message: "not any more", status: 403 };
          },
        });
        const { stdout, stderr } = await job(sts, [
          "--refresh",
          "--",
          ...script(`
            const seen = [];
            for (;;) {
              const { status, Code, Message } = await credentials();
              seen.push(status);
              // The expiration is reported a moment before the reason is known.
              if (status !== 200 && Message.includes("could not be renewed")) {
                console.log(JSON.stringify({ statuses: [...new Set(seen)], Code, Message }));
                break;
              }
              await pause(100);
            }
            while (Deno.readTextFileSync(${JSON.stringify(again)}) === "") await pause(20);
          `),
        ]);
        await Deno.remove(again);
        const { statuses, Code, Message } = JSON.parse(stdout);
        assertEquals([statuses, Code], [[200, 400], "ExpiredToken"]);
        assertStringIncludes(Message, "could not be renewed: ");
        const told = stderr.split("\n").filter((line) => line.includes("could not be renewed"));
        assertEquals(told.length, 1, stderr);
        assertStringIncludes(told[0] ?? "", TERRAFORM_ROLE.arn);
      },
    }),

    t.step({
      ...AT_ONCE,
      name: "reports a token command that does not end",
      ignore: Deno.build.os === "windows",
      fn: async () => {
        await using sts = await startSts({ sessionSeconds: SECONDS });
        const folder = await Deno.makeTempDir({ prefix: "arar-stuck-" });
        const program = `#!/bin/sh\n[ -e "$0.asked" ] && exec sleep 5\n: >"$0.asked"; echo "${
          GITHUB.mint({ aud: "sts.amazonaws.com" })
        }"\n`;
        await Deno.writeTextFile(`${folder}/circleci`, program, { mode: 0o700 });
        const { code, stderr } = await job(
          sts,
          [
            "--refresh",
            "--timeout=1",
            "--audience=sts.amazonaws.com",
            "--oidc",
            "--",
            ...script("while ((await credentials()).status === 200) await pause(100);"),
          ],
          {
            ...{ AWS_ACCESS_KEY_ID: undefined, AWS_SECRET_ACCESS_KEY: undefined, AWS_ROLE_ARN: WEB_IDENTITY_ROLE.arn },
            ...{ CIRCLECI: "true", PATH: `${folder}:${Deno.env.get("PATH")}` },
          },
        );
        await Deno.remove(folder, { recursive: true });
        assertEquals(code, 0, stderr);
        assertStringIncludes(stderr, "is not renewed yet; arar tries again: ");
      },
    }),

    t.step({
      ...AT_ONCE,
      name: "warns at the start that an MFA session cannot be renewed, and does not try",
      fn: async () => {
        await using sts = await startSts({ sessionSeconds: SECONDS });
        const { code, stderr } = await job(sts, [
          ...["--refresh", "--role-arn", MFA_ROLE.arn],
          ...["--serial-number", ALICE_MFA.serial, "--token-code", ALICE_MFA.codes[0] ?? ""],
          "--",
          ...script("while ((await credentials()).status === 200) await pause(200); await pause(1500);"),
        ]);
        assertEquals(code, 0, stderr);
        const [first = "", second = "", ...rest] = stderr.trimEnd().split("\n");
        assertStringIncludes(first, "arar: warning: the session expires at ");
        assertStringIncludes(second, "could not be renewed: it needs an MFA code");
        assertEquals([rest, sts.requests.length], [[], 1]);
      },
    }),

    t.step({
      ...AT_ONCE,
      name: `renews in time if STS's clock is hours off`,
      fn: async () => {
        await using sts = await startSts({ sessionSeconds: SECONDS, clockOffsetSeconds: -7200 });
        const { code, stdout, stderr } = await job(sts, [
          "--refresh",
          "--",
          ...script(`${untilKeys(3)} console.log("renewed");`),
        ]);
        assertEquals([code, stdout, stderr], [0, "renewed\n", ""]);
      },
    }),

    t.step({
      ...AT_ONCE,
      name: "reads the web identity token again at renewal",
      fn: async () => {
        await using sts = await startSts({ sessionSeconds: SECONDS });
        const file = await Deno.makeTempFile();
        await Deno.writeTextFile(file, GITHUB.mint({}));
        const { code, stderr } = await job(
          sts,
          [
            "--refresh",
            "--web-identity-token-file",
            file,
            "--",
            ...script(`
              await Deno.writeTextFile(${JSON.stringify(file)}, ${
              JSON.stringify(GITHUB.mint({ exp: Math.floor(Date.now() / 1000) + 600 }))
            });
              ${untilKeys(2)}
            `),
          ],
          {
            AWS_ACCESS_KEY_ID: undefined,
            AWS_SECRET_ACCESS_KEY: undefined,
            AWS_ROLE_ARN: WEB_IDENTITY_ROLE.arn,
          },
        );
        await Deno.remove(file);
        assertEquals(code, 0, stderr);
        assertEquals(new Set(sts.requests.map(({ params }) => params.WebIdentityToken)).size, 2);
      },
    }),
  ]);
});
