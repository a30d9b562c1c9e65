/**
 * What the calls put on the wire and read from it, with the real SDK against the embedded STS.
 */
import { assert, assertEquals, assertMatch, assertRejects } from "@std/assert";
import { localExpiration } from "../../lib/aws/credentials.ts";
import type { Endpoint } from "../../lib/aws/endpoint.ts";
import { explainFailure } from "../../lib/aws/explain.ts";
import { ConnectionError } from "../../lib/aws/connection.ts";
import { type SdkHandler, sdkHandler } from "../../lib/aws/http.ts";
import { type AssumeRoleInput, createSts, type Sts } from "../../lib/aws/sts.ts";
import { IncompleteAnswerError } from "../../lib/aws/sts_answer.ts";
import { network } from "../../lib/system/network.ts";
import { PYTHON } from "../python.ts";
import {
  ALICE,
  ALICE_MFA,
  always,
  EXTERNAL_ID,
  EXTERNAL_ID_ROLE,
  type Fault,
  GITHUB,
  MFA_ROLE,
  ROLE_SESSION,
  startSts,
  type StsServer,
  TERRAFORM_ROLE,
  WEB_IDENTITY_ROLE,
} from "../sts_server.ts";
import { skip } from "../sts_server/client.ts";

const ENDPOINT: Endpoint = {
  fips: false,
  dualstack: false,
  legacyGlobal: false,
  maxAttempts: 1,
  retryMode: "standard",
};

const INPUT = {
  roleArn: TERRAFORM_ROLE.arn,
  sessionName: "ci",
  policyArns: [],
  tags: [],
  transitiveTagKeys: [],
  passed: {},
} satisfies AssumeRoleInput;

/** Every parameter that a role may be assumed with, at once. */
const EVERYTHING: AssumeRoleInput = {
  ...INPUT,
  durationSeconds: 900,
  passed: { "external-id": EXTERNAL_ID, "source-identity": "alice" },
  policy: '{"Id":"é+&=","Statement":[]}',
  policyArns: ["arn:aws:iam::aws:policy/ReadOnlyAccess", "arn:aws:iam::123456789012:policy/p"],
  tags: [{ key: "Project", value: "a b+c=d/é" }, { key: "empty", value: "" }],
  transitiveTagKeys: ["Project", "empty"],
};

const { signal } = new AbortController();

function stsAt(url: string, endpoint: Partial<Endpoint> = {}, handler: SdkHandler = sdkHandler(network)): Sts {
  return createSts({
    region: "eu-west-1",
    endpoint: { ...ENDPOINT, url: { value: url, from: "test" }, ...endpoint },
    handler,
    signal,
    now: Date.now,
    userAgent: ["arar", "1.2.3"],
  });
}

/** What reaches the server of a call, without what every request has. */
function received({ requests }: StsServer): readonly Readonly<Record<string, string>>[] {
  return requests.map(({ params: { Version, ...rest } }) => {
    assertEquals(Version, "2011-06-15");
    return rest;
  });
}

Deno.test("getCallerIdentity()", async (t) => {
  for (const caller of [ALICE, ROLE_SESSION]) {
    await t.step(`is the ARN of ${caller.arn}`, async () => {
      await using server = await startSts();
      assertEquals(await stsAt(server.url).getCallerIdentity(caller), caller.arn);
      assertEquals(received(server), [{ Action: "GetCallerIdentity" }]);
    });
  }

  await t.step("fails where the answer names nobody", async () => {
    await using server = await startSts({ faults: always({ kind: "missing", elements: ["Arn"] }) });
    await assertRejects(() => stsAt(server.url).getCallerIdentity(ALICE), IncompleteAnswerError, "no ARN");
  });
});

Deno.test("assumeRole()", async (t) => {
  await t.step("sends role and name, and nothing that was not asked for", async () => {
    await using server = await startSts();
    await stsAt(server.url).assumeRole(ALICE, INPUT);
    assertEquals(received(server), [{
      Action: "AssumeRole",
      RoleArn: TERRAFORM_ROLE.arn,
      RoleSessionName: "ci",
    }]);
  });

  await t.step("sends every parameter in the form that STS takes", async () => {
    await using server = await startSts({ faults: always({ kind: "throttle" }) });
    await assertRejects(() => stsAt(server.url).assumeRole(ALICE, EVERYTHING));
    assertEquals(received(server), [{
      Action: "AssumeRole",
      RoleArn: TERRAFORM_ROLE.arn,
      RoleSessionName: "ci",
      DurationSeconds: "900",
      ExternalId: EXTERNAL_ID,
      SourceIdentity: "alice",
      Policy: '{"Id":"é+&=","Statement":[]}',
      "PolicyArns.member.1.arn": "arn:aws:iam::aws:policy/ReadOnlyAccess",
      "PolicyArns.member.2.arn": "arn:aws:iam::123456789012:policy/p",
      "Tags.member.1.Key": "Project",
      "Tags.member.1.Value": "a b+c=d/é",
      "Tags.member.2.Key": "empty",
      "Tags.member.2.Value": "",
      "TransitiveTagKeys.member.1": "Project",
      "TransitiveTagKeys.member.2": "empty",
    }]);
  });

  await t.step("sends the MFA device and its code", async () => {
    await using server = await startSts();
    const [code = ""] = ALICE_MFA.codes;
    const mfa = { serialNumber: ALICE_MFA.serial, code };
    const { arn } = await stsAt(server.url).assumeRole(ALICE, { ...INPUT, roleArn: MFA_ROLE.arn, mfa });
    assertEquals(arn, "arn:aws:sts::123456789012:assumed-role/mfa-role/ci");
    const [request] = received(server);
    assertEquals([request?.SerialNumber, request?.TokenCode], [ALICE_MFA.serial, code]);
  });

  await t.step("gives the session, which can sign", async () => {
    await using server = await startSts();
    const sts = stsAt(server.url);
    const session = await sts.assumeRole(ALICE, { ...EVERYTHING, roleArn: EXTERNAL_ID_ROLE.arn, policy: "{}" });
    assertEquals(session.arn, "arn:aws:sts::123456789012:assumed-role/external-id-role/ci");
    assertEquals(session.accountId, "123456789012");
    assert((session.tokenUtilization ?? 0) > 0);
    const { accessKeyId, secretAccessKey, sessionToken, expiration } = session.credentials;
    assertMatch(accessKeyId, /^ASIA/);
    assertEquals([secretAccessKey, sessionToken].filter((secret) => !server.secrets().includes(secret)), []);
    assertEquals(expiration.getMilliseconds(), 0);
    assertEquals(await sts.getCallerIdentity(session.credentials), session.arn);
  });

  await t.step("tells how full the session token is, by the older element if there is no other", async () => {
    const input = { ...INPUT, policy: "{}" };
    const told = async (missing: readonly string[]) => {
      await using server = await startSts({ faults: always({ kind: "missing", elements: missing }) });
      return (await stsAt(server.url).assumeRole(ALICE, input)).tokenUtilization ?? "nothing";
    };
    const [whole, older, none] = [
      await told([]),
      await told(["SessionTokenUtilization"]),
      await told(["SessionTokenUtilization", "PackedPolicySize"]),
    ];
    assertEquals([older, none], [1, "nothing"]);
    assert(Number(whole) > 1);
  });

  for (const element of ["AccessKeyId", "SecretAccessKey", "SessionToken", "Expiration", "Credentials", "Arn"]) {
    await t.step(`fails where the answer has no ${element}`, async () => {
      await using server = await startSts({ faults: always({ kind: "missing", elements: [element] }) });
      await assertRejects(() => stsAt(server.url).assumeRole(ALICE, INPUT), IncompleteAnswerError);
    });
  }
});

Deno.test("assumeRoleWithWebIdentity()", async (t) => {
  await t.step("sends the token, unsigned, and gives the session", async () => {
    await using server = await startSts();
    const token = GITHUB.mint({ sub: "repo:octo-org/octo-repo:ref:refs/heads/main" });
    const input = { ...INPUT, roleArn: WEB_IDENTITY_ROLE.arn, durationSeconds: 900 };
    const { arn } = await stsAt(server.url).assumeRoleWithWebIdentity(token, input);
    assertEquals(arn, "arn:aws:sts::123456789012:assumed-role/web-identity-role/ci");
    assertEquals(received(server), [{
      Action: "AssumeRoleWithWebIdentity",
      RoleArn: WEB_IDENTITY_ROLE.arn,
      RoleSessionName: "ci",
      DurationSeconds: "900",
      WebIdentityToken: token,
    }]);
    assertEquals(server.requests[0]?.headers.authorization, undefined);
  });

  // https://github.com/aws-actions/configure-aws-credentials/issues/299
  const code = "InvalidIdentityToken";
  const passing = "Couldn't retrieve verification key from your identity provider";
  const input = { ...INPUT, roleArn: WEB_IDENTITY_ROLE.arn };

  await t.step("asks again where AWS could not reach the token's issuer", async () => {
    const fault = { kind: "error", code, message: passing, status: 400 } as const;
    await using server = await startSts({ faults: [fault, fault] });
    const token = GITHUB.mint({ sub: "repo:octo-org/octo-repo:ref:refs/heads/main" });
    const { arn } = await stsAt(server.url, { maxAttempts: 3 }).assumeRoleWithWebIdentity(token, input);
    assertEquals([arn, server.requests.length], [
      "arn:aws:sts::123456789012:assumed-role/web-identity-role/ci",
      3,
    ]);
  });

  await t.step("asks once where the token is no good", async () => {
    await using server = await startSts({ faults: always({ kind: "error", code, message: "no", status: 400 }) });
    await assertRejects(() => stsAt(server.url, { maxAttempts: 3 }).assumeRoleWithWebIdentity("token", input));
    assertEquals(server.requests.length, 1);
  });
});

Deno.test("getScopedCredentials()", async (t) => {
  const policy = '{"Version":"2012-10-17","Statement":[]}';

  for (
    const [input, params] of [
      [{ policy }, { Policy: policy }],
      [{ durationSeconds: 60 }, { DurationSeconds: "60" }],
      [{ policy, durationSeconds: 60 }, { Policy: policy, DurationSeconds: "60" }],
    ] as const
  ) {
    await t.step(`narrows the session by ${Object.keys(input).join(" and ")}`, async () => {
      await using server = await startSts();
      const sts = stsAt(server.url);
      const { credentials, arn, accountId, tokenUtilization = 0 } = await sts.getScopedCredentials(ROLE_SESSION, input);
      assertEquals(received(server), [{ Action: "GetScopedCredentials", ...params }]);
      assertEquals([arn, accountId], [ROLE_SESSION.arn, "123456789012"]);
      assert(tokenUtilization > 0);
      assert(credentials.accessKeyId !== ROLE_SESSION.accessKeyId);
      assertEquals(await sts.getCallerIdentity(credentials), ROLE_SESSION.arn);
    });
  }

  await t.step("is refused to long-lived keys, and to a session that ends before", async () => {
    await using server = await startSts();
    const sts = stsAt(server.url);
    const keys = await assertRejects(() => sts.getScopedCredentials(ALICE, { policy }), Error);
    assertEquals(keys.name, "AccessDenied");
    const { credentials } = await sts.assumeRole(ALICE, { ...INPUT, durationSeconds: 900 });
    const late = await assertRejects(() => sts.getScopedCredentials(credentials, { durationSeconds: 901 }), Error);
    assertEquals(late.name, "InsufficientSessionLifetimeException");
  });

  for (const element of ["Credentials", "SessionInfo"]) {
    await t.step(`fails if the answer has no ${element}`, async () => {
      await using server = await startSts({ faults: always({ kind: "missing", elements: [element] }) });
      const call = () => stsAt(server.url).getScopedCredentials(ROLE_SESSION, { policy });
      await assertRejects(call, IncompleteAnswerError);
    });
  }
});

Deno.test("createSts() request", async (t) => {
  await t.step("is signed for the region, and names the program", async () => {
    await using server = await startSts();
    await stsAt(server.url).getCallerIdentity(ALICE);
    const [request] = server.requests;
    assertEquals([request?.accessKeyId, request?.region], [ALICE.accessKeyId, "eu-west-1"]);
    assertMatch(request?.headers["user-agent"] ?? "", /^arar\/1\.2\.3( |$)/);
  });

  await t.step("takes nothing from variables that the SDK reads by itself", async () => {
    await using server = await startSts();
    const names = { AWS_REGION: "us-west-2", AWS_ENDPOINT_URL_STS: "http://127.0.0.1:1", AWS_SDK_UA_APP_ID: "other" };
    for (const [name, value] of Object.entries(names)) Deno.env.set(name, value);
    try {
      await stsAt(server.url).getCallerIdentity(ALICE);
    } finally {
      for (const name of Object.keys(names)) Deno.env.delete(name);
    }
    const [request] = server.requests;
    assertEquals(request?.region, "eu-west-1");
    assertEquals(/other/.test(request?.headers["user-agent"] ?? ""), false);
  });
});

Deno.test("createSts() endpoint", async (t) => {
  await t.step("is the region's own, whatever variables say that the SDK reads by itself", async () => {
    const asked: string[] = [];
    const fetch = (url: string) => {
      asked.push(url);
      return Promise.reject(new Error("no call is made"));
    };
    const options = { region: "eu-west-1", endpoint: ENDPOINT, handler: sdkHandler({ fetch }), signal };
    const names = { AWS_ENDPOINT_URL: "http://127.0.0.1:1", AWS_USE_FIPS_ENDPOINT: "true" };
    for (const [name, value] of Object.entries(names)) Deno.env.set(name, value);
    try {
      await assertRejects(() =>
        createSts({ ...options, now: Date.now, userAgent: ["arar", "1"] }).getCallerIdentity(ALICE)
      );
    } finally {
      for (const name of Object.keys(names)) Deno.env.delete(name);
    }
    assertEquals(asked, ["https://sts.eu-west-1.amazonaws.com/"]);
  });
});

Deno.test("createSts() clock", async (t) => {
  for (const hours of [-2, 2]) {
    await t.step(`is set right by an answer of a server ${hours} hours off`, async () => {
      await using server = await startSts({ clockOffsetSeconds: hours * 3600 });
      assertEquals(await stsAt(server.url, { maxAttempts: 2 }).getCallerIdentity(ALICE), ALICE.arn);
      assertEquals(server.requests.length, 2);
    });

    await t.step(`that is ${hours} hours off tells when a session expires here`, async () => {
      await using server = await startSts({ clockOffsetSeconds: hours * 3600, sessionSeconds: 900 });
      const session = await stsAt(server.url, { maxAttempts: 2 }).assumeRole(ALICE, INPUT);
      const lifetime = localExpiration(session).getTime() - Date.now();
      assert(lifetime > 600_000 && lifetime < 1_000_000, `expires in ${lifetime} ms`);
    });
  }

  await t.step("that is right goes without saying", async () => {
    await using server = await startSts({ clockOffsetSeconds: 20 });
    const session = await stsAt(server.url).assumeRole(ALICE, INPUT);
    assertEquals([session.clockSkew, localExpiration(session)], [undefined, session.credentials.expiration]);
  });
});

Deno.test("createSts() tries again", async (t) => {
  const error = (code: string, status = 400, message = "no"): Fault => ({ kind: "error", code, message, status });
  const passing: readonly (readonly [string, Fault])[] = [
    ["Throttling", { kind: "throttle" }],
    ["ThrottlingException", error("ThrottlingException")],
    ["RequestLimitExceeded", error("RequestLimitExceeded", 503)],
    ["ServiceUnavailable", error("ServiceUnavailable", 503)],
    ["InternalFailure", error("InternalFailure", 500)],
    ["IDPCommunicationError", error("IDPCommunicationError")],
    ["a load balancer's page", { kind: "html", status: 502 }],
    ["a reset connection", { kind: "reset" }],
    ["half a body", { kind: "halfBody" }],
  ];
  for (const [what, fault] of passing) {
    await t.step(`after ${what}`, async () => {
      await using server = await startSts({ faults: [fault] });
      assertEquals((await stsAt(server.url, { maxAttempts: 2 }).assumeRole(ALICE, INPUT)).accountId, "123456789012");
      assertEquals(server.requests.length, 2);
    });
  }

  const lasting = ["AccessDenied", "ExpiredToken", "InvalidClientTokenId", "ValidationError", "PackedPolicyTooLarge"];
  for (const code of lasting) {
    await t.step(`never after ${code}`, async () => {
      await using server = await startSts({ faults: always(error(code)) });
      await assertRejects(() => stsAt(server.url, { maxAttempts: 3 }).assumeRole(ALICE, INPUT));
      assertEquals(server.requests.length, 1);
    });
  }

  await t.step("never after a redirect, which is not followed", async () => {
    await using target = await startSts();
    await using server = await startSts({ faults: always({ kind: "redirect", status: 307, location: target.url }) });
    const calling = () => stsAt(server.url, { maxAttempts: 3 }).assumeRole(ALICE, INPUT);
    await assertRejects(calling, ConnectionError, "HTTP 307");
    assertEquals([server.requests.length, target.requests.length], [1, 0]);
  });

  await t.step("as often as it was told in all", async () => {
    await using server = await startSts({ faults: always({ kind: "throttle" }) });
    await assertRejects(() => stsAt(server.url, { maxAttempts: 2 }).assumeRole(ALICE, INPUT));
    assertEquals(server.requests.length, 2);
  });
});

Deno.test("createSts() failures", async (t) => {
  // The SDK names some of them by their shape, which has a suffix that the code on the wire has not.
  const codes = [
    ["AccessDenied", 403, /trust policy/],
    ["ExpiredToken", 403, /source credentials/],
    ["ExpiredTokenException", 400, /OIDC token/],
    ["InvalidClientTokenId", 403, /access key is unknown/],
    ["RegionDisabledException", 403, /not activated in eu-west-1/],
    ["MalformedPolicyDocument", 400, /--policy/],
    ["PackedPolicyTooLarge", 400, /--policy/],
    ["IDPCommunicationError", 400, /identity provider/],
    ["IDPRejectedClaim", 403, /audience/],
    ["InvalidIdentityToken", 400, /OIDC provider/],
    ["Throttling", 400, /too many requests/],
    ["RequestExpired", 400, /clock/],
  ] as const;
  for (const [code, status, hint] of codes) {
    await t.step(`are told with what to do: ${code}`, async () => {
      await using server = await startSts({ faults: always({ kind: "error", code, message: "no", status }) });
      const sts = stsAt(server.url);
      const call = code.startsWith("ExpiredTokenEx")
        ? sts.assumeRoleWithWebIdentity("token", INPUT)
        : sts.assumeRole(ALICE, INPUT);
      const thrown = await assertRejects(() => call, Error);
      const role = { ...INPUT, sessionName: { kind: "given" as const, value: "ci" } };
      const attempt = {
        kind: "role" as const,
        role,
        ...(!code.startsWith("ExpiredTokenEx") && { credentials: ALICE }),
      };
      const { message, hints } = explainFailure(thrown, attempt, {
        host: (await sts.url()).host,
        region: "eu-west-1",
        now: 0,
        hide: (text: string) => text,
      });
      assertMatch(message, new RegExp(`: ${code}(Exception)?: no$`));
      assertMatch(hints.join(), hint);
    });
  }

  const odd: readonly (readonly [string, Fault])[] = [
    ["what is not XML", { kind: "notXml" }],
    ["half of the XML", { kind: "truncated" }],
  ];
  for (const [what, fault] of odd) {
    await t.step(`of ${what} are told as no answer of STS's`, async () => {
      await using server = await startSts({ faults: always(fault) });
      const sts = stsAt(server.url);
      const thrown = await assertRejects(() => sts.getCallerIdentity(ALICE), Error);
      const place = { host: (await sts.url()).host, region: "eu-west-1", now: 0, hide: (text: string) => text };
      assertMatch(
        explainFailure(thrown, { kind: "caller", credentials: ALICE }, place).message,
        new RegExp(`: ${place.host} did not answer as STS does$`),
      );
    });
  }

  await t.step("end at once when the signal is aborted", async () => {
    await using server = await startSts({ faults: always({ kind: "hang" }) });
    const controller = new AbortController();
    const sts = createSts({
      region: "eu-west-1",
      endpoint: { ...ENDPOINT, url: { value: server.url, from: "test" } },
      handler: sdkHandler(network),
      signal: controller.signal,
      now: Date.now,
      userAgent: ["arar", "1"],
    });
    const calling = assertRejects(() => sts.getCallerIdentity(ALICE));
    controller.abort(new RangeError("stopped"));
    await calling;
  });
});

/** Where a call would go: no server is asked. */
function hostOf(region: string, endpoint: Partial<Endpoint> = {}): Promise<string> {
  const handler = sdkHandler({ fetch: () => Promise.reject(new Error("no call is made")) });
  const options = { region, endpoint: { ...ENDPOINT, ...endpoint }, handler, signal };
  return createSts({ ...options, now: Date.now, userAgent: ["arar", "1"] }).url().then(({ host }) => host);
}

Deno.test("url()", async (t) => {
  const fips = { fips: true };
  const dualstack = { dualstack: true };
  const both = { ...fips, ...dualstack };
  const legacy = { legacyGlobal: true };
  // https://docs.aws.amazon.com/general/latest/gr/sts.html
  const rows: readonly (readonly [string, Partial<Endpoint>, string])[] = [
    ["eu-west-1", {}, "sts.eu-west-1.amazonaws.com"],
    ["us-east-1", {}, "sts.us-east-1.amazonaws.com"],
    ["cn-north-1", {}, "sts.cn-north-1.amazonaws.com.cn"],
    ["us-gov-west-1", {}, "sts.us-gov-west-1.amazonaws.com"],
    ["eusc-de-east-1", {}, "sts.eusc-de-east-1.amazonaws.eu"],
    ["us-iso-east-1", {}, "sts.us-iso-east-1.c2s.ic.gov"],
    ["us-isob-east-1", {}, "sts.us-isob-east-1.sc2s.sgov.gov"],
    ["eu-isoe-west-1", {}, "sts.eu-isoe-west-1.cloud.adc-e.uk"],
    ["us-isof-south-1", {}, "sts.us-isof-south-1.csp.hci.ic.gov"],
    ["us-east-1", fips, "sts-fips.us-east-1.amazonaws.com"],
    ["us-gov-west-1", fips, "sts.us-gov-west-1.amazonaws.com"],
    ["eu-west-1", dualstack, "sts.eu-west-1.api.aws"],
    ["cn-north-1", dualstack, "sts.cn-north-1.api.amazonwebservices.com.cn"],
    ["us-east-1", both, "sts-fips.us-east-1.api.aws"],
    ["us-east-1", legacy, "sts.amazonaws.com"],
    ["eu-west-1", legacy, "sts.amazonaws.com"],
    ["af-south-1", legacy, "sts.af-south-1.amazonaws.com"],
    ["eu-west-1", { url: { value: "https://sts.example:8443/x", from: "test" } }, "sts.example:8443"],
  ];
  for (const [region, endpoint, host] of rows) {
    await t.step(`in ${region} ${JSON.stringify(endpoint)} is ${host}`, async () => {
      assertEquals(await hostOf(region, endpoint), host);
    });
  }

  await t.step("is where botocore goes, in every region and variant", async (t) => {
    const theirs = await botocoreHosts();
    if (typeof theirs === "string") return await skip(t, theirs);
    const ours = await Promise.all(theirs.map(async ({ region, fips, dualstack, legacyGlobal }) => {
      const host = await hostOf(region, { fips, dualstack, legacyGlobal });
      return { region, fips, dualstack, legacyGlobal, host };
    }));
    assert(theirs.length > 100);
    assertEquals(ours, theirs);
  });
});

interface Resolved {
  readonly region: string;
  readonly fips: boolean;
  readonly dualstack: boolean;
  readonly legacyGlobal: boolean;
  readonly host: string;
}

/** botocore's own rules over every region that it lists, or why they cannot be had. */
async function botocoreHosts(): Promise<readonly Resolved[] | string> {
  const program = `
import itertools, json
import botocore.session
from botocore.endpoint_provider import EndpointProvider
loader = botocore.session.get_session().get_component("data_loader")
rules = loader.load_service_model("sts", "endpoint-rule-set-1")
partitions = loader.load_data("partitions")
provider = EndpointProvider(rules, partitions)
rows = []
for partition in partitions["partitions"]:
    outputs = partition["outputs"]
    regions = [name for name in partition["regions"] if not name.endswith("-global")]
    for region, fips, dual, legacy in itertools.product(regions, *[(False, True)] * 3):
        if fips and not outputs["supportsFIPS"] or dual and not outputs["supportsDualStack"]:
            continue
        url = provider.resolve_endpoint(Region=region, UseFIPS=fips, UseDualStack=dual, UseGlobalEndpoint=legacy).url
        rows.append(dict(region=region, fips=fips, dualstack=dual, legacyGlobal=legacy, host=url.split("/")[2]))
print(json.dumps(rows))
`;
  try {
    const { success, stdout } = await new Deno.Command(PYTHON, { args: ["-c", program], stderr: "null" }).output();
    return success ? JSON.parse(new TextDecoder().decode(stdout)) : "python3 has no botocore with endpoint rules";
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return "no python3 on PATH";
    throw error;
  }
}
