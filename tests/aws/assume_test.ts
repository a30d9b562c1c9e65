/**
 * The walk along a role chain: what is asked of STS, as whom, in which order, and what is said. The SDK and the embedded STS
 * are real, the rest of the world is fake.
 */
import { assert, assertEquals, assertMatch, assertRejects } from "@std/assert";
import { askCallerArn, type AssumePlan, assumeRoles, type AssumeSystem } from "../../lib/aws/assume.ts";
import type { RoleSession } from "../../lib/aws/credentials.ts";
import type { RoleRequest, Target } from "../../lib/aws/role_request.ts";
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
  USER_NAME_ROLE,
  USER_WITH_PATH,
  WEB_IDENTITY_ROLE,
} from "../sts_server.ts";
import { fakeClock } from "./fake_clock.ts";

const NAMED = { sessionName: { kind: "given", value: "ci" } } as const;
const BY_USER = { sessionName: { kind: "user-name" } } as const;
const GENERATED = { sessionName: { kind: "given", value: "arar-1", generated: true } } as const;

function request(roleArn: string, more: Partial<RoleRequest> = NAMED): RoleRequest {
  return { roleArn, ...NAMED, policyArns: [], tags: [], transitiveTagKeys: [], passed: {}, ...more };
}

function keysOf({ accessKeyId, secretAccessKey, sessionToken, expiresAt }: Caller): Signer {
  const credentials = {
    accessKeyId,
    secretAccessKey,
    ...(sessionToken && { sessionToken }),
    ...(expiresAt && { expiration: expiresAt }),
  };
  return { kind: "keys", credentials, from: "test" };
}

function planFor(
  { url }: Pick<StsServer, "url">,
  signer: Signer,
  roles: Extract<Target, { kind: "roles" }>["roles"],
): AssumePlan {
  return {
    env: {},
    signer,
    target: { kind: "roles", roles },
    region: { sts: "eu-west-1", from: "test" },
    endpoint: {
      url: { value: url, from: "test" },
      fips: false,
      dualstack: false,
      legacyGlobal: false,
      maxAttempts: 1,
      retryMode: "standard",
    },
    timeoutSeconds: 30,
  };
}

/** A world with a real network and a fake everything else; it notes what is said. */
function fakeWorld(more: Partial<AssumeSystem> = {}) {
  const said: string[] = [];
  const system: AssumeSystem = {
    ...clock,
    ...network,
    ask: () => Promise.resolve({ kind: "no-terminal" }),
    captureShell: () => Promise.reject(new Error("no shell")),
    withEnv: (_variables, action) => action(),
    readStdinLine: () => undefined,
    readTextFile: () => Promise.resolve(undefined),
    writeStderr: (text) => {
      said.push(text);
    },
    ...more,
  };
  const report = {
    found: (field: string, value: string) => {
      said.push(`${field}: ${value}`);
    },
    warn: (message: string) => {
      said.push(`warning: ${message}`);
    },
  };
  return { said, system, listeners: { report, secrets: new Secrets() } };
}

function walk(plan: AssumePlan, world = fakeWorld()): Promise<RoleSession> {
  return assumeRoles(world.system, plan, world.listeners);
}

async function refused(plan: AssumePlan, world = fakeWorld()): Promise<ArarError> {
  return await assertRejects(() => walk(plan, world), ArarError);
}

/** `AssumeRole terraform-role ci`, as the server received it. */
function asked({ requests }: StsServer): readonly string[] {
  return requests.map(({ action, params }) =>
    [action, params.RoleArn?.split("/").at(-1), params.RoleSessionName].filter((word) => word !== undefined).join(" ")
  );
}

const sessionArn = (name: string, session: string) => `arn:aws:sts::${ACCOUNT}:assumed-role/${name}/${session}`;

Deno.test("assumeRoles() with keys", async (t) => {
  await t.step("assumes one role, with one call", async () => {
    await using sts = await startSts();
    const world = fakeWorld();
    const session = await walk(planFor(sts, keysOf(ALICE), [request(TERRAFORM_ROLE.arn)]), world);
    assertEquals([session.arn, session.accountId], [sessionArn("terraform-role", "ci"), ACCOUNT]);
    assertEquals(asked(sts), ["AssumeRole terraform-role ci"]);
    assertEquals(world.said.map((line) => line.replace(/ until .*/, "")), [`role: ${session.arn}`]);
  });

  await t.step("signs each request of a chain with the session before it", async () => {
    await using sts = await startSts();
    const plan = planFor(sts, keysOf(ALICE), [request(TERRAFORM_ROLE.arn), request(CHAINED_ROLE.arn)]);
    assertEquals((await walk(plan)).arn, sessionArn("chained-role", "ci"));
    assertEquals(asked(sts), ["AssumeRole terraform-role ci", "AssumeRole chained-role ci"]);
    const [first, second] = sts.requests.map(({ accessKeyId }) => accessKeyId);
    assertEquals(first, ALICE.accessKeyId);
    assertMatch(second ?? "", /^ASIA/);
  });

  await t.step("lets a program ask on the terminal only while no command has it", async () => {
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
    const plan = planFor(sts, { kind: "profile", profile: "p", via: "process", command: "x" }, [
      request(TERRAFORM_ROLE.arn),
    ]);
    await walk(plan, world);
    await walk({ ...plan, terminalIsTaken: true }, world);
    assertEquals(prompts, [true, false]);
  });

  await t.step("says how much of the packed limit a session took", async () => {
    await using sts = await startSts();
    const world = fakeWorld();
    await walk(planFor(sts, keysOf(ALICE), [request(TERRAFORM_ROLE.arn, { policy: "{}" })]), world);
    assertEquals(world.said.at(-1), "token size: 7 % of the maximum");
  });

  await t.step("stops at the request that is denied, and names who was", async () => {
    await using sts = await startSts();
    const roles = [request(TERRAFORM_ROLE.arn), request(CLOSED_ROLE.arn), request(CHAINED_ROLE.arn)] as const;
    const { message } = await refused(planFor(sts, keysOf(ALICE), [...roles]));
    const arn = sessionArn("terraform-role", "ci");
    assert(message.startsWith(`cannot assume role "${CLOSED_ROLE.arn}" as ${arn}: AccessDenied`), message);
    assertEquals(sts.requests.length, 2);
  });
});

Deno.test("assumeRoles() user name", async (t) => {
  await t.step("is found once, and used on every request", async () => {
    await using sts = await startSts();
    const roles = [request(TERRAFORM_ROLE.arn, BY_USER), request(CHAINED_ROLE.arn, BY_USER)] as const;
    const world = fakeWorld();
    await walk(planFor(sts, keysOf(USER_WITH_PATH), [...roles]), world);
    assertEquals(asked(sts), ["GetCallerIdentity", "AssumeRole terraform-role bob", "AssumeRole chained-role bob"]);
    assertEquals(world.said.slice(0, 2), [
      `caller: ${USER_WITH_PATH.arn}`,
      "session name: bob, the caller's IAM user name",
    ]);
  });

  await t.step("satisfies a trust policy that demands it", async () => {
    await using sts = await startSts();
    const { arn } = await walk(planFor(sts, keysOf(ALICE), [request(USER_NAME_ROLE.arn, BY_USER)]));
    assertEquals(arn, sessionArn("user-name-role", "alice"));
  });

  await t.step("is not asked for where the caller is known", async () => {
    await using sts = await startSts();
    const { system, listeners } = fakeWorld();
    await assumeRoles(
      system,
      planFor(sts, keysOf(ALICE), [request(TERRAFORM_ROLE.arn, BY_USER)]),
      listeners,
      ALICE.arn,
    );
    assertEquals(asked(sts), ["AssumeRole terraform-role alice"]);
  });

  await t.step("of an assumed role is its session's, and it is said", async () => {
    await using sts = await startSts();
    const world = fakeWorld();
    await walk(planFor(sts, keysOf(ROLE_SESSION), [request(TERRAFORM_ROLE.arn, BY_USER)]), world);
    assertEquals(asked(sts)[1], "AssumeRole terraform-role i-0abcdef1234567890");
    const name = "i-0abcdef1234567890, an assumed role has no user name: its session name";
    assertEquals(world.said[1], `session name: ${name}`);
  });

  await t.step("of root is refused before a role is asked for", async () => {
    await using sts = await startSts();
    const { message } = await refused(planFor(sts, keysOf(ROOT), [request(TERRAFORM_ROLE.arn, BY_USER)]));
    assertMatch(
      message,
      /: the root user has none, nor can it assume roles; use the keys of an IAM user or of a role$/,
    );
    assertEquals(asked(sts), ["GetCallerIdentity"]);
  });
});

Deno.test("assumeRoles() duration", async (t) => {
  const rows = [
    ["of a user's keys is asked for as it is", ALICE, 7200, "7200", 0],
    ["of temporary credentials is cut to an hour, with a warning", ROLE_SESSION, 7200, "3600", 1],
    ["of an hour needs no warning", ROLE_SESSION, 3600, "3600", 0],
    ["is left to STS where none was given", ROLE_SESSION, undefined, undefined, 0],
  ] as const;
  for (const [what, caller, durationSeconds, sent, warnings] of rows) {
    await t.step(what, async () => {
      await using sts = await startSts();
      const world = fakeWorld();
      await walk(
        planFor(sts, keysOf(caller), [request(TERRAFORM_ROLE.arn, { ...(durationSeconds && { durationSeconds }) })]),
        world,
      );
      assertEquals(sts.requests[0]?.params.DurationSeconds, sent);
      assertEquals(world.said.filter((line) => line.startsWith("warning: ")).length, warnings);
    });
  }

  await t.step("of a later request is cut, the first one's is not", async () => {
    await using sts = await startSts();
    const long = { durationSeconds: 7200 };
    const world = fakeWorld();
    await walk(
      planFor(sts, keysOf(ALICE), [request(TERRAFORM_ROLE.arn, long), request(CHAINED_ROLE.arn, long)]),
      world,
    );
    assertEquals(sts.requests.map(({ params }) => params.DurationSeconds), ["7200", "3600"]);
    assertEquals(
      world.said[1],
      `warning: "${CHAINED_ROLE.arn}" is assumed with temporary credentials (role chaining), which AWS limits to one ` +
        "hour: asking for 3600 s instead of 7200 s",
    );
  });
});

Deno.test("assumeRoles() partition", async (t) => {
  const [chinese = ALICE] = PARTITION_USERS;
  const elsewhere = /^caller ".*" cannot assume role ".*": a role cannot be assumed across partitions$/;

  await t.step("of a caller that is known is compared before the role is asked for", async () => {
    await using sts = await startSts();
    const { message } = await refused(planFor(sts, keysOf(chinese), [request(TERRAFORM_ROLE.arn, BY_USER)]));
    assertMatch(message, elsewhere);
    assertEquals(asked(sts), ["GetCallerIdentity"]);
  });

  await t.step("of a later request is compared before it is asked for", async () => {
    await using sts = await startSts();
    const there = `arn:aws-cn:iam::${ACCOUNT}:role/terraform-role`;
    assertMatch(
      (await refused(planFor(sts, keysOf(ALICE), [request(TERRAFORM_ROLE.arn), request(there)]))).message,
      elsewhere,
    );
    assertEquals(asked(sts), ["AssumeRole terraform-role ci"]);
  });
});

Deno.test("assumeRoles() role that is there already", async (t) => {
  const there = role("runner-role");
  const inAnHour: Caller = { ...ROLE_SESSION, expiresAt: new Date(Date.now() + 3_600_000) };
  const inAMinute: Caller = { ...ROLE_SESSION, expiresAt: new Date(Date.now() + 60_000) };
  const roles = [role("runner-role", { principals: [ACCOUNT, `arn:aws:iam::${ACCOUNT}:role/runner-role`] })];

  await t.step("is not assumed again, and the caller's own session is the result", async () => {
    await using sts = await startSts({ roles });
    const world = fakeWorld();
    const { arn, credentials } = await walk(planFor(sts, keysOf(inAnHour), [request(there.arn, BY_USER)]), world);
    assertEquals([arn, credentials.accessKeyId], [ROLE_SESSION.arn, ROLE_SESSION.accessKeyId]);
    assertEquals(asked(sts), ["GetCallerIdentity"]);
    assertEquals(world.said.at(-1), `role: ${ROLE_SESSION.arn} is the caller already; it is not assumed again`);
  });

  const rows = [
    ["has too little time left", inAMinute, BY_USER],
    ["has no end that is known", ROLE_SESSION, BY_USER],
    ["is to have a policy", inAnHour, { ...BY_USER, policy: "{}" }],
  ] as const;
  for (const [what, caller, more] of rows) {
    await t.step(`is assumed again where the session ${what}`, async () => {
      await using sts = await startSts({ roles, users: [caller] });
      await walk(planFor(sts, keysOf(caller), [request(there.arn, more)]));
      assertEquals(asked(sts), ["GetCallerIdentity", "AssumeRole runner-role i-0abcdef1234567890"]);
    });
  }

  await t.step("is not assumed twice in a chain by a generated name", async () => {
    await using sts = await startSts();
    const twice = request(TERRAFORM_ROLE.arn, GENERATED);
    await walk(planFor(sts, keysOf(ALICE), [twice, twice]));
    assertEquals(asked(sts), ["AssumeRole terraform-role arar-1"]);
  });
});

Deno.test("assumeRoles() MFA", async (t) => {
  const [code = ""] = ALICE_MFA.codes;
  const mfa: RoleRequest["mfa"] = { serialNumber: ALICE_MFA.serial, code: { kind: "ask" } };

  await t.step("goes to its request alone", async () => {
    await using sts = await startSts({
      roles: [MFA_ROLE, role("chained-role", { principals: [MFA_ROLE.arn] })],
    });
    const world = fakeWorld({ ask: () => Promise.resolve({ kind: "line", line: code }) });
    await walk(planFor(sts, keysOf(ALICE), [request(MFA_ROLE.arn, { mfa }), request(CHAINED_ROLE.arn)]), world);
    assertEquals(sts.requests.map(({ params }) => [params.SerialNumber, params.TokenCode]), [
      [ALICE_MFA.serial, code],
      [undefined, undefined],
    ]);
  });

  await t.step("that nobody can be asked for ends the walk before the call", async () => {
    await using sts = await startSts();
    const { message } = await refused(planFor(sts, keysOf(ALICE), [request(MFA_ROLE.arn, { mfa })]));
    assertMatch(message, /there is no terminal to ask on$/);
    assertEquals(asked(sts), []);
  });

  await t.step("may take longer to be typed than a call may take", async () => {
    await using sts = await startSts();
    const time = fakeClock();
    const world = fakeWorld({
      ...time,
      ask: async () => {
        await time.advance(3_600_000);
        return { kind: "line", line: code };
      },
    });
    const { arn } = await walk(planFor(sts, keysOf(ALICE), [request(MFA_ROLE.arn, { mfa })]), world);
    assertEquals(arn, sessionArn("mfa-role", "ci"));
    assertEquals(time.sleepers(), []);
  });
});

Deno.test("assumeRoles() with a web identity", async (t) => {
  const token = GITHUB.mint({ sub: "repo:octo-org/octo-repo:ref:refs/heads/main" });
  const signer: Signer = { kind: "web-identity", token: { kind: "environment", name: "CI_TOKEN", token } };

  await t.step("starts with the token, and goes on with the session", async () => {
    await using sts = await startSts({
      roles: [WEB_IDENTITY_ROLE, role("chained-role", { principals: [WEB_IDENTITY_ROLE.arn] })],
    });
    const { arn } = await walk(planFor(sts, signer, [request(WEB_IDENTITY_ROLE.arn), request(CHAINED_ROLE.arn)]));
    assertEquals(arn, sessionArn("chained-role", "ci"));
    assertEquals(asked(sts), ["AssumeRoleWithWebIdentity web-identity-role ci", "AssumeRole chained-role ci"]);
    assertEquals(sts.requests[0]?.params.WebIdentityToken, token);
  });

  await t.step("may last longer than an hour", async () => {
    await using sts = await startSts();
    await walk(planFor(sts, signer, [request(WEB_IDENTITY_ROLE.arn, { durationSeconds: 7200 })]));
    assertEquals(sts.requests[0]?.params.DurationSeconds, "7200");
  });

  await t.step("is told as what was refused", async () => {
    await using sts = await startSts();
    const { message } = await refused(planFor(sts, signer, [request(TERRAFORM_ROLE.arn)]));
    assert(message.startsWith(`cannot assume role "${TERRAFORM_ROLE.arn}" as the web identity: `), message);
    assertEquals(message.includes(token), false);
  });
});

Deno.test("assumeRoles() time", async (t) => {
  await t.step("is up after so long without an answer, and no timer is left", async () => {
    await using sts = await startSts({ faults: always({ kind: "hang" }) });
    const time = fakeClock();
    const walking = refused(planFor(sts, keysOf(ALICE), [request(TERRAFORM_ROLE.arn)]), fakeWorld(time));
    while (sts.requests.length === 0) await time.advance(0);
    await time.advance(30_000);
    const host = new URL(sts.url).host;
    assertMatch((await walking).message, new RegExp(`: no answer from ${host} within 30 s$`));
    assertEquals(time.sleepers(), []);
  });

  await t.step("leaves no timer after a success or a refusal", async () => {
    await using sts = await startSts();
    const time = fakeClock();
    await walk(planFor(sts, keysOf(ALICE), [request(TERRAFORM_ROLE.arn)]), fakeWorld(time));
    await refused(planFor(sts, keysOf(ALICE), [request(CLOSED_ROLE.arn)]), fakeWorld(time));
    assertEquals(time.sleepers(), []);
  });
});

Deno.test("assumeRoles() endpoint", async (t) => {
  await t.step("gets one warning where it is not encrypted and not on this machine", async () => {
    const world = fakeWorld({ fetch: () => Promise.reject(new TypeError("no")) });
    await refused(planFor({ url: "http://sts.example" }, keysOf(ALICE), [request(TERRAFORM_ROLE.arn)]), world);
    assertEquals(world.said, [
      "warning: requests to http://sts.example are not encrypted: anyone on the way can read them",
    ]);
  });

  await t.step("is trusted by the CA bundle, in every request", async () => {
    await using sts = await startSts();
    const pem = "-----BEGIN CERTIFICATE-----";
    const trusted: unknown[] = [];
    const world = fakeWorld({
      canTrust: () => true,
      readTextFile: (path) => Promise.resolve(path === "/ca.pem" ? pem : undefined),
      fetch: (url, { caCerts, ...options } = {}) => {
        trusted.push(caCerts);
        return network.fetch(url, options);
      },
    });
    const plan = planFor(sts, keysOf(ALICE), [request(TERRAFORM_ROLE.arn)]);
    await walk(
      { ...plan, endpoint: { ...plan.endpoint, caBundle: { value: "/ca.pem", from: "AWS_CA_BUNDLE" } } },
      world,
    );
    assertEquals(trusted, [[pem]]);
  });
});

Deno.test("askCallerArn()", async (t) => {
  await t.step("asks once, and says who it is", async () => {
    await using sts = await startSts();
    const { system, listeners, said } = fakeWorld();
    const plan = planFor(sts, keysOf(ALICE), [request(TERRAFORM_ROLE.arn)]);
    assertEquals(await askCallerArn(system, plan, ALICE, listeners), ALICE.arn);
    assertEquals([asked(sts), said], [["GetCallerIdentity"], [`caller: ${ALICE.arn}`]]);
  });

  await t.step("names the key where STS refuses it", async () => {
    await using sts = await startSts();
    const { system, listeners } = fakeWorld();
    const plan = planFor(sts, keysOf(ALICE), [request(TERRAFORM_ROLE.arn)]);
    const asking = () => askCallerArn(system, plan, { ...ALICE, secretAccessKey: "wrong-secret" }, listeners);
    const { message } = await assertRejects(asking, ArarError);
    assertMatch(message, /^cannot ask STS who key \*{16}MPLE is: SignatureDoesNotMatch: /);
    assertEquals(message.includes("wrong-secret"), false);
  });
});

Deno.test("assumeRoles() without a role", async (t) => {
  const narrowed = (url: string): AssumePlan => {
    const plan = planFor({ url }, keysOf(ROLE_SESSION), [request(TERRAFORM_ROLE.arn)]);
    return { ...plan, target: { kind: "narrowed", durationSeconds: 60 } };
  };

  await t.step("narrows the session that signs", async () => {
    await using sts = await startSts();
    const { arn, credentials } = await walk(narrowed(sts.url));
    assertEquals([arn, credentials.accessKeyId === ROLE_SESSION.accessKeyId], [ROLE_SESSION.arn, false]);
    assertEquals(asked(sts), ["GetScopedCredentials"]);
  });

  await t.step("asks nobody at the global endpoint, which does not have that call", async () => {
    const fetch = () => Promise.reject(new Error("no call is made"));
    const { message, hints } = await refused(narrowed("https://sts.amazonaws.com"), fakeWorld({ fetch }));
    assertEquals(message, "a session cannot be narrowed at STS's global endpoint, sts.amazonaws.com");
    assertEquals(hints.length, 1);
  });
});
