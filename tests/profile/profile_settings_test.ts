import { assertEquals } from "@std/assert";
import { readSettingsOf } from "../../lib/profile/profile_settings.ts";
import { profilesOf, refusal, valuesOf } from "./profiles.ts";

function read(config: string) {
  return valuesOf(readSettingsOf(profilesOf(`[profile p]\n${config}`), "p"));
}

Deno.test("readSettingsOf()", async (t) => {
  await t.step("reads what the profile sets, whatever it is, but no key", () => {
    assertEquals(
      read(
        "region = eu-west-1\nwhatever = 1\naws_access_key_id = A\naws_secret_access_key = B\naws_session_token = C\n",
      ),
      { region: "eu-west-1", whatever: "1" },
    );
  });

  await t.step("takes an empty setting for none", () => {
    assertEquals(read("region =\nendpoint_url = http://all\n"), { endpoint_url: "http://all" });
  });

  await t.step("follows no credentials", () => {
    assertEquals(read("source_profile = gone\nregion = x\n"), { source_profile: "gone", region: "x" });
  });

  await t.step("finds nothing where there is no such profile", () => {
    assertEquals(readSettingsOf(profilesOf("[profile p]\n"), "q"), undefined);
    assertEquals(readSettingsOf(profilesOf("[services foo]\n"), "services.foo"), undefined);
  });

  const services = "services = local\n[services local]\ns3 =\n  endpoint_url = http://s3\n";

  await t.step("takes the endpoint of STS alone before that of all services", () => {
    const files = profilesOf(`[profile p]\nendpoint_url = http://all\n${services}sts =\n  endpoint_url = http://sts\n`);
    assertEquals(readSettingsOf(files, "p")?.get("endpoint_url"), {
      value: "http://sts",
      from: "sts.endpoint_url in [services local] of CONFIG",
    });
  });

  await t.step("keeps the endpoint of all services where the section has none for STS", () => {
    assertEquals(read(`endpoint_url = http://all\n${services}`).endpoint_url, "http://all");
    assertEquals(read(`endpoint_url = http://all\n${services}sts =\n  endpoint_url =\n`).endpoint_url, "http://all");
  });

  await t.step("names the services section that is not there", () => {
    assertEquals(
      refusal(() => read("services = gone\n")),
      'services in [profile p] of CONFIG is "gone", but CONFIG has no [services gone]',
    );
  });
});
