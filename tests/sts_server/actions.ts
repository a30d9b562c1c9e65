/**
 * Owns the actions: GetCallerIdentity, AssumeRole, AssumeRoleWithWebIdentity, from parameters to the fields of the answer.
 * Must not know HTTP, signatures or faults.
 */
import { type Caller, parseArn, type Role, StsFailure } from "./model.ts";
import { checkAssumeRole, memberList, type Params, tagList } from "./limits.ts";
import type { State } from "./state.ts";
import { checkTags } from "./tags.ts";
import { checkDuration, checkTrust } from "./trust.ts";
import type { XmlRecord } from "./xml.ts";

/** Who asked. */
export function getCallerIdentity(caller: Caller): XmlRecord {
  return {
    Arn: caller.arn,
    UserId: caller.userId,
    Account: parseArn(caller.arn).account,
  };
}

/** A session of the role for the caller, or the refusal. */
export function assumeRole(caller: Caller, params: Params, state: State): XmlRecord {
  checkAssumeRole(params);
  const arn = params["RoleArn"] ?? "";
  if (!/^arn:[^:]+:iam::\d{12}:role\/./.test(arn)) {
    throw new StsFailure("ValidationError", `${arn} is invalid`, 400);
  }
  const role = state.roles.get(arn);
  checkTrust(caller, role, params, state);
  checkDuration(caller, role, params);
  const transitiveTags = checkTags(caller, params);
  const packed = packedPolicySize(params);
  const sourceIdentity = caller.sourceIdentity ?? params["SourceIdentity"];
  return {
    ...issueSession(role, params, state, {
      transitiveTags,
      ...(sourceIdentity !== undefined && { sourceIdentity }),
    }),
    PackedPolicySize: packed,
    SourceIdentity: sourceIdentity,
  };
}

/** Remembers a new session and answers its elements. */
export function issueSession(
  role: Role,
  params: Params,
  state: State,
  inherited: Pick<Caller, "transitiveTags" | "sourceIdentity">,
): XmlRecord {
  const { partition, account, resource } = parseArn(role.arn);
  const name = params["RoleSessionName"] ?? "";
  const seconds = state.sessionSeconds ??
    Number(params["DurationSeconds"] ?? 3600);
  // STS knows whole seconds only.
  const expiresAt = new Date(Math.floor(state.now().getTime() / 1000 + seconds) * 1000);
  const session = state.addSession({
    ...inherited,
    arn: `arn:${partition}:sts::${account}:assumed-role/${resource.split("/").at(-1)}/${name}`,
    userId: `${role.roleId}:${name}`,
    roleArn: role.arn,
    expiresAt,
  });
  return {
    AssumedRoleUser: { AssumedRoleId: session.userId, Arn: session.arn },
    Credentials: {
      AccessKeyId: session.accessKeyId,
      SecretAccessKey: session.secretAccessKey,
      SessionToken: session.sessionToken,
      Expiration: expiresAt.toISOString().replace(".000", ""),
    },
  };
}

/** The share of the packed limit that policies and tags take; STS tells it where any were given. */
export function packedPolicySize(params: Params): number | undefined {
  const parts = [
    params["Policy"] ?? "",
    ...memberList(params, "PolicyArns", ".arn"),
    ...tagList(params).flatMap((tag) => [tag.key, tag.value]),
  ];
  const bytes = new TextEncoder().encode(parts.join("")).length;
  if (bytes === 0) return undefined;
  checkPolicy(params["Policy"]);
  const percent = Math.ceil(bytes * 100 / 4096);
  if (percent > 100) {
    throw new StsFailure(
      "PackedPolicyTooLarge",
      `Packed policy consumes ${percent}% of allotted space, please use smaller policy.`,
      400,
    );
  }
  return percent;
}

function checkPolicy(policy: string | undefined): void {
  if (policy === undefined) return;
  try {
    JSON.parse(policy);
  } catch {
    throw new StsFailure("MalformedPolicyDocument", "This policy contains invalid Json", 400);
  }
}
