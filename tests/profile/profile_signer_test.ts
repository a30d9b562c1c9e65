import { assertEquals } from "@std/assert";
import { hasKeys, namedSigner, ownSigner } from "../../lib/profile/profile_signer.ts";
import type { Profile, SharedFiles } from "../../lib/profile/shared_files.ts";
import { profilesOf, refusal } from "./profiles.ts";
import { origin } from "../origin.ts";

const keys = (id: string) => `aws_access_key_id = ${id}\naws_secret_access_key = not-a-secret\n`;
const CONFIG_KEYS = keys("AKIACONFIG");
const STORED = `[default]\n${keys("AKIASTORED")}`;
const PORTAL = "sso_start_url = https://example.com/start\nsso_region = eu-west-1\n";
const SSO_ROLE = "sso_account_id = 123456789012\nsso_role_name = Reader\n";
const SSO = `${SSO_ROLE}${PORTAL}`;

function defaultOf(files: SharedFiles): Profile {
  const profile = files.profiles.get("default");
  if (!profile) throw new Error("the file has the profile");
  return profile;
}

function ownOf(config: string, credentials = "") {
  const files = profilesOf(`[default]\n${config}`, credentials);
  return ownSigner(files, defaultOf(files));
}

function kindOf(config: string, credentials = ""): string | undefined {
  const signer = ownOf(config, credentials);
  if (signer?.kind === "keys") return signer.credentials.accessKeyId;
  return signer?.kind === "profile" ? signer.via : signer?.kind;
}

Deno.test("ownSigner()", async (t) => {
  // The order of botocore's ProfileProviderBuilder: each row wins over the next.
  const order = [
    ["web_identity_token_file = /t\n", "", "web-identity"],
    [SSO, "", "sso"],
    ["", STORED, "AKIASTORED"],
    ["login_session = arn:aws:iam::123456789012:user/alice\n", "", "login"],
    ["credential_process = /bin/false\n", "", "process"],
    [CONFIG_KEYS, "", "AKIACONFIG"],
  ] as const;
  for (const [index, [config, credentials, kind]] of order.entries()) {
    await t.step(`returns ${kind} alone`, () => assertEquals(kindOf(config, credentials), kind));

    await t.step(`prefers ${kind} to all that follow it`, () => {
      const rest = order.slice(index);
      const all = rest.map(([text]) => text).join("");
      assertEquals(kindOf(all, rest.some(([, text]) => text) ? STORED : ""), kind);
    });
  }

  await t.step("reads the session token with the keys", () => {
    const signer = ownOf(`${CONFIG_KEYS}aws_session_token = session\n`);
    assertEquals(signer, {
      kind: "keys",
      credentials: { accessKeyId: "AKIACONFIG", secretAccessKey: "not-a-secret", sessionToken: "session" },
      from: origin("aws_access_key_id in [default] of CONFIG"),
    });
  });

  await t.step("never combines keys of two files", () => {
    assertEquals(
      refusal(() => ownOf(CONFIG_KEYS, "[default]\naws_access_key_id = AKIASTORED\n")),
      "aws_access_key_id in [default] of CREDENTIALS is set without aws_secret_access_key",
    );
  });

  await t.step("treats an empty token as unset, unless the keys need one", () => {
    const signer = ownOf(`${CONFIG_KEYS}aws_session_token =\n`);
    assertEquals(signer?.kind === "keys" && "sessionToken" in signer.credentials, false);
    assertEquals(
      refusal(() => ownOf(`${keys("ASIACONFIG")}aws_session_token =\n`)),
      "aws_access_key_id in [default] of CONFIG is a temporary access key (ASIA...), which needs its session token: " +
        "aws_session_token is empty",
    );
  });

  await t.step("ignores a token in the other file", () => {
    const signer = ownOf("aws_session_token = stale\n", STORED);
    assertEquals(signer?.kind === "keys" && signer.credentials.sessionToken, undefined);
  });

  await t.step("returns undefined for a profile without credentials", () => {
    assertEquals(ownOf("region = eu-west-1\nsso_session = for-another-service\n"), undefined);
  });
});

Deno.test("ownSigner() of IAM Identity Center", async (t) => {
  const settings = {
    session: undefined,
    startUrl: "https://example.com/start",
    region: "eu-west-1",
    accountId: "123456789012",
    roleName: "Reader",
  };

  await t.step("reads all settings from the profile", () => {
    assertEquals(ownOf(SSO), { kind: "profile", profile: "default", via: "sso", sso: settings });
  });

  await t.step("reads names in any case", () => {
    const signer = ownOf(SSO.replaceAll("sso_", "SSO_"));
    assertEquals(signer?.kind === "profile" && signer.via === "sso" && signer.sso, settings);
  });

  for (const more of ["", "sso_region = eu-west-1\n"]) {
    await t.step(`reads the portal from the sso-session${more && ", which the profile may repeat"}`, () => {
      const signer = ownOf(`${SSO_ROLE}${more}sso_session = corp\n[sso-session  corp]\n${PORTAL}`);
      assertEquals(signer?.kind === "profile" && signer.via === "sso" && signer.sso, { ...settings, session: "corp" });
    });
  }

  const refused = [
    [
      "settings that are missing",
      SSO_ROLE,
      "[default] of CONFIG uses IAM Identity Center (SSO), but lacks sso_start_url, sso_region",
    ],
    [
      "an sso-session that is not there",
      `${SSO_ROLE}sso_session = gone\n`,
      'sso_session in [default] of CONFIG is "gone", but CONFIG has no [sso-session gone]',
    ],
    [
      "a profile that contradicts its sso-session",
      `${SSO_ROLE}sso_session = corp\nsso_region = us-east-1\n[sso-session corp]\n${PORTAL}`,
      'sso_region in [default] of CONFIG is "us-east-1", but sso_region in [sso-session corp] of CONFIG is ' +
      '"eu-west-1"; keep one',
    ],
    [
      "a value with a flaw",
      `${SSO_ROLE}${PORTAL.replace("eu-west-1", '"eu-west-1"')}`,
      "sso_region in [default] of CONFIG is quoted",
    ],
  ] as const;
  for (const [what, config, message] of refused) {
    await t.step(`refuses ${what}`, () => assertEquals(refusal(() => ownOf(config)), message));
  }
});

Deno.test("hasKeys()", async (t) => {
  await t.step("is true even for half a pair", () => {
    assertEquals(hasKeys(defaultOf(profilesOf("[default]\naws_secret_access_key = x\n"))), true);
    assertEquals(hasKeys(defaultOf(profilesOf("[default]\nregion = x\n"))), false);
  });
});

Deno.test("namedSigner()", async (t) => {
  await t.step("supports the container and the instance", () => {
    assertEquals(namedSigner({ value: "EcsContainer", from: origin("here") }, {}), { kind: "container" });
    assertEquals(namedSigner({ value: "Ec2InstanceMetadata", from: origin("here") }, {}), { kind: "instance" });
  });

  await t.step("refuses Environment without complete exported keys", () => {
    const environment = { value: "Environment", from: origin("here") };
    const rows = [
      [{}, "here is Environment, but AWS_ACCESS_KEY_ID is not set"],
      [{ AWS_ACCESS_KEY_ID: "", AWS_PROFILE: "p" }, "here is Environment, but AWS_ACCESS_KEY_ID is empty"],
      [
        { AWS_ACCESS_KEY_ID: "AKIAEXAMPLE" },
        "AWS_ACCESS_KEY_ID is set, but AWS_SECRET_ACCESS_KEY is not; set both or neither",
      ],
    ] as const;
    for (const [env, message] of rows) assertEquals(refusal(() => namedSigner(environment, { ...env })), message);
  });
});
