/**
 * Owns the proof that a profile is followed to who signs and to its roles, and that what is wrong in it is named.
 * Must not know how files are read, nor what STS answers.
 */
import { assertEquals, assertStringIncludes } from "@std/assert";
import { followProfile } from "../../lib/profile/follow_profile.ts";
import { profilesOf, refusal } from "./profiles.ts";

const ROLE_A = "arn:aws:iam::123456789012:role/a";
const ROLE_B = "arn:aws:iam::123456789012:role/b";
const KEYS = "aws_access_key_id = AKIAEXAMPLE\naws_secret_access_key = not-a-secret\n";
const FROM_KEYS = {
  accessKeyId: "AKIAEXAMPLE",
  secretAccessKey: "not-a-secret",
};
const ENV = {
  AWS_ACCESS_KEY_ID: "AKIAEXPORTED",
  AWS_SECRET_ACCESS_KEY: "exported",
  AWS_SESSION_TOKEN: "token",
};

async function follow(
  config: string,
  name = "p",
  credentials = "",
  env: Record<string, string> = {},
) {
  return followProfile(await profilesOf(config, credentials), name, env);
}

async function refused(
  config: string,
  name = "p",
  credentials = "",
  env: Record<string, string> = {},
) {
  const profiles = await profilesOf(config, credentials);
  return refusal(() => followProfile(profiles, name, env));
}

Deno.test("followProfile()", async (t) => {
  await t.step("lets exported keys sign where credential_source says so", async () => {
    const text = `[profile p]\nrole_arn = ${ROLE_A}\ncredential_source = Environment\nregion = eu-west-1\n`;
    assertEquals(await follow(text, "p", "", ENV), {
      signer: {
        kind: "keys",
        credentials: {
          accessKeyId: "AKIAEXPORTED",
          secretAccessKey: "exported",
          sessionToken: "token",
        },
        from: "the environment, by credential_source in [profile p] of CONFIG",
      },
      roles: [{ roleArn: ROLE_A, from: "[profile p] of CONFIG" }],
      region: "eu-west-1",
      from: "[profile p] of CONFIG",
    });
  });

  await t.step("gives each role the settings of its own profile", async () => {
    const text =
      `[profile p]\nrole_arn = ${ROLE_B}\nsource_profile = q\nexternal_id = for-b\nrole_session_name = at-b\nregion = eu-west-1\n` +
      `[profile q]\nrole_arn = ${ROLE_A}\nsource_profile = r\nmfa_serial = GAHT12345678\nduration_seconds = 900\nregion = eu-west-2\n` +
      `[profile r]\n${KEYS}region = eu-west-3\nexternal_id = for-none\n`;
    const { signer, roles, region } = await follow(text);
    assertEquals(signer, {
      kind: "keys",
      credentials: FROM_KEYS,
      from: "aws_access_key_id in [profile r] of CONFIG",
    });
    assertEquals(roles, [
      {
        roleArn: ROLE_A,
        mfaSerial: "GAHT12345678",
        durationSeconds: 900,
        from: "[profile q] of CONFIG",
      },
      {
        roleArn: ROLE_B,
        roleSessionName: "at-b",
        externalId: "for-b",
        from: "[profile p] of CONFIG",
      },
    ]);
    assertEquals(region, "eu-west-1");
  });

  await t.step("follows source_profile to any depth", async () => {
    const depth = 200;
    const profiles = Array.from(
      { length: depth },
      (_, index) =>
        `[profile p${index}]\nrole_arn = arn:aws:iam::123456789012:role/r${index}\nsource_profile = p${index + 1}\n`,
    );
    const { roles } = await follow(
      `${profiles.join("")}[profile p${depth}]\n${KEYS}`,
      "p0",
    );
    assertEquals(roles.length, depth);
    assertEquals(
      roles[0]?.roleArn,
      `arn:aws:iam::123456789012:role/r${depth - 1}`,
    );
  });

  await t.step("lets a profile that names itself sign with its own keys", async () => {
    const { signer, roles } = await follow(`[profile p]\nrole_arn = ${ROLE_A}\nsource_profile = p\n${KEYS}`);
    assertEquals(signer.kind === "keys" && signer.credentials, FROM_KEYS);
    assertEquals(roles.map(({ roleArn }) => roleArn), [ROLE_A]);
  });

  await t.step("takes the keys of a source profile before its role", async () => {
    const text = `[profile p]\nrole_arn = ${ROLE_B}\nsource_profile = q\n` +
      `[profile q]\nrole_arn = ${ROLE_A}\nsource_profile = p\nduration_seconds = not read\n${KEYS}`;
    const { signer, roles } = await follow(text);
    assertEquals(signer.kind, "keys");
    assertEquals(roles.map(({ roleArn }) => roleArn), [ROLE_B]);
  });

  await t.step("takes a web identity as source and its role as first role", async () => {
    const text = `[profile p]\nrole_arn = ${ROLE_B}\nsource_profile = q\n` +
      `[profile q]\nrole_arn = ${ROLE_A}\nweb_identity_token_file = /run/token\nrole_session_name = pod\n`;
    const { signer, roles } = await follow(text);
    assertEquals(signer, {
      kind: "web-identity",
      token: { kind: "file", path: "/run/token" },
    });
    assertEquals(roles, [
      {
        roleArn: ROLE_A,
        roleSessionName: "pod",
        from: "[profile q] of CONFIG",
      },
      { roleArn: ROLE_B, from: "[profile p] of CONFIG" },
    ]);
  });

  await t.step("leaves to the SDK only the profile behind the role", async () => {
    const text =
      `[profile p]\nrole_arn = ${ROLE_A}\nsource_profile = sso\n[profile sso]\nsso_account_id = 123456789012\n`;
    const { signer, roles } = await follow(text);
    assertEquals(signer, { kind: "profile", profile: "sso", via: "sso" });
    assertEquals(roles.length, 1);
  });

  await t.step("takes a profile with a source and no role for its source", async () => {
    const text = `[profile p]\nsource_profile = q\n[profile q]\ncredential_source = Ec2InstanceMetadata\n`;
    assertEquals(await follow(text), {
      signer: { kind: "instance" },
      roles: [],
      from: "[profile p] of CONFIG",
    });
  });

  await t.step("leaves a profile without any credentials to the chain", async () => {
    const { signer } = await follow("[profile p]\nregion = eu-west-1\n");
    assertEquals(signer, {
      kind: "chain",
      tried: ["[profile p] of CONFIG: it names no credentials"],
    });
  });

  await t.step("reads a role from the credentials file too", async () => {
    const { roles, from } = await follow(
      "",
      "p",
      `[p]\nrole_arn = ${ROLE_A}\nsource_profile = p\n${KEYS}`,
    );
    assertEquals(roles, [{ roleArn: ROLE_A, from: "[p] of CREDENTIALS" }]);
    assertEquals(from, "[p] of CREDENTIALS");
  });
});

Deno.test("followProfile() refuses", async (t) => {
  await t.step("a profile that is in neither file, and lists those that are", async () => {
    const profiles = await profilesOf(
      "[profile prod]\nregion = x\n",
      "[default]\nregion = x\n",
    );
    assertEquals(
      refusal(() => followProfile(profiles, "prd", {})),
      'no profile "prd" in CONFIG or CREDENTIALS',
    );
    try {
      followProfile(profiles, "prd", {});
    } catch (error) {
      assertEquals(error instanceof Error && "hints" in error && error.hints, [
        "profiles there: prod, default",
      ]);
    }
  });

  await t.step("a source profile that is in neither file", async () => {
    assertEquals(
      await refused(`[profile p]\nrole_arn = ${ROLE_A}\nsource_profile = gone\n`),
      'source_profile in [profile p] of CONFIG names "gone", but there is no such profile in CONFIG or CREDENTIALS',
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
    await t.step(`profiles that lead to ${what}`, async () => {
      const message = await refused(text);
      assertStringIncludes(message, `leads in a circle: ${way}`);
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
      'credential_source in [profile p] of CONFIG is "environment"; it takes Environment, EcsContainer or Ec2InstanceMetadata',
    ],
    [
      "exported keys that are not there",
      `[profile p]\nrole_arn = ${ROLE_A}\ncredential_source = Environment\n`,
      "credential_source in [profile p] of CONFIG is Environment, but AWS_ACCESS_KEY_ID is not set",
    ],
    [
      "half a pair of keys",
      "[profile p]\naws_access_key_id = AKIAEXAMPLE\n",
      "aws_access_key_id in [profile p] of CONFIG stands without aws_secret_access_key",
    ],
    [
      "a token file without a role",
      "[profile p]\nweb_identity_token_file = /run/token\n",
      "web_identity_token_file in [profile p] of CONFIG stands without role_arn",
    ],
    [
      "a source profile without credentials",
      `[profile p]\nrole_arn = ${ROLE_A}\nsource_profile = q\n[profile q]\nregion = eu-west-1\n`,
      "[profile q] of CONFIG names no credentials, but source_profile of p asks for some",
    ],
    [
      "a duration that is none",
      `[profile p]\nrole_arn = ${ROLE_A}\ncredential_source = EcsContainer\nduration_seconds = 10\n`,
      'duration_seconds in [profile p] of CONFIG is "10"; it takes 900 to 43200 seconds',
    ],
    [
      "an external id that STS refuses",
      `[profile p]\nrole_arn = ${ROLE_A}\ncredential_source = EcsContainer\nexternal_id = a b\n`,
      'external_id in [profile p] of CONFIG is "a b"; it takes 2 to 1224 of A-Za-z0-9_+=,.@:/-',
    ],
  ] as const;
  for (const [what, text, message] of rows) {
    await t.step(what, async () => assertEquals(await refused(text), message));
  }
});
