/** A profile on the real program. How profiles are read is compared with botocore in `botocore_test.ts`. */
import { assertEquals, assertMatch } from "@std/assert";
import { profileFiles } from "../profile/profiles.ts";
import {
  ALICE,
  ALICE_MFA,
  callerEnv,
  CHAINED_ROLE,
  MFA_ROLE,
  startSts,
  TERRAFORM_ROLE,
  USER_WITH_PATH,
} from "../sts_server.ts";
import { failure, SHOW } from "./job.ts";
import { assertChecked, calls, run, shownEnv, stored } from "./signers.ts";

Deno.test("arar with a profile", async (t) => {
  await t.step("gives the command the role's keys, and unsets AWS_PROFILE", async () => {
    using files = profileFiles(
      `[profile cicd]\nrole_arn = ${TERRAFORM_ROLE.arn}\ncredential_source = Environment\nregion = eu-west-3\n`,
    );
    await using sts = await startSts();
    const env = { ...callerEnv(ALICE), ...files.env, AWS_PROFILE: "cicd", AWS_DEFAULT_PROFILE: "cicd" };
    const { stdout, code } = await run(sts, ["--", ...SHOW], env, { commandShowsSecrets: true });
    const child = shownEnv(stdout);
    assertMatch(child.AWS_ACCESS_KEY_ID ?? "", /^ASIA/);
    assertEquals([code, child.AWS_PROFILE, child.AWS_DEFAULT_PROFILE], [0, undefined, undefined]);
    assertEquals([child.AWS_REGION, child.AWS_DEFAULT_REGION], ["eu-west-3", "eu-west-3"]);
  });

  await t.step("assumes the profile's role before those typed, with a code for its device alone", async () => {
    const [code = ""] = ALICE_MFA.codes;
    using files = profileFiles(
      `[profile p]\nrole_arn = ${MFA_ROLE.arn}\nsource_profile = p\nmfa_serial = ${ALICE_MFA.serial}\n`,
      stored("p", ALICE),
    );
    await using sts = await startSts();
    const words = [
      "--profile=p",
      "--token-code",
      code,
      "--role-arn",
      TERRAFORM_ROLE.arn,
      "--role-arn",
      CHAINED_ROLE.arn,
    ];
    assertChecked(await run(sts, words, { ...callerEnv(USER_WITH_PATH), ...files.env }, { secrets: () => [code] }));
    assertEquals(calls(sts), [
      ["AssumeRole", "alice", MFA_ROLE.arn],
      ["AssumeRole", "session", TERRAFORM_ROLE.arn],
      ["AssumeRole", "session", CHAINED_ROLE.arn],
    ]);
    assertEquals(sts.requests.map(({ params }) => params.TokenCode), [code, undefined, undefined]);
  });

  await t.step("shows the home folder as ~", async () => {
    using files = profileFiles("");
    await Deno.mkdir(`${files.folder}/.aws`);
    await Deno.writeTextFile(`${files.folder}/.aws/config`, "[default]\nrole_arn =\n");
    await using sts = await startSts();
    const env = { HOME: files.folder, USERPROFILE: files.folder };
    assertEquals(failure(await run(sts, [], env)), ["role_arn in [default] of ~/.aws/config is empty"]);
  });

  await t.step("calls STS where the environment says, else its services section, else the profile", async () => {
    await using sts = await startSts();
    await using other = await startSts();
    using files = profileFiles(
      `[profile p]\nrole_arn = ${TERRAFORM_ROLE.arn}\nsource_profile = p\nendpoint_url = ${other.url}\nservices = here\n` +
        `[services here]\nsts =\n  endpoint_url = ${sts.url}\n`,
      stored("p", ALICE),
    );
    assertChecked(await run(sts, ["--profile=p"], { ...files.env, AWS_ENDPOINT_URL_STS: "" }));
    assertEquals([sts.requests.length, other.requests.length], [1, 0]);
    assertChecked(await run(sts, ["--profile=p"], { ...files.env, AWS_ENDPOINT_URL_STS: other.url }));
    assertEquals([sts.requests.length, other.requests.length], [1, 1]);
  });
});
