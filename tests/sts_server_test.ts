/**
 * What no client judges about the embedded STS: its limits, which are those of botocore's model, and GetSessionToken and
 * GetScopedCredentials, which real tools do not call here.
 */
import * as sdk from "@aws-sdk/client-sts";
import { assertEquals, assertRejects } from "@std/assert";
import { PYTHON } from "./python.ts";
import { ALICE, ALICE_MFA, type Caller, FEDERATED_USER, MFA_ROLE, ROLE_SESSION, ROOT, startSts } from "./sts_server.ts";
import {
  ASSUME_ROLE,
  ASSUME_ROLE_WITH_WEB_IDENTITY,
  GET_SESSION_TOKEN,
  type Limit,
  type Limits,
} from "./sts_server/limits.ts";
import { skipUnless } from "./process/job.ts";

type Keys = Pick<Caller, "accessKeyId" | "secretAccessKey" | "sessionToken">;

Deno.test("the embedded STS", async (t) => {
  await using sts = await startSts();
  const clientOf = ({ accessKeyId, secretAccessKey, sessionToken }: Keys) => {
    const credentials = { accessKeyId, secretAccessKey, ...(sessionToken !== undefined && { sessionToken }) };
    return new sdk.STSClient({ endpoint: sts.url, region: "eu-west-1", credentials, maxAttempts: 1 });
  };
  const read = ({ Credentials: { AccessKeyId = "", SecretAccessKey = "", SessionToken = "", Expiration } = {} }: {
    readonly Credentials?: Partial<sdk.Credentials> | undefined;
  }) => ({
    ...{ accessKeyId: AccessKeyId, secretAccessKey: SecretAccessKey, sessionToken: SessionToken },
    minutes: Math.round(((Expiration?.getTime() ?? 0) - Date.now()) / 60_000),
  });
  const own = async (keys: Keys, input: sdk.GetSessionTokenCommandInput) =>
    read(await clientOf(keys).send(new sdk.GetSessionTokenCommand(input)));
  const narrow = async (keys: Keys, input: sdk.GetScopedCredentialsCommandInput) =>
    read(await clientOf(keys).send(new sdk.GetScopedCredentialsCommand(input)));
  const assume = async (keys: Keys, RoleArn: string, DurationSeconds = 3600) => {
    const input = { RoleArn, RoleSessionName: "test", DurationSeconds };
    return read(await clientOf(keys).send(new sdk.AssumeRoleCommand(input)));
  };
  const whoIs = async (keys: Keys) => (await clientOf(keys).send(new sdk.GetCallerIdentityCommand())).Arn;
  const refused = (call: Promise<unknown>, message: string) =>
    assertRejects(() => call, sdk.STSServiceException, message);
  const mfa = (code: number) => ({ SerialNumber: ALICE_MFA.serial, TokenCode: ALICE_MFA.codes[code] });

  await t.step(
    "GetSessionToken: the user itself, for as long as allowed; with MFA for roles that require it",
    async () => {
      const [plain, withMfa] = [await own(ALICE, { DurationSeconds: 129600 }), await own(ALICE, mfa(0))];
      assertEquals([plain.minutes, withMfa.minutes, await whoIs(plain)], [2160, 720, ALICE.arn]);
      assertEquals((await own(ROOT, { DurationSeconds: 7200 })).minutes, 60);
      const inner = await narrow(withMfa, { Policy: "{}" });
      assertEquals([inner.minutes, await whoIs(inner)], [720, ALICE.arn]);
      assertEquals((await assume(withMfa, MFA_ROLE.arn, 7200)).minutes, 120);
      await refused(assume(plain, MFA_ROLE.arn), "is not authorized to perform");
      for (const keys of [ROLE_SESSION, FEDERATED_USER, plain]) {
        await refused(
          own(keys, {}),
          "with session credentials",
        );
      }
      await refused(own(ALICE, mfa(0)), "invalid MFA one time pass code");
      for (const DurationSeconds of [899, 129601]) await refused(own(ALICE, { DurationSeconds }), "durationSeconds");
    },
  );

  await t.step("GetScopedCredentials: other keys of the same session, for up to three policies", async () => {
    const first = await narrow(ROLE_SESSION, { Policy: "{}", DurationSeconds: 600 });
    assertEquals([first.minutes, await whoIs(first)], [10, ROLE_SESSION.arn]);
    await refused(narrow(first, { DurationSeconds: 900 }), "remaining lifetime");
    const third = await narrow(await narrow(first, { Policy: "{}" }), { Policy: "{}" });
    await refused(narrow(third, { Policy: "{}" }), "at most 3");
    for (const keys of [ALICE, ROOT]) await refused(narrow(keys, { Policy: "{}" }), "with long-term credentials");
    await refused(narrow(first, {}), "At least one of");
    const long = { Policy: JSON.stringify("x".repeat(2000)) };
    await refused(narrow(await narrow(await narrow(ROLE_SESSION, long), long), long), "147% of allotted space");
  });
});

Deno.test("the limits are those of botocore", async (t) => {
  const theirs = await botocoreLimits();
  if (theirs === undefined) {
    const ignore = skipUnless(false, "no botocore for python3");
    return void await t.step({ name: "skipped", ignore, fn() {} });
  }
  // In the API reference, not in the model: the number of policy ARNs, and for one of the two the length of a policy.
  const documented = new Map<string, Partial<Limit>>([["PolicyArns", { max: 10 }], ["Policy", { max: 2048 }]]);
  for (const [action, ours] of Object.entries(ACTIONS)) {
    const model = theirs[action];
    const members = Object.keys(ours.members).map((name) => {
      const { pattern, ...rest } = { ...model?.members[name], ...documented.get(name) };
      // Any character that XML can hold.
      return [name, name === "RoleArn" || pattern === undefined ? rest : { ...rest, pattern }];
    });
    assertEquals({ required: model?.required, members: Object.fromEntries(members) }, ours, action);
  }
});

/** Without GetScopedCredentials, which botocore does not have yet. */
const ACTIONS: Readonly<Record<string, Limits>> = {
  AssumeRole: ASSUME_ROLE,
  AssumeRoleWithWebIdentity: ASSUME_ROLE_WITH_WEB_IDENTITY,
  GetSessionToken: GET_SESSION_TOKEN,
};

async function botocoreLimits(): Promise<Readonly<Record<string, Limits>> | undefined> {
  const program = `
import json, sys, botocore.session
model = botocore.session.get_session().get_service_model("sts")
def limit(shape):
    return {"type": shape.type_name, **{k: v for k, v in shape.metadata.items() if k in ("min", "max", "pattern")}}
def members(shape):
    for name, member in shape.members.items():
        yield name, limit(member)
        if member.type_name == "list":
            yield name + ".member", limit(member.member)
            for key, inner in getattr(member.member, "members", {}).items():
                yield name + ".member." + key, limit(inner)
inputs = {name: model.operation_model(name).input_shape for name in sys.argv[1:]}
print(json.dumps({name: {"required": s.required_members, "members": dict(members(s))} for name, s in inputs.items()}))
`;
  try {
    const args = ["-c", program, ...Object.keys(ACTIONS)];
    const { success, stdout } = await new Deno.Command(PYTHON, { args, stderr: "null" }).output();
    return success ? JSON.parse(new TextDecoder().decode(stdout)) : undefined;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return undefined;
    throw error;
  }
}
