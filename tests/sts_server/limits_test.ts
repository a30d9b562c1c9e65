/**
 * The limits of the parameters, compared with botocore's service model, and the errors beyond them.
 */
import { assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import { PYTHON } from "../python.ts";
import { skip } from "./client.ts";
import {
  ASSUME_ROLE,
  ASSUME_ROLE_WITH_WEB_IDENTITY,
  checkLimits,
  GET_SCOPED_CREDENTIALS,
  type Limit,
  type Limits,
  type Params,
} from "./limits.ts";
import { StsFailure } from "./model.ts";

const ROLE: Params = { RoleArn: "arn:aws:iam::123456789012:role/r", RoleSessionName: "test" };

Deno.test("checkLimits()", async (t) => {
  const refused: readonly (readonly [Params, Limits, place: string, words: string])[] = [
    [{ RoleSessionName: "x" }, ASSUME_ROLE, "'x' at 'roleSessionName'", "have length greater than or equal to 2"],
    [{ DurationSeconds: "1h" }, ASSUME_ROLE, "'1h' at 'durationSeconds'", "have value greater than or equal to 900"],
    [many(51, "Tags.member.N.Value"), ASSUME_ROLE, "at 'tags'", "have length less than or equal to 50"],
    [{ "Tags.member.1.Key": "!" }, ASSUME_ROLE, "'!' at 'tags.1.member.key'", "satisfy regular expression pattern: "],
    [{ DurationSeconds: "0" }, GET_SCOPED_CREDENTIALS, "'0'", "have value greater than or equal to 1"],
    [{ DurationSeconds: "129601" }, GET_SCOPED_CREDENTIALS, "'129601'", "have value less than or equal"],
  ];
  for (const [params, limits, place, words] of refused) {
    await t.step(`refuses ${place}, which must ${words}`, () => {
      const { message } = assertThrows(() => checkLimits({ ...ROLE, ...params }, limits), StsFailure);
      assertStringIncludes(message, `Value ${place}`);
      assertStringIncludes(message, `failed to satisfy constraint: Member must ${words}`);
    });
  }

  await t.step("lists every error, including what is missing", () => {
    const error = assertThrows(() => checkLimits({ RoleSessionName: "!" }, ASSUME_ROLE), StsFailure);
    assertEquals([error.code, error.status, error.message.slice(0, 95)], [
      "ValidationError",
      400,
      "3 validation errors detected: Value null at 'roleArn' failed to satisfy constraint: Member must",
    ]);
  });

  await t.step("accepts the limits themselves", () => {
    const longest = {
      RoleSessionName: "+=,.@-_a".repeat(8),
      DurationSeconds: "43200",
      "Tags.member.1.Key": "équipe 1",
    };
    checkLimits({ ...ROLE, ...longest, ...many(50, "TransitiveTagKeys.member.N") }, ASSUME_ROLE);
    checkLimits({ Policy: "x".repeat(2048), DurationSeconds: "129600" }, GET_SCOPED_CREDENTIALS);
  });
});

function many(count: number, name: string): Params {
  return Object.fromEntries(Array.from({ length: count }, (_, index) => [name.replace("N", String(index + 1)), "v"]));
}

Deno.test("the limits are those of botocore", async (t) => {
  const theirs = await botocoreLimits();
  if (theirs === undefined) return await skip(t, "python3 has no botocore");
  // In the API reference, not in the model: the number of policy ARNs, and for one of the two the length of a policy.
  const documented = new Map<string, Partial<Limit>>([["PolicyArns", { max: 10 }], ["Policy", { max: 2048 }]]);
  const actions = { AssumeRole: ASSUME_ROLE, AssumeRoleWithWebIdentity: ASSUME_ROLE_WITH_WEB_IDENTITY };
  for (const [action, ours] of Object.entries(actions)) {
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
async function botocoreLimits(): Promise<Readonly<Record<string, Limits>> | undefined> {
  const program = `
import json, botocore.session
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
inputs = {name: model.operation_model(name).input_shape for name in ("AssumeRole", "AssumeRoleWithWebIdentity")}
print(json.dumps({name: {"required": s.required_members, "members": dict(members(s))} for name, s in inputs.items()}))
`;
  try {
    const { success, stdout } = await new Deno.Command(PYTHON, { args: ["-c", program], stderr: "null" }).output();
    return success ? JSON.parse(new TextDecoder().decode(stdout)) : undefined;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return undefined;
    throw error;
  }
}
