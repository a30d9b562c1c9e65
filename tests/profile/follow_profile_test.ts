import { assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import { ArarError } from "../../lib/errors.ts";
import { followProfile, settingsOf } from "../../lib/profile/follow_profile.ts";
import type { Section } from "../../lib/profile/shared_files.ts";
import { profilesOf, refusal, valuesOf } from "./profiles.ts";
import { origin } from "../origin.ts";

const ROLE_A = "arn:aws:iam::123456789012:role/a";
const ROLE_B = "arn:aws:iam::123456789012:role/b";
const KEYS = "aws_access_key_id = AKIAEXAMPLE\naws_secret_access_key = not-a-secret\n";
const FROM_KEYS = { accessKeyId: "AKIAEXAMPLE", secretAccessKey: "not-a-secret" };
const ENV = {
  AWS_ACCESS_KEY_ID: "AKIAEXPORTED",
  AWS_SECRET_ACCESS_KEY: "exported",
  AWS_SESSION_TOKEN: "token",
  AWS_CREDENTIAL_EXPIRATION: "2100-01-02T03:04:05Z",
};
const END = new Date("2100-01-02T03:04:05Z");

type Env = Readonly<Record<string, string>>;

function follow(config: string, name = "p", credentials = "", env: Env = {}) {
  return followProfile(profilesOf(config, credentials), name, env);
}

function refused(config: string, name = "p") {
  return refusal(() => follow(config, name));
}

function arns(roles: readonly Section[]) {
  return roles.map((settings) => settings.get("role_arn")?.value);
}

Deno.test("followProfile()", async (t) => {
  await t.step("uses exported keys with credential_source = Environment", () => {
    const text = `[profile p]\nrole_arn = ${ROLE_A}\ncredential_source = Environment\nregion = eu-west-1\n`;
    const { from, signer, roles, settings } = follow(text, "p", "", ENV);
    assertEquals(from, "[profile p] of CONFIG");
    assertEquals(signer, {
      kind: "keys",
      credentials: { accessKeyId: "AKIAEXPORTED", secretAccessKey: "exported", sessionToken: "token", expiration: END },
      from: origin("environment").with(", by credential_source in [profile p] of CONFIG"),
    });
    assertEquals(arns(roles), [ROLE_A]);
    assertEquals(settings.get("region"), { value: "eu-west-1", from: origin("region in [profile p] of CONFIG") });
  });

  await t.step("returns for each role the settings of its own profile", () => {
    const text =
      `[profile p]\nrole_arn = ${ROLE_B}\nsource_profile = q\nexternal_id = for-b\nrole_session_name = at-b\nregion = eu-west-1\n` +
      `[profile q]\nrole_arn = ${ROLE_A}\nsource_profile = r\nmfa_serial = GAHT12345678\nduration_seconds = 900\nregion = eu-west-2\n` +
      `[profile r]\n${KEYS}region = eu-west-3\nexternal_id = for-none\n`;
    const { signer, roles, settings } = follow(text);
    const from = origin("aws_access_key_id in [profile r] of CONFIG");
    assertEquals(signer, { kind: "keys", credentials: FROM_KEYS, from });
    assertEquals(roles.map(valuesOf), [
      {
        role_arn: ROLE_A,
        source_profile: "r",
        mfa_serial: "GAHT12345678",
        duration_seconds: "900",
        region: "eu-west-2",
      },
      {
        role_arn: ROLE_B,
        source_profile: "q",
        external_id: "for-b",
        role_session_name: "at-b",
        region: "eu-west-1",
      },
    ]);
    assertEquals(`${roles[0]?.get("mfa_serial")?.from}`, "mfa_serial in [profile q] of CONFIG");
    assertEquals(settings.get("region")?.value, "eu-west-1");
  });

  await t.step("follows source_profile to any depth", () => {
    const depth = 20_000;
    const profiles = Array.from(
      { length: depth },
      (_, index) =>
        `[profile p${index}]\nrole_arn = arn:aws:iam::123456789012:role/r${index}\nsource_profile = p${index + 1}\n`,
    );
    const { roles } = follow(`${profiles.join("")}[profile p${depth}]\n${KEYS}`, "p0");
    assertEquals(roles.length, depth);
    assertEquals(arns(roles)[0], `arn:aws:iam::123456789012:role/r${depth - 1}`);
  });

  await t.step("uses the keys of a profile that names itself as its source", () => {
    const { signer, roles } = follow(`[profile p]\nrole_arn = ${ROLE_A}\nsource_profile = p\n${KEYS}`);
    assertEquals(signer.kind === "keys" && signer.credentials, FROM_KEYS);
    assertEquals(arns(roles), [ROLE_A]);
  });

  await t.step("prefers the keys of a source profile to its role", () => {
    const text = `[profile p]\nrole_arn = ${ROLE_B}\nsource_profile = q\n` +
      `[profile q]\nrole_arn = ${ROLE_A}\nsource_profile = p\nduration_seconds = not read\n${KEYS}`;
    const { signer, roles } = follow(text);
    assertEquals(signer.kind, "keys");
    assertEquals(arns(roles), [ROLE_B]);
  });

  await t.step("uses a web identity as the source and its role as the first role", () => {
    const text = `[profile p]\nrole_arn = ${ROLE_B}\nsource_profile = q\n` +
      `[profile q]\nrole_arn = ${ROLE_A}\nweb_identity_token_file = /run/token\nrole_session_name = pod\n`;
    const { signer, roles } = follow(text);
    assertEquals(signer, { kind: "web-identity", token: { kind: "file", path: "/run/token" } });
    assertEquals(arns(roles), [ROLE_A, ROLE_B]);
    assertEquals(roles[0]?.get("role_session_name")?.value, "pod");
  });

  await t.step("ignores settings that a web identity cannot use, as the SDKs do", () => {
    const text = `[profile p]\nrole_arn = ${ROLE_A}\nweb_identity_token_file = /run/token\nexternal_id = x\n` +
      "mfa_serial = GAHT12345678\nduration_seconds = 900\n";
    const kept = ["role_arn", "web_identity_token_file", "duration_seconds"];
    assertEquals([...follow(text).roles[0]?.keys() ?? []], kept);
  });

  await t.step("leaves only the source profile to the SDK", () => {
    const text =
      `[profile p]\nrole_arn = ${ROLE_A}\nsource_profile = login\n[profile login]\nlogin_session = me\nregion = r\n`;
    const { signer, roles } = follow(text);
    assertEquals(signer, { kind: "profile", profile: "login", via: "login", session: "me", region: "r" });
    assertEquals(roles.length, 1);
  });

  await t.step("treats a profile with a source but no role as that source", () => {
    const text = `[profile p]\nsource_profile = q\n[profile q]\ncredential_source = Ec2InstanceMetadata\n`;
    const { signer, roles } = follow(text);
    assertEquals([signer, roles], [{ kind: "instance" }, []]);
  });

  for (
    const [what, text] of [["settings alone", "region = eu-west-1"], ["comments alone", "# none"], ["nothing", ""]]
  ) {
    await t.step(`leaves a profile with ${what} to the machine`, () => {
      assertEquals(follow(`[profile p]\n${text}\n`).signer, {
        kind: "machine",
        tried: ["[profile p] of CONFIG names no credentials"],
      });
    });
  }

  await t.step("names the settings that an sso_session lacks", () => {
    const { signer } = follow("[profile p]\nsso_session = corp\n");
    assertEquals(signer.kind === "machine" && signer.tried, [
      "[profile p] of CONFIG names no credentials (its sso_session needs sso_account_id and sso_role_name)",
    ]);
  });

  await t.step("reads a role from the credentials file too", () => {
    const { roles, from } = follow("", "p", `[p]\nrole_arn = ${ROLE_A}\nsource_profile = p\n${KEYS}`);
    assertEquals(roles.map((settings) => settings.get("role_arn")?.from), [origin("role_arn in [p] of CREDENTIALS")]);
    assertEquals(from, "[p] of CREDENTIALS");
  });
});

Deno.test("followProfile() refuses", async (t) => {
  const linesOf = (config: string, credentials: string, name: string) => {
    const { message, hints } = assertThrows(() => follow(config, name, credentials), ArarError);
    return [message, ...hints];
  };

  await t.step("a profile that is in neither file, and lists the existing ones", () => {
    assertEquals(linesOf("[profile prod]\n", "[default]\n", "prd"), [
      'no profile "prd" in CONFIG or CREDENTIALS; did you mean prod?',
      "existing profiles: prod, default",
    ]);
    assertEquals(linesOf("", "", "prd"), ['no profile "prd" in CONFIG or CREDENTIALS', "neither file has a profile"]);
  });

  await t.step("a misspelled profile among many, and lists the most similar ones", () => {
    const many = Array.from({ length: 60 }, (_, index) => `[profile team-${index + 10}]\n`).join("");
    const [message, hint] = linesOf(`${many}[profile production]\n`, "", "team-6");
    assertEquals(message, 'no profile "team-6" in CONFIG or CREDENTIALS; did you mean team-60?');
    const names = [60, 16, 26, 36, 46, 56, 61, 62, 63, 64, 65, 66].map((one) => `team-${one}`);
    assertEquals(hint, `existing profiles: ${names.join(", ")} and 49 more`);

    const long = Array.from({ length: 60 }, (_, index) => `[profile production-administrators-eu-${index + 10}]\n`);
    assertEquals(
      linesOf(long.join(""), "", "x")[1],
      "existing profiles: production-administrators-eu-10, production-administrators-eu-11, " +
        "production-administrators-eu-12 and 57 more",
    );
  });

  await t.step("a profile with a heading for the other file, with a hint", () => {
    assertEquals(linesOf("[prod]\n", "", "prod")?.[1], "[prod] in CONFIG must be [profile prod]");
    assertEquals(linesOf("", "[profile prod]\n", "prod")?.[1], "[profile prod] in CREDENTIALS must be [prod]");
  });

  await t.step("a source profile that is in neither file", () => {
    assertEquals(
      refused(`[profile p]\nrole_arn = ${ROLE_A}\nsource_profile = gone\n`),
      'source_profile in [profile p] of CONFIG is "gone", which does not exist in CONFIG or CREDENTIALS',
    );
  });

  const circles = [
    [
      "itself without keys",
      "p -> p",
      `[profile p]\nrole_arn = ${ROLE_A}\nsource_profile = p\n`,
    ],
    [
      "each other, keys or not, as botocore",
      "p -> q -> p",
      `[profile p]\nrole_arn = ${ROLE_A}\nsource_profile = q\n${KEYS}[profile q]\nrole_arn = ${ROLE_B}\nsource_profile = p\n`,
    ],
    [
      "each other without roles",
      "p -> q -> p",
      `[profile p]\nsource_profile = q\n[profile q]\nsource_profile = p\n`,
    ],
    [
      "one on the way",
      "p -> q -> r -> q",
      `[profile p]\nrole_arn = ${ROLE_A}\nsource_profile = q\n[profile q]\nrole_arn = ${ROLE_A}\nsource_profile = r\n` +
      `[profile r]\nrole_arn = ${ROLE_A}\nsource_profile = q\n`,
    ],
  ] as const;
  for (const [what, way, text] of circles) {
    await t.step(`profiles that lead to ${what}`, () => {
      const message = refused(text);
      assertStringIncludes(message, `is circular: ${way}`);
      assertStringIncludes(message, "] of CONFIG");
    });
  }

  const rows = [
    [
      "two sources",
      `[profile p]\nrole_arn = ${ROLE_A}\nsource_profile = p\ncredential_source = Environment\n${KEYS}`,
      "[profile p] of CONFIG has both source_profile and credential_source; keep one",
    ],
    [
      "a role without a source",
      `[profile p]\nrole_arn = ${ROLE_A}\n`,
      "[profile p] of CONFIG has role_arn but neither source_profile nor credential_source",
    ],
    [
      "an unknown credential_source",
      `[profile p]\nrole_arn = ${ROLE_A}\ncredential_source = environment\n`,
      'credential_source in [profile p] of CONFIG is "environment"; expected Environment, EcsContainer or Ec2InstanceMetadata',
    ],
    [
      "a token file without a role",
      "[profile p]\nweb_identity_token_file = /run/token\n",
      "web_identity_token_file in [profile p] of CONFIG is set without role_arn",
    ],
    [
      "a source profile without credentials",
      `[profile p]\nrole_arn = ${ROLE_A}\nsource_profile = q\n[profile q]\nregion = eu-west-1\n`,
      "[profile q] of CONFIG names no credentials, but it is the source_profile of p",
    ],
    [
      "an empty role",
      "[profile p]\nrole_arn =\nsource_profile = p\n",
      "role_arn in [profile p] of CONFIG is empty",
    ],
    [
      "a process written below its name, which makes it nested settings",
      "[profile p]\ncredential_process =\n  /bin/keys=x\n",
      "credential_process in [profile p] of CONFIG is empty",
    ],
  ] as const;
  for (const [what, text, message] of rows) {
    await t.step(what, () => assertEquals(refused(text), message));
  }
});

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
