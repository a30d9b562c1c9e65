/**
 * Owns the proof that the settings of a profile are read.
 * Must not know what becomes of them.
 */
import { assertEquals } from "@std/assert";
import { readProfileRole, readProfileSettings } from "../../lib/profile/profile_settings.ts";
import { findProfile } from "../../lib/profile/shared_files.ts";
import { profilesOf, refusal } from "./profiles.ts";

async function read(config: string) {
  const profiles = await profilesOf(`[profile p]\n${config}`);
  const profile = findProfile(profiles, "p");
  if (!profile) throw new Error("the file has the profile");
  return { profiles, profile };
}

Deno.test("readProfileRole()", async (t) => {
  await t.step("reads every setting of the role", async () => {
    const { profile } = await read(
      "role_arn = arn:aws:iam::123456789012:role/a\nrole_session_name = ci\nexternal_id = customer:42/blue\n" +
        "mfa_serial = arn:aws:iam::123456789012:mfa/alice\nduration_seconds = 7200\n",
    );
    assertEquals(readProfileRole(profile), {
      roleArn: "arn:aws:iam::123456789012:role/a",
      roleSessionName: "ci",
      externalId: "customer:42/blue",
      mfaSerial: "arn:aws:iam::123456789012:mfa/alice",
      durationSeconds: 7200,
      from: "[profile p] of CONFIG",
    });
  });

  await t.step("reads nothing where no role is named", async () => {
    const { profile } = await read("role_session_name = ci\n");
    assertEquals(readProfileRole(profile), undefined);
  });
});

Deno.test("readProfileSettings()", async (t) => {
  await t.step("reads every setting", async () => {
    const { profiles, profile } = await read(
      "region = eu-west-1\nendpoint_url = http://localhost:1\nignore_configured_endpoint_urls = true\n" +
        "sts_regional_endpoints = legacy\nuse_fips_endpoint = true\nuse_dualstack_endpoint = false\n" +
        "ca_bundle = /ca.pem\nmax_attempts = 5\nretry_mode = adaptive\n",
    );
    assertEquals(readProfileSettings(profiles, profile), {
      region: "eu-west-1",
      endpointUrl: "http://localhost:1",
      ignoreConfiguredEndpointUrls: "true",
      stsRegionalEndpoints: "legacy",
      useFipsEndpoint: "true",
      useDualstackEndpoint: "false",
      caBundle: "/ca.pem",
      maxAttempts: "5",
      retryMode: "adaptive",
    });
  });

  await t.step("takes the endpoint of STS alone before that of all services", async () => {
    const { profiles, profile } = await read(
      "endpoint_url = http://all\nservices = local\n[services local]\ns3 =\n  endpoint_url = http://s3\n" +
        "sts =\n  endpoint_url = http://sts\n",
    );
    assertEquals(readProfileSettings(profiles, profile), {
      endpointUrl: "http://sts",
    });
  });

  await t.step("keeps the endpoint of all services where the section has none for STS", async () => {
    const { profiles, profile } = await read(
      "endpoint_url = http://all\nservices = local\n[services local]\ns3 =\n  endpoint_url = http://s3\n",
    );
    assertEquals(readProfileSettings(profiles, profile), {
      endpointUrl: "http://all",
    });
  });

  await t.step("names the services section that is not there", async () => {
    const { profiles, profile } = await read("services = gone\n");
    assertEquals(
      refusal(() => readProfileSettings(profiles, profile)),
      'services in [profile p] of CONFIG is "gone", but CONFIG has no [services gone]',
    );
  });
});
