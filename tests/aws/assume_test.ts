/**
 * The calls of a run: to which action, as whom, in which order, and what is reported. The SDK and the embedded STS are real,
 * the rest of the system is fake.
 */
import { assert, assertEquals, assertMatch, assertRejects } from "@std/assert";
import { type AssumePlan, assumeRoles, type AssumeSystem } from "../../lib/aws/assume.ts";
import type { Session } from "../../lib/aws/credentials.ts";
import { readEndpoint } from "../../lib/aws/endpoint.ts";
import type { RoleRequest } from "../../lib/aws/role_request.ts";
import type { Signer } from "../../lib/aws/signer.ts";
import { ArarError } from "../../lib/errors.ts";
import { Secrets } from "../../lib/secrets.ts";
import { clock } from "../../lib/system/clock.ts";
import { network } from "../../lib/system/network.ts";
import {
  ACCOUNT,
  ALICE,
  ALICE_MFA,
  always,
  type Caller,
  CHAINED_ROLE,
  CLOSED_ROLE,
  GITHUB,
  MFA_ROLE,
  PARTITION_USERS,
  role,
  ROLE_SESSION,
  ROOT,
  startSts,
  type StsServer,
  TERRAFORM_ROLE,
  USER_WITH_PATH,
  WEB_IDENTITY_ROLE,
} from "../sts_server.ts";
import { fakeClock } from "./fake_clock.ts";
import { REQUEST } from "./requests.ts";
import { origin } from "../origin.ts";

const BY_USER = { sessionName: { kind: "user-name" } } as const;

function request(roleArn: string, more: Partial<RoleRequest> = {}): RoleRequest {
  return { ...REQUEST, roleArn, ...more };
}

function keysOf({ accessKeyId, secretAccessKey, sessionToken, expiresAt }: Caller): Signer {
  const credentials = {
    accessKeyId,
    secretAccessKey,
    ...(sessionToken && { sessionToken }),
    ...(expiresAt && { expiration: expiresAt }),
  };
  return { kind: "keys", credentials, from: origin("test") };
}

function planFor(
  { url }: Pick<StsServer, "url">,
  signer: Signer,
  first: RoleRequest,
  ...rest: RoleRequest[]
): AssumePlan {
  return {
    env: {},
    signer,
    target: { kind: "roles", roles: [first, ...rest] },
    region: { sts: "eu-west-1", from: origin("test") },
    endpoint: { ...readEndpoint({}), url: { value: url, from: origin("test") }, maxAttempts: 1 },
    services: {},
    timeoutSeconds: 30,
  };
}

/** A system with a real network and a fake everything else; it records what is reported. */
function fakeWorld(more: Partial<AssumeSystem> = {}) {
  const said: string[] = [];
  const system: AssumeSystem = {
    ...clock,
    ...network,
    ask: () => Promise.resolve({ kind: "no-terminal" }),
    captureShell: () => Promise.reject(new Error("no shell")),
    readStdinLine: () => undefined,
    readTextFile: () => Promise.resolve(undefined),
    writePrivateFile: () => Promise.resolve(),
    writeStderr: (text) => void said.push(text),
    ...more,
  };
  const report = {
    found: (field: string, value: string) => void said.push(`${field}: ${value}`),
    warn: (message: string) => void said.push(`warning: ${message}`),
  };
  return { said, system, listeners: { report, secrets: new Secrets() } };
}

function assume(plan: AssumePlan, { system, listeners } = fakeWorld()): Promise<Session> {
  return assumeRoles(system, plan, listeners);
}

async function refused(plan: AssumePlan, world = fakeWorld()): Promise<ArarError> {
  return await assertRejects(() => assume(plan, world), ArarError);
}

/** `AssumeRole terraform-role ci`, as the server received it. */
function calls({ requests }: StsServer): readonly string[] {
  return requests.map(({ action, params }) =>
    [action, params.RoleArn?.split("/").at(-1), params.RoleSessionName].filter((word) => word !== undefined).join(" ")
  );
}

const sessionArn = (name: string, session: string) => `arn:aws:sts::${ACCOUNT}:assumed-role/${name}/${session}`;
const TERRAFORM = request(TERRAFORM_ROLE.arn);
const CHAINED = request(CHAINED_ROLE.arn);

Deno.test("assumeRoles() with keys", async (t) => {
  await t.step("assumes one role with one call, and registers its secrets", async () => {
    await using sts = await startSts();
    const world = fakeWorld();
    const { arn, accountId, credentials } = await assume(planFor(sts, keysOf(ALICE), TERRAFORM), world);
    assertEquals([arn, accountId], [sessionArn("terraform-role", "ci"), ACCOUNT]);
    assertEquals(calls(sts), ["AssumeRole terraform-role ci"]);
    assertEquals(world.said.map((line) => line.replace(/ until .*/, "")), [`role: ${arn}`]);
    const secrets = [credentials.secretAccessKey, credentials.sessionToken];
    assertEquals(world.listeners.secrets.hide(secrets.join(" ")), "*** ***");
  });

  await t.step("signs each request of a chain with the session of the one before", async () => {
    await using sts = await startSts();
    assertEquals((await assume(planFor(sts, keysOf(ALICE), TERRAFORM, CHAINED))).arn, sessionArn("chained-role", "ci"));
    assertEquals(calls(sts), ["AssumeRole terraform-role ci", "AssumeRole chained-role ci"]);
    const [first, second] = sts.requests.map(({ accessKeyId }) => accessKeyId);
    assertEquals(first, ALICE.accessKeyId);
    assertMatch(second ?? "", /^ASIA/);
  });

  await t.step("lets a program prompt on the terminal unless a command is using it", async () => {
    await using sts = await startSts();
    const { accessKeyId: AccessKeyId, secretAccessKey: SecretAccessKey } = ALICE;
    const stdout = JSON.stringify({ Version: 1, AccessKeyId, SecretAccessKey });
    const prompts: boolean[] = [];
    const world = fakeWorld({
      captureShell: (_command, { mayPrompt }) => {
        prompts.push(mayPrompt);
        return Promise.resolve({ stdout, code: 0, signal: null });
      },
    });
    const plan = planFor(sts, { kind: "profile", profile: "p", via: "process", command: "x" }, TERRAFORM);
    await assume(plan, world);
    await assume({ ...plan, terminalIsTaken: true }, world);
    assertEquals(prompts, [true, false]);
    assertEquals(world.listeners.secrets.hide(SecretAccessKey), "***");
  });

  await t.step("limits a command that prints an OIDC token, and never ends, in time", async () => {
    await using sts = await startSts();
    let stopped = false;
    const captureShell: AssumeSystem["captureShell"] = (_command, { signal }) =>
      new Promise((_, reject) => {
        signal.addEventListener("abort", () => {
          stopped = true;
          reject(signal.reason);
        });
      });
    const token = { kind: "command", of: "CircleCI", command: "circleci run oidc get", setup: "ask" } as const;
    const plan = { ...planFor(sts, { kind: "web-identity", token }, TERRAFORM), timeoutSeconds: 0.05 };
    const { message } = await refused(plan, fakeWorld({ captureShell }));
    assertEquals(message, "cannot get the source credentials (OIDC token of CircleCI): no answer within 0.05 s");
    assertEquals(stopped, true);
  });

  await t.step("reports how much of the token's maximum size a session uses", async () => {
    await using sts = await startSts();
    const world = fakeWorld();
    await assume(planFor(sts, keysOf(ALICE), request(TERRAFORM_ROLE.arn, { policy: "{}" })), world);
    assertEquals(world.said.at(-1), "token size: 7 % of the maximum");
  });

  await t.step("stops at the request that is denied, and names its caller", async () => {
    await using sts = await startSts();
    const { message } = await refused(planFor(sts, keysOf(ALICE), TERRAFORM, request(CLOSED_ROLE.arn), CHAINED));
    const arn = sessionArn("terraform-role", "ci");
    assert(message.startsWith(`cannot assume role "${CLOSED_ROLE.arn}" as ${arn}: AccessDenied`), message);
    assertEquals(sts.requests.length, 2);
  });
});

Deno.test("assumeRoles() with the user name", async (t) => {
  await t.step("looks it up once, and uses it in every request", async () => {
    await using sts = await startSts();
    const roles = [request(TERRAFORM_ROLE.arn, BY_USER), request(CHAINED_ROLE.arn, BY_USER)] as const;
    const world = fakeWorld();
    await assume(planFor(sts, keysOf(USER_WITH_PATH), ...roles), world);
    assertEquals(calls(sts), ["GetCallerIdentity", "AssumeRole terraform-role bob", "AssumeRole chained-role bob"]);
    assertEquals(world.said.slice(0, 2), [
      `caller: ${USER_WITH_PATH.arn}`,
      "session name: bob, the caller's IAM user name",
    ]);
  });

  await t.step("uses the session name of an assumed role, and reports that", async () => {
    await using sts = await startSts();
    const world = fakeWorld();
    await assume(planFor(sts, keysOf(ROLE_SESSION), request(TERRAFORM_ROLE.arn, BY_USER)), world);
    assertEquals(calls(sts)[1], "AssumeRole terraform-role i-0abcdef1234567890");
    const what = "the caller's own session name, since an assumed role has no user name";
    assertEquals(world.said[1], `session name: i-0abcdef1234567890, ${what}`);
  });

  await t.step("names the key if STS rejects it, without its secret", async () => {
    await using sts = await startSts();
    const wrong = keysOf({ ...ALICE, secretAccessKey: "wrong-secret" });
    const { message } = await refused(planFor(sts, wrong, request(TERRAFORM_ROLE.arn, BY_USER)));
    assertMatch(message, /^cannot get the caller identity of key \*{16}MPLE: SignatureDoesNotMatch: /);
    assertEquals(message.includes("wrong-secret"), false);
  });

  await t.step("refuses root before it requests a role", async () => {
    await using sts = await startSts();
    const { message } = await refused(planFor(sts, keysOf(ROOT), request(TERRAFORM_ROLE.arn, BY_USER)));
    assertMatch(message, /: the root user has no user name and cannot assume roles; /);
    assertEquals(calls(sts), ["GetCallerIdentity"]);
  });
});

Deno.test("assumeRoles() with a duration", async (t) => {
  const rows = [
    ["requests it with a user's keys", ALICE, 7200, "7200", 0],
    ["caps it with temporary credentials, and warns", ROLE_SESSION, 7200, "3600", 1],
    ["does not warn about an hour", ROLE_SESSION, 3600, "3600", 0],
    ["leaves it to STS by default", ROLE_SESSION, undefined, undefined, 0],
  ] as const;
  for (const [what, caller, durationSeconds, sent, warnings] of rows) {
    await t.step(what, async () => {
      await using sts = await startSts();
      const world = fakeWorld();
      const role = request(TERRAFORM_ROLE.arn, { ...(durationSeconds && { durationSeconds }) });
      await assume(planFor(sts, keysOf(caller), role), world);
      assertEquals(sts.requests[0]?.params.DurationSeconds, sent);
      assertEquals(world.said.filter((line) => line.startsWith("warning: ")).length, warnings);
    });
  }

  await t.step("caps that of a later role, not the first one's", async () => {
    await using sts = await startSts();
    const long = { durationSeconds: 7200 };
    const world = fakeWorld();
    await assume(planFor(sts, keysOf(ALICE), { ...TERRAFORM, ...long }, { ...CHAINED, ...long }), world);
    assertEquals(sts.requests.map(({ params }) => params.DurationSeconds), ["7200", "3600"]);
    assertEquals(
      world.said[1],
      `warning: "${CHAINED_ROLE.arn}" is assumed with temporary credentials (role chaining), which AWS limits to one ` +
        "hour: asking for 3600 s instead of 7200 s",
    );
  });
});

Deno.test("assumeRoles() across partitions", async (t) => {
  const [chinese = ALICE] = PARTITION_USERS;
  const china = request(`arn:aws-cn:iam::${ACCOUNT}:role/terraform-role`);
  const rows: readonly (readonly [string, Signer, readonly [RoleRequest, ...RoleRequest[]], string])[] = [
    ["a known caller", keysOf(chinese), [request(TERRAFORM_ROLE.arn, BY_USER)], "GetCallerIdentity"],
    ["a later role", keysOf(ALICE), [TERRAFORM, china], "AssumeRole terraform-role ci"],
  ];
  for (const [what, signer, roles, call] of rows) {
    await t.step(`refuses ${what} before the call`, async () => {
      await using sts = await startSts();
      const { message } = await refused(planFor(sts, signer, ...roles));
      assertMatch(message, /^caller ".*" cannot assume role ".*": a role cannot be assumed across partitions$/);
      assertEquals(calls(sts), [call]);
    });
  }
});

Deno.test("assumeRoles() with the caller's own role", async (t) => {
  const own = role("runner-role", { principals: [ACCOUNT, `arn:aws:iam::${ACCOUNT}:role/runner-role`] });
  const inAnHour: Caller = { ...ROLE_SESSION, expiresAt: new Date(Date.now() + 3_600_000) };

  await t.step("returns the caller's session, and reports that", async () => {
    await using sts = await startSts({ roles: [own] });
    const world = fakeWorld();
    const { arn, credentials } = await assume(planFor(sts, keysOf(inAnHour), request(own.arn, BY_USER)), world);
    assertEquals([arn, credentials.accessKeyId], [ROLE_SESSION.arn, ROLE_SESSION.accessKeyId]);
    assertEquals(calls(sts), ["GetCallerIdentity"]);
    assertEquals(world.said.at(-1), `role: ${ROLE_SESSION.arn} is already the caller, and is not assumed again`);
  });

  const rows = [
    ["has an unknown expiration", ROLE_SESSION, BY_USER],
    ["is to have a policy", inAnHour, { ...BY_USER, policy: "{}" }],
  ] as const;
  for (const [what, caller, more] of rows) {
    await t.step(`assumes it again if the session ${what}`, async () => {
      await using sts = await startSts({ roles: [own], users: [caller] });
      await assume(planFor(sts, keysOf(caller), request(own.arn, more)));
      assertEquals(calls(sts), ["GetCallerIdentity", "AssumeRole runner-role i-0abcdef1234567890"]);
    });
  }

  await t.step("does not assume a role twice in a row with a generated name", async () => {
    await using sts = await startSts();
    const generated = { sessionName: { kind: "given", value: "arar-1", generated: true } } as const;
    const twice = request(TERRAFORM_ROLE.arn, generated);
    await assume(planFor(sts, keysOf(ALICE), twice, twice));
    assertEquals(calls(sts), ["AssumeRole terraform-role arar-1"]);
  });
});

Deno.test("assumeRoles() with MFA", async (t) => {
  const [code = ""] = ALICE_MFA.codes;
  const withMfa = request(MFA_ROLE.arn, { mfa: { serialNumber: ALICE_MFA.serial, code: { kind: "ask" } } });

  await t.step("sends the code only with its own request", async () => {
    await using sts = await startSts({ roles: [MFA_ROLE, role("chained-role", { principals: [MFA_ROLE.arn] })] });
    const world = fakeWorld({ ask: () => Promise.resolve({ kind: "line", line: code }) });
    await assume(planFor(sts, keysOf(ALICE), withMfa, CHAINED), world);
    assertEquals(sts.requests.map(({ params }) => [params.SerialNumber, params.TokenCode]), [
      [ALICE_MFA.serial, code],
      [undefined, undefined],
    ]);
    assertEquals(world.listeners.secrets.hide(code), "***");
  });

  await t.step("makes no call if there is no terminal", async () => {
    await using sts = await startSts();
    assertMatch((await refused(planFor(sts, keysOf(ALICE), withMfa))).message, /there is no terminal to ask on$/);
    assertEquals(calls(sts), []);
  });

  await t.step("does not count the time of the prompt", async () => {
    await using sts = await startSts();
    const time = fakeClock();
    const ask: AssumeSystem["ask"] = async () => {
      await time.advance(3_600_000);
      return { kind: "line", line: code };
    };
    const { arn } = await assume(planFor(sts, keysOf(ALICE), withMfa), fakeWorld({ ...time, ask }));
    assertEquals([arn, time.timers()], [sessionArn("mfa-role", "ci"), []]);
  });
});

Deno.test("assumeRoles() with a web identity", async (t) => {
  const token = GITHUB.mint({ sub: "repo:octo-org/octo-repo:ref:refs/heads/main" });
  const signer: Signer = { kind: "web-identity", token: { kind: "environment", name: "CI_TOKEN", token } };
  const first = request(WEB_IDENTITY_ROLE.arn, { durationSeconds: 7200 });

  await t.step("starts with the token, a secret, for more than an hour, and goes on with the session", async () => {
    const world = fakeWorld();
    const roles = [WEB_IDENTITY_ROLE, role("chained-role", { principals: [WEB_IDENTITY_ROLE.arn] })];
    await using sts = await startSts({ roles });
    assertEquals((await assume(planFor(sts, signer, first, CHAINED), world)).arn, sessionArn("chained-role", "ci"));
    // Only a registered secret is masked in base64; as it is, every JSON Web Token is.
    assertEquals(world.listeners.secrets.hide(btoa(token)).startsWith("***"), true);
    assertEquals(calls(sts), ["AssumeRoleWithWebIdentity web-identity-role ci", "AssumeRole chained-role ci"]);
    const { WebIdentityToken, DurationSeconds } = sts.requests[0]?.params ?? {};
    assertEquals([WebIdentityToken, DurationSeconds], [token, "7200"]);
  });

  await t.step("names it in a refusal, without the token", async () => {
    await using sts = await startSts();
    const { message } = await refused(planFor(sts, signer, TERRAFORM));
    assert(message.startsWith(`cannot assume role "${TERRAFORM_ROLE.arn}" as the web identity: `), message);
    assertEquals(message.includes(token), false);
  });
});

Deno.test("assumeRoles() with a time limit", async (t) => {
  await t.step("gives up after that, and leaves no timer", async () => {
    await using sts = await startSts({ faults: always({ kind: "hang" }) });
    const time = fakeClock();
    const refusing = refused(planFor(sts, keysOf(ALICE), TERRAFORM), fakeWorld(time));
    while (sts.requests.length === 0) await time.advance(0);
    await time.advance(30_000);
    assertMatch((await refusing).message, new RegExp(`: no answer from ${new URL(sts.url).host} within 30 s$`));
    assertEquals(time.timers(), []);
  });

  await t.step("leaves no timer after a success or a refusal", async () => {
    await using sts = await startSts();
    const time = fakeClock();
    await assume(planFor(sts, keysOf(ALICE), TERRAFORM), fakeWorld(time));
    await refused(planFor(sts, keysOf(ALICE), request(CLOSED_ROLE.arn)), fakeWorld(time));
    assertEquals(time.timers(), []);
  });
});

Deno.test("assumeRoles() with an endpoint", async (t) => {
  await t.step("warns once if it is not encrypted and not on this machine", async () => {
    const world = fakeWorld({ connect: () => Promise.reject(new TypeError("no")) });
    await refused(planFor({ url: "http://sts.example" }, keysOf(ALICE), TERRAFORM), world);
    assertEquals(world.said, [
      "warning: requests to http://sts.example are not encrypted: anyone on the network path can read them",
    ]);
  });

  await t.step("trusts the CA bundle in every request", async () => {
    await using sts = await startSts();
    const pem = "-----BEGIN CERTIFICATE-----";
    const trusted: unknown[] = [];
    const world = fakeWorld({
      canTrust: () => true,
      readTextFile: (path) => Promise.resolve(path === "/ca.pem" ? pem : undefined),
      connect: ({ caCerts, ...destination }) => {
        trusted.push(caCerts);
        return network.connect({ ...destination, caCerts: [] });
      },
    });
    const plan = planFor(sts, keysOf(ALICE), TERRAFORM);
    const caBundle = { value: "/ca.pem", from: origin("AWS_CA_BUNDLE") };
    await assume({ ...plan, endpoint: { ...plan.endpoint, caBundle } }, world);
    assertEquals(trusted, [[pem]]);
  });
});

Deno.test("assumeRoles() without a role", async (t) => {
  const narrowed = (url: string, caller = ROLE_SESSION): AssumePlan => {
    return { ...planFor({ url }, keysOf(caller), TERRAFORM), target: { kind: "narrowed", durationSeconds: 60 } };
  };

  await t.step("narrows the caller's session", async () => {
    await using sts = await startSts();
    const { arn, credentials } = await assume(narrowed(sts.url));
    assertEquals([arn, credentials.accessKeyId === ROLE_SESSION.accessKeyId], [ROLE_SESSION.arn, false]);
    assertEquals(calls(sts), ["GetScopedCredentials"]);
  });

  const rows = [
    [
      narrowed("https://sts.amazonaws.com"),
      "a session cannot be narrowed at STS's global endpoint, sts.amazonaws.com",
    ],
    [
      narrowed("https://sts.example", ALICE),
      "only temporary credentials can be narrowed, but the source credentials are long-lived keys",
    ],
  ] as const;
  for (const [plan, reason] of rows) {
    await t.step(`makes no call if ${reason}`, async () => {
      const connect = () => Promise.reject(new Error("no call is made"));
      const { message, hints } = await refused(plan, fakeWorld({ connect }));
      assertEquals([message, hints.length], [reason, 1]);
    });
  }
});
