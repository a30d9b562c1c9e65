/**
 * Owns the proof that a profile's process is asked, and that neither a process nor a token file is ever quoted.
 * Must not know how profiles are followed. How SSO answers, `tests/process/sso_test.ts` proves: its provider looks into
 * the home of the process.
 */
import { assertEquals, assertRejects } from "@std/assert";
import { sdkHandler } from "../../../lib/aws/http.ts";
import { profileCredentials } from "../../../lib/aws/signers/sso.ts";
import { ArarError } from "../../../lib/errors.ts";
import { profileFiles } from "../../profile/profiles.ts";

const CONTEXT = {
  handler: sdkHandler({ fetch: () => Promise.reject(new Error("nobody is to be called")) }),
  region: "eu-west-1",
};

async function ask(config: string, via: "sso" | "login" | "process") {
  using files = profileFiles(`[profile p]\n${config}\n`);
  return await profileCredentials({ kind: "profile", profile: "p", via }, { ...CONTEXT, env: files.env });
}

async function refused(config: string, via: "sso" | "login" | "process") {
  const { message, hints } = await assertRejects(() => ask(config, via), ArarError);
  return { message, hints };
}

/** A process that writes this, in words that a shell of any system takes. */
function writes(output: unknown): string {
  const json = JSON.stringify(output);
  return Deno.build.os === "windows" ? `credential_process = echo ${json}` : `credential_process = echo '${json}'`;
}

const KEYS = { Version: 1, AccessKeyId: "AKIAEXAMPLE", SecretAccessKey: "not-a-secret" };

Deno.test("profileCredentials() of a process", async (t) => {
  await t.step("takes what it writes", async () => {
    assertEquals(await ask(writes(KEYS), "process"), { accessKeyId: "AKIAEXAMPLE", secretAccessKey: "not-a-secret" });
    assertEquals(
      await ask(writes({ ...KEYS, SessionToken: "token", Expiration: "2100-01-02T03:04:05Z" }), "process"),
      {
        accessKeyId: "AKIAEXAMPLE",
        secretAccessKey: "not-a-secret",
        sessionToken: "token",
        expiration: new Date("2100-01-02T03:04:05Z"),
      },
    );
  });

  const hints = ["run it by itself to see why; what it says is not shown, for it may hold secrets"];
  const rows = [
    ["credential_process = echo the-secret >&2; exit 3", "failed"],
    ["credential_process = nowhere-to-be-found the-secret", "failed"],
    ["credential_process = echo the-secret", "returned invalid JSON"],
    [writes({ ...KEYS, Version: 2 }), "did not return Version 1"],
    [writes({ Version: 1, AccessKeyId: "the-secret" }), "returned invalid credentials"],
    [writes({ ...KEYS, Expiration: "2001-01-01T00:00:00Z" }), "returned expired credentials"],
  ] as const;
  for (const [config, complaint] of rows) {
    await t.step(`says that it ${complaint}, of ${config.slice(21, 40)}`, async () => {
      assertEquals(await refused(config, "process"), {
        message: `credential_process of profile "p" ${complaint}`,
        hints,
      });
    });
  }
});

Deno.test("profileCredentials() of SSO", async (t) => {
  const settings = "sso_account_id = 123456789012\nsso_role_name = reader\n";

  await t.step("says how a session is begun", async () => {
    const start = "sso_start_url = https://nobody.example.com/start\nsso_region = eu-west-1\n";
    assertEquals(await refused(settings + start, "sso"), {
      message: 'cannot get the SSO credentials of profile "p": its session is over or was never begun',
      hints: ["run aws sso login --profile p"],
    });
  });

  for (const missing of ["sso_session = gone\n", ""]) {
    await t.step(`says which settings to check where ${missing.trim() || "all others"} are missing`, async () => {
      assertEquals(await refused(settings + missing, "sso"), {
        message: 'cannot get the SSO credentials of profile "p": ' +
          "check its sso_session, sso_account_id, sso_role_name, sso_region and sso_start_url",
        hints: [],
      });
    });
  }
});

Deno.test("profileCredentials() of a login session", async (t) => {
  await t.step("says how one is begun", async () => {
    assertEquals(await refused("login_session = arn:aws:iam::123456789012:user/nobody", "login"), {
      message: 'cannot get the login session of profile "p": it is over or was never begun',
      hints: ["run aws login --profile p"],
    });
  });
});
