/**
 * Owns the proof of which credentials of its own a profile counts with.
 * Must not know how profiles lead to each other.
 */
import { assertEquals } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { hasKeys, namedSource, ownSource } from "../../lib/aws/profile_source.ts";
import { findProfile } from "../../lib/aws/shared_config.ts";
import { profilesOf, refusal } from "./profiles.ts";

const keys = (id: string) => `aws_access_key_id = ${id}\naws_secret_access_key = not-a-secret\n`;
const CONFIG_KEYS = keys("AKIACONFIG");
const STORED = `[default]\n${keys("AKIASTORED")}`;

async function ownOf(config: string, credentials = "") {
  const profile = findProfile(
    await profilesOf(`[default]\n${config}`, credentials),
    "default",
  );
  return profile && ownSource(profile);
}

async function kindOf(config: string, credentials = ""): Promise<string | undefined> {
  const source = await ownOf(config, credentials);
  if (source?.kind === "keys") return source.credentials.accessKeyId;
  return source?.kind === "profile" ? source.via : source?.kind;
}

describe("ownSource()", () => {
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
    it(`takes ${kind} alone`, async () => assertEquals(await kindOf(config, credentials), kind));

    it(`takes ${kind} before all that follow it`, async () => {
      const rest = order.slice(index);
      const all = rest.map(([text]) => text).join("");
      assertEquals(
        await kindOf(all, rest.some(([, text]) => text) ? STORED : ""),
        kind,
      );
    });
  }

  it("takes the keys' token with them", async () => {
    const source = await ownOf(`${CONFIG_KEYS}aws_session_token = session\n`);
    assertEquals(source, {
      kind: "keys",
      credentials: {
        accessKeyId: "AKIACONFIG",
        secretAccessKey: "not-a-secret",
        sessionToken: "session",
      },
      from: "aws_access_key_id in [default] of CONFIG",
    });
  });

  it("never makes a pair of two files", async () => {
    const profiles = await profilesOf(
      `[default]\n${CONFIG_KEYS}`,
      "[default]\naws_access_key_id = AKIASTORED\n",
    );
    const profile = findProfile(profiles, "default");
    assertEquals(
      refusal(() => profile && ownSource(profile)),
      "aws_access_key_id in [default] of CREDENTIALS stands without aws_secret_access_key",
    );
  });

  it("takes no token of the other file", async () => {
    const source = await ownOf("aws_session_token = stale\n", STORED);
    assertEquals(source?.kind === "keys" && source.credentials.sessionToken, undefined);
  });

  it("finds nothing in a profile that only names a region", async () => {
    assertEquals(
      await ownOf("region = eu-west-1\nsso_session = for-another-service\n"),
      undefined,
    );
  });
});

describe("hasKeys()", () => {
  it("counts half a pair", async () => {
    const profile = findProfile(
      await profilesOf("[default]\naws_secret_access_key = x\n"),
      "default",
    );
    assertEquals(profile && hasKeys(profile), true);
  });
});

describe("namedSource()", () => {
  it("knows the container and the instance", () => {
    assertEquals(namedSource({ value: "EcsContainer", from: "here" }, {}), {
      kind: "container",
    });
    assertEquals(
      namedSource({ value: "Ec2InstanceMetadata", from: "here" }, {}),
      { kind: "instance" },
    );
  });

  it("names the missing one of the exported keys", () => {
    const env = { AWS_ACCESS_KEY_ID: "AKIAEXAMPLE" };
    assertEquals(
      refusal(() => namedSource({ value: "Environment", from: "here" }, env)),
      "here is Environment, but AWS_SECRET_ACCESS_KEY is not set",
    );
  });
});
