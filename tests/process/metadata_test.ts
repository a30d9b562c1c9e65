/** The roles of containers and instances as source credentials, and the message if there are none at all. */
import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { profileFiles } from "../profile/profiles.ts";
import { type MetadataAnswer, startMetadata } from "../metadata_server.ts";
import { ALICE, callerEnv, startSts, TERRAFORM_ROLE } from "../sts_server.ts";
import { SHOW } from "./job.ts";
import { assertChecked, type Call, calls, run, shownEnv } from "./signers.ts";

Deno.test("arar in a container or on an instance", async (t) => {
  const role = ["--role-arn", TERRAFORM_ROLE.arn];
  const signed: readonly Call[] = [["AssumeRole", "runner-role/i-0abcdef1234567890", TERRAFORM_ROLE.arn]];

  await t.step("uses the container's role", async () => {
    await using metadata = await startMetadata();
    await using sts = await startSts();
    const env = { ...metadata.containerEnv, ...metadata.instanceEnv };
    assertChecked(await run(sts, role, env, { secrets: () => metadata.secrets() }));
    assertEquals(calls(sts), signed);
    assertEquals(metadata.requests.map(({ path }) => path), ["/container"]);
  });

  await t.step("uses the instance's role, by version 2 of its metadata service", async () => {
    await using metadata = await startMetadata();
    await using sts = await startSts();
    assertChecked(await run(sts, role, metadata.instanceEnv, { secrets: () => metadata.secrets() }));
    assertEquals(calls(sts), signed);
    assertEquals(metadata.requests.map(({ method }) => method), ["PUT", "GET", "GET"]);
  });

  for (const [source, names] of [["EcsContainer", "containerEnv"], ["Ec2InstanceMetadata", "instanceEnv"]] as const) {
    await t.step(`uses credential_source = ${source} even if keys are exported`, async () => {
      await using metadata = await startMetadata();
      await using sts = await startSts();
      using files = profileFiles(`[profile p]\nrole_arn = ${TERRAFORM_ROLE.arn}\ncredential_source = ${source}\n`);
      const env = { ...callerEnv(ALICE), ...files.env, ...metadata[names] };
      assertChecked(await run(sts, ["--profile=p"], env, { secrets: () => metadata.secrets() }));
      assertEquals(calls(sts), signed);
    });
  }

  await t.step("skips a default profile without credentials", async () => {
    await using metadata = await startMetadata();
    await using sts = await startSts();
    using files = profileFiles("[default]\nregion = eu-west-1\n");
    const env = { ...files.env, ...metadata.instanceEnv, AWS_ROLE_ARN: TERRAFORM_ROLE.arn };
    assertChecked(await run(sts, [], env, { secrets: () => metadata.secrets() }));
    assertEquals(calls(sts), signed);
    assertEquals(sts.requests[0]?.region, "eu-west-1");
  });

  await t.step(
    "asks the metadata service of the selected profile, even if its source profile selects the instance",
    async () => {
      await using metadata = await startMetadata();
      await using sts = await startSts();
      const { AWS_EC2_METADATA_SERVICE_ENDPOINT: endpoint = "", ...env } = metadata.instanceEnv;
      using files = profileFiles(
        `[profile p]\nrole_arn = ${TERRAFORM_ROLE.arn}\nsource_profile = i\nec2_metadata_service_endpoint = ${endpoint}\n` +
          `[profile i]\ncredential_source = Ec2InstanceMetadata\n[profile q]\nec2_metadata_service_endpoint = ${endpoint}\n`,
      );
      const secrets = () => metadata.secrets();
      assertChecked(await run(sts, ["--profile=p"], { ...files.env, ...env }, { secrets }));
      assertChecked(await run(sts, ["--profile=q", ...role], { ...files.env, ...env }, { secrets }));
      assertEquals(calls(sts), [...signed, ...signed]);
    },
  );

  await t.step("does not pass on the endpoint of a profile", async () => {
    await using metadata = await startMetadata();
    await using sts = await startSts();
    const { AWS_EC2_METADATA_SERVICE_ENDPOINT: endpoint = "", ...env } = metadata.instanceEnv;
    using files = profileFiles(`[profile q]\nec2_metadata_service_endpoint = ${endpoint}\n`);
    const words = ["--profile=q", ...role, "--", ...SHOW];
    const secrets = () => metadata.secrets();
    const { stdout, stderr } = await run(sts, words, { ...files.env, ...env }, { secrets, commandShowsSecrets: true });
    assertEquals(shownEnv(stdout).AWS_EC2_METADATA_SERVICE_ENDPOINT, undefined, stderr);
  });

  const lists = [
    "no source credentials were found",
    "AWS_ACCESS_KEY_ID is not set",
    "AWS_WEB_IDENTITY_TOKEN_FILE is not set",
    "there is no default profile",
    "container: neither AWS_CONTAINER_CREDENTIALS_RELATIVE_URI nor AWS_CONTAINER_CREDENTIALS_FULL_URI is set",
    "instance: ",
  ].map((line) => `arar: ${line}`).join("\n");
  const answer = (status: number): MetadataAnswer => ({ kind: "answer", status, body: "" });
  const failures = [
    ["has no role", answer(404), "the metadata service has no role"],
    ["denies access", answer(403), "the metadata service answered HTTP 403"],
    ["never answers", { kind: "hang" }, "no metadata service answered"],
  ] as const;
  for (const [what, given, reason] of failures) {
    await t.step(`lists what was tried if the metadata service ${what}`, async () => {
      await using metadata = await startMetadata({ override: () => given });
      await using sts = await startSts();
      const limit = given.kind === "hang" ? { AWS_METADATA_SERVICE_TIMEOUT: "0.2" } : {};
      const { code, stderr } = await run(sts, role, { ...metadata.instanceEnv, ...limit });
      assertEquals(code, 125);
      assertStringIncludes(stderr, `${lists}${reason}`);
      // Version 2 of the service, then version 1, without retries.
      assert(metadata.requests.length <= 2, `${metadata.requests.length} requests`);
    });
  }

  await t.step("asks the metadata service again if it fails", async () => {
    let failures = 2;
    const busy: MetadataAnswer = { kind: "answer", status: 503, body: "" };
    await using metadata = await startMetadata({ override: () => failures-- > 0 ? busy : undefined });
    await using sts = await startSts();
    assertChecked(await run(sts, role, metadata.instanceEnv, { secrets: () => metadata.secrets() }));
    assertEquals(calls(sts), signed);
  });

  await t.step("does not ask the metadata service if AWS_EC2_METADATA_DISABLED is set", async () => {
    await using metadata = await startMetadata();
    await using sts = await startSts();
    const env = { ...metadata.instanceEnv, AWS_EC2_METADATA_DISABLED: "true" };
    const { code, stderr } = await run(sts, role, env);
    assertEquals(code, 125);
    assertStringIncludes(stderr, `${lists}AWS_EC2_METADATA_DISABLED is set\n`);
    assertEquals(metadata.requests.length, 0);
  });
});
