/**
 * The calls of a run: to which action, as whom, in which order, and what is reported. The SDK and the embedded STS are real,
 * the rest of the system is fake.
 */
import { assertEquals, assertMatch, assertRejects } from "@std/assert";
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
  type Caller,
  CHAINED_ROLE,
  GITHUB,
  MFA_ROLE,
  PARTITION_USERS,
  role,
  ROLE_SESSION,
  ROOT,
  startSts,
  type StsServer,
  TERRAFORM_ROLE,
  WEB_IDENTITY_ROLE,
} from "../sts_server.ts";
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
});

Deno.test("assumeRoles() with the user name", async (t) => {
  await t.step("uses the session name of an assumed role, and reports that", async () => {
    await using sts = await startSts();
    const world = fakeWorld();
    await assume(planFor(sts, keysOf(ROLE_SESSION), request(TERRAFORM_ROLE.arn, BY_USER)), world);
    assertEquals(calls(sts)[1], "AssumeRole terraform-role i-0abcdef1234567890");
    const what = "the caller's own session name, since an assumed role has no user name";
    assertEquals(world.said[1], `session name: i-0abcdef1234567890, ${what}`);
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

Deno.test("assumeRoles() sends an MFA code, a secret, only with its own request", async () => {
  const [code = ""] = ALICE_MFA.codes;
  const withMfa = request(MFA_ROLE.arn, { mfa: { serialNumber: ALICE_MFA.serial, code: { kind: "ask" } } });
  await using sts = await startSts({ roles: [MFA_ROLE, role("chained-role", { principals: [MFA_ROLE.arn] })] });
  const world = fakeWorld({ ask: () => Promise.resolve({ kind: "line", line: code }) });
  await assume(planFor(sts, keysOf(ALICE), withMfa, CHAINED), world);
  assertEquals(sts.requests.map(({ params }) => params.TokenCode), [code, undefined]);
  assertEquals(world.listeners.secrets.hide(code), "***");
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
});

Deno.test("assumeRoles() without a role", async (t) => {
  const narrowed = (url: string, caller = ROLE_SESSION): AssumePlan => {
    return { ...planFor({ url }, keysOf(caller), TERRAFORM), target: { kind: "narrowed", durationSeconds: 60 } };
  };

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
