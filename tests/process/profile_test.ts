/** Profiles: source credentials, roles, and what the command receives. */
import { assertEquals, assertMatch } from "@std/assert";
import { profileFiles } from "../profile/profiles.ts";
import {
  ALICE,
  ALICE_MFA,
  callerEnv,
  CHAINED_ROLE,
  EXTERNAL_ID,
  EXTERNAL_ID_ROLE,
  MFA_ROLE,
  startSts,
  TERRAFORM_ROLE,
  USER_WITH_PATH,
} from "../sts_server.ts";
import { failure, SHOW } from "./job.ts";
import { assertChecked, calls, run, shownEnv, stored } from "./signers.ts";

function withoutHeading(section: string): string {
  return section.slice(section.indexOf("\n") + 1);
}

Deno.test("arar with a profile", async (t) => {
  const environment = `role_arn = ${TERRAFORM_ROLE.arn}\ncredential_source = Environment\n`;
  await t.step("gives the command the role's keys, and unsets AWS_PROFILE", async () => {
    using files = profileFiles(`[profile cicd]\n${environment}region = eu-west-3\n`);
    await using sts = await startSts();
    const env = { ...callerEnv(ALICE), ...files.env, AWS_PROFILE: "cicd", AWS_DEFAULT_PROFILE: "cicd" };
    const { stdout, code } = await run(sts, ["--", ...SHOW], env, { commandShowsSecrets: true });
    assertEquals(code, 0);
    const child = shownEnv(stdout);
    assertMatch(child.AWS_ACCESS_KEY_ID ?? "", /^ASIA/);
    assertEquals([child.AWS_PROFILE, child.AWS_DEFAULT_PROFILE], [undefined, undefined]);
    assertEquals([child.AWS_REGION, child.AWS_DEFAULT_REGION], ["eu-west-3", "eu-west-3"]);
  });

  await t.step("assumes the profile's role before those of the command line", async () => {
    using files = profileFiles(
      `[profile p]\nrole_arn = ${EXTERNAL_ID_ROLE.arn}\nsource_profile = p\nexternal_id = ${EXTERNAL_ID}\n`,
      stored("p", ALICE),
    );
    await using sts = await startSts();
    assertChecked(
      await run(sts, [
        "--profile=p",
        "--role-arn",
        TERRAFORM_ROLE.arn,
        "--role-arn",
        CHAINED_ROLE.arn,
      ], {
        ...callerEnv(USER_WITH_PATH),
        ...files.env,
      }),
    );
    assertEquals(calls(sts), [
      ["AssumeRole", "alice", EXTERNAL_ID_ROLE.arn],
      ["AssumeRole", "session", TERRAFORM_ROLE.arn],
      ["AssumeRole", "session", CHAINED_ROLE.arn],
    ]);
  });

  await t.step("does not use keys of another section, regardless of its heading", async () => {
    for (const heading of ["[profile prod]# production", "[profile prod] text", "[prod]", "[profile a b]"]) {
      using files = profileFiles(
        `${stored("profile dev", ALICE)}${heading}\n${withoutHeading(stored("x", USER_WITH_PATH))}`,
      );
      await using sts = await startSts();
      assertChecked(await run(sts, ["--profile=dev", "--role-arn", TERRAFORM_ROLE.arn], files.env));
      assertEquals(calls(sts), [["AssumeRole", "alice", TERRAFORM_ROLE.arn]], heading);
    }
  });

  await t.step("shows the home folder as ~", async () => {
    using files = profileFiles("");
    await Deno.mkdir(`${files.folder}/.aws`);
    await Deno.writeTextFile(`${files.folder}/.aws/config`, "[default]\nrole_arn =\n");
    await using sts = await startSts();
    const env = { HOME: files.folder, USERPROFILE: files.folder };
    assertEquals(failure(await run(sts, [], env)), ["role_arn in [default] of ~/.aws/config is empty"]);
  });

  await t.step("calls STS at the endpoint of the profile; its services section has precedence", async () => {
    await using sts = await startSts();
    await using other = await startSts();
    using files = profileFiles(
      `[profile p]\nrole_arn = ${TERRAFORM_ROLE.arn}\nsource_profile = p\nendpoint_url = ${other.url}\nservices = here\n` +
        `[services here]\nsts =\n  endpoint_url = ${sts.url}\n`,
      stored("p", ALICE),
    );
    assertChecked(await run(sts, ["--profile=p"], { ...files.env, AWS_ENDPOINT_URL_STS: "" }));
    assertEquals([sts.requests.length, other.requests.length], [1, 0]);
    assertEquals((await run(sts, ["--profile=p"], { ...files.env, AWS_ENDPOINT_URL_STS: other.url })).code, 0);
    assertEquals([sts.requests.length, other.requests.length], [1, 1]);
  });

  await t.step("uses an MFA code for the profile's device, once", async () => {
    const [code = ""] = ALICE_MFA.codes;
    using files = profileFiles(
      `[profile p]\nrole_arn = ${MFA_ROLE.arn}\nsource_profile = p\nmfa_serial = ${ALICE_MFA.serial}\n`,
      stored("p", ALICE),
    );
    await using sts = await startSts();
    const words = ["--profile=p", "--token-code", code, "--role-arn", TERRAFORM_ROLE.arn];
    const result = await run(sts, words, files.env, { secrets: () => [code] });
    assertChecked(result);
    assertEquals(sts.requests.map(({ params }) => [params.SerialNumber, params.TokenCode]), [
      [ALICE_MFA.serial, code],
      [undefined, undefined],
    ]);
  });
});
