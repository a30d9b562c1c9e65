import { assertEquals } from "@std/assert";
import { settingsOf } from "../../lib/profile/profile_settings.ts";
import { profilesOf, refusal, valuesOf } from "./profiles.ts";
import { origin } from "../origin.ts";

function settings(config: string) {
  const files = profilesOf(`[profile p]\n${config}`);
  const profile = files.profiles.get("p");
  return profile && settingsOf(files, profile);
}

const read = (config: string) => valuesOf(settings(config));

Deno.test("settingsOf()", async (t) => {
  await t.step("returns every setting of the profile except keys", () => {
    const keys = "aws_access_key_id = A\naws_secret_access_key = B\naws_session_token = C\n";
    assertEquals(read(`region = eu-west-1\nwhatever = 1\n${keys}`), { region: "eu-west-1", whatever: "1" });
  });

  await t.step("treats an empty setting as unset", () => {
    assertEquals(read("region =\nendpoint_url = http://all\n"), { endpoint_url: "http://all" });
  });

  await t.step("does not follow source_profile", () => {
    assertEquals(read("source_profile = gone\nregion = x\n"), { source_profile: "gone", region: "x" });
  });

  const services = "services = local\n[services local]\ns3 =\n  endpoint_url = http://s3\n";

  await t.step("adds the settings of each service, which the profile itself cannot have", () => {
    const text =
      `endpoint_url = http://all\nsts =\n  endpoint_url = http://own\n${services}sts =\n  endpoint_url = http://sts\n`;
    assertEquals(read(text), {
      endpoint_url: "http://all",
      services: "local",
      "s3.endpoint_url": "http://s3",
      "sts.endpoint_url": "http://sts",
    });
    assertEquals(
      settings(text)?.get("sts.endpoint_url")?.from,
      origin("sts.endpoint_url in [services local] of CONFIG"),
    );
  });

  await t.step("ignores an empty setting of a service", () => {
    assertEquals(read(`${services}sts =\n  endpoint_url =\n`), { services: "local", "s3.endpoint_url": "http://s3" });
  });

  await t.step("refuses a services section that does not exist", () => {
    assertEquals(
      refusal(() => read("services = gone\n")),
      'services in [profile p] of CONFIG is "gone", but CONFIG has no [services gone]',
    );
  });
});
