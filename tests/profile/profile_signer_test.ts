/**
 * Owns the proof of which credentials of its own a profile counts with.
 * Must not know how profiles lead to each other.
 */
import { assertEquals } from "@std/assert";
import { hasKeys, namedSigner, ownSigner } from "../../lib/profile/profile_signer.ts";
import { findProfile } from "../../lib/profile/shared_files.ts";
import { profilesOf, refusal } from "./profiles.ts";

const keys = (id: string) => `aws_access_key_id = ${id}\naws_secret_access_key = not-a-secret\n`;
const CONFIG_KEYS = keys("AKIACONFIG");
const STORED = `[default]\n${keys("AKIASTORED")}`;

async function ownOf(config: string, credentials = "") {
  const profile = findProfile(
    await profilesOf(`[default]\n${config}`, credentials),
    "default",
  );
  return profile && ownSigner(profile);
}

async function kindOf(config: string, credentials = ""): Promise<string | undefined> {
  const signer = await ownOf(config, credentials);
  if (signer?.kind === "keys") return signer.credentials.accessKeyId;
  return signer?.kind === "profile" ? signer.via : signer?.kind;
}

Deno.test("ownSigner()", async (t) => {
  // The order of botocore's ProfileProviderBuilder: each row wins over the next.
  const order = [
    ["web_identity_token_file = /t\n", "", "web-identity"],
    ["sso_account_id = 123456789012\n", "", "sso"],
    ["", STORED, "AKIASTORED"],
    ["login_session = arn:aws:iam::123456789012:user/alice\n", "", "login"],
    ["credential_process = /bin/false\n", "", "process"],
    [CONFIG_KEYS, "", "AKIACONFIG"],
  ] as const;
  for (const [index, [config, credentials, kind]] of order.entries()) {
    await t.step(`takes ${kind} alone`, async () => assertEquals(await kindOf(config, credentials), kind));

    await t.step(`takes ${kind} before all that follow it`, async () => {
      const rest = order.slice(index);
      const all = rest.map(([text]) => text).join("");
      assertEquals(
        await kindOf(all, rest.some(([, text]) => text) ? STORED : ""),
        kind,
      );
    });
  }

  await t.step("takes the keys' token with them", async () => {
    const signer = await ownOf(`${CONFIG_KEYS}aws_session_token = session\n`);
    assertEquals(signer, {
      kind: "keys",
      credentials: {
        accessKeyId: "AKIACONFIG",
        secretAccessKey: "not-a-secret",
        sessionToken: "session",
      },
      from: "aws_access_key_id in [default] of CONFIG",
    });
  });

  await t.step("never makes a pair of two files", async () => {
    const profiles = await profilesOf(
      `[default]\n${CONFIG_KEYS}`,
      "[default]\naws_access_key_id = AKIASTORED\n",
    );
    const profile = findProfile(profiles, "default");
    assertEquals(
      refusal(() => profile && ownSigner(profile)),
      "aws_access_key_id in [default] of CREDENTIALS stands without aws_secret_access_key",
    );
  });

  await t.step("takes no token of the other file", async () => {
    const signer = await ownOf("aws_session_token = stale\n", STORED);
    assertEquals(signer?.kind === "keys" && signer.credentials.sessionToken, undefined);
  });

  await t.step("finds nothing in a profile that only names a region", async () => {
    assertEquals(
      await ownOf("region = eu-west-1\nsso_session = for-another-service\n"),
      undefined,
    );
  });
});

Deno.test("hasKeys()", async (t) => {
  await t.step("counts half a pair", async () => {
    const profile = findProfile(
      await profilesOf("[default]\naws_secret_access_key = x\n"),
      "default",
    );
    assertEquals(profile && hasKeys(profile), true);
  });
});

Deno.test("namedSigner()", async (t) => {
  await t.step("knows the container and the instance", () => {
    assertEquals(namedSigner({ value: "EcsContainer", from: "here" }, {}), {
      kind: "container",
    });
    assertEquals(
      namedSigner({ value: "Ec2InstanceMetadata", from: "here" }, {}),
      { kind: "instance" },
    );
  });

  await t.step("names the missing one of the exported keys", () => {
    const env = { AWS_ACCESS_KEY_ID: "AKIAEXAMPLE" };
    assertEquals(
      refusal(() => namedSigner({ value: "Environment", from: "here" }, env)),
      "here is Environment, but AWS_SECRET_ACCESS_KEY is not set",
    );
  });
});
