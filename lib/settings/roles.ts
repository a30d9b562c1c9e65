/**
 * The roles of a run, first the profile's, then the command line's, each with its session name, MFA device and limits.
 */

import type { Endpoint } from "../aws/endpoint.ts";
import { checkTokenCode } from "../aws/mfa.ts";
import { checkRoleArn, partitionOf } from "../aws/role_arn.ts";
import type { RoleParameters, RoleRequest, SessionName, Target, TokenCode } from "../aws/role_request.ts";
import { checkPolicy, checkPolicyArns } from "../aws/session_policy.ts";
import { checkTags, checkTransitiveTagKeys } from "../aws/session_tags.ts";
import { generatedSessionName } from "../aws/session_name.ts";
import type { Signer } from "../aws/signer.ts";
import { OPTIONS, type Values } from "../cli/options.ts";
import { ArarError, quote } from "../errors.ts";
import type { Section } from "../profile/shared_files.ts";
import type { Decision } from "../report.ts";
import { made, type Sourced, unexpected } from "../sourced.ts";
import type { System } from "../system.ts";
import type { ChosenSigner } from "./choose_signer.ts";
import { decided, decidedParameters, describeDuration, describeName } from "./decisions.ts";
import { profileValue } from "./values.ts";

/** What reading the roles needs besides the options and the signer. */
interface RolesContext {
  readonly system: Pick<System, "now" | "os" | "readTextFileSync">;
  readonly endpoint: Endpoint;
}

/** A role to assume. Its position in the chain decides the options it gets. */
interface Role {
  readonly arn: Sourced<string>;
  /** The settings of its profile. */
  readonly own?: Section;
  readonly isFirst: boolean;
  /** The last role gets the session parameters and the duration. */
  readonly isLast: boolean;
  /** The first role of the command line gets the MFA device: only a user has one, and roles assume the later roles. */
  readonly takesDevice: boolean;
}

/** Reads the roles; throws an `ArarError` for a value that STS would refuse. `undefined` if there is no role. */
export function readRoles(
  values: Values,
  { profileRoles, roleArns, signer }: ChosenSigner,
  context: RolesContext,
): { readonly target: Target; readonly decisions: readonly Decision[] } | undefined {
  const arns = [
    ...profileRoles.flatMap((own) => {
      const arn = own.get("role_arn");
      return arn ? [{ arn, own }] : [];
    }),
    ...roleArns.map((arn) => ({ arn })),
  ];
  const last = arns.length - 1;
  const planned = arns.map((role, index) => {
    const position = {
      isFirst: index === 0,
      isLast: index === last,
      takesDevice: index === Math.min(profileRoles.length, last),
    };
    return planRole({ ...role, ...position }, values, signer, context);
  });
  const [first, ...others] = giveCode(values, planned.map(({ request }) => request));
  if (!first) return undefined;
  refusePartitions([first, ...others]);
  if (signer.kind === "web-identity") refuseForWebIdentity(first);
  const decisions = planned.flatMap((one) => one.decisions);
  return { target: { kind: "roles", roles: [first, ...others] }, decisions };
}

function planRole(role: Role, values: Values, signer: Signer, { system, endpoint }: RolesContext) {
  const { arn, own, isLast } = role;
  const sessionName = chooseSessionName(values, profileValue(OPTIONS.roleSessionName, own, system), isLast, system);
  const duration = checkDuration(
    (isLast && values.durationSeconds) || profileValue(OPTIONS.durationSeconds, own, system),
  );
  const serial = (role.takesDevice && values.serialNumber) || profileValue(OPTIONS.serialNumber, own, system);
  const externalId = (isLast && values.externalId) || profileValue(OPTIONS.externalId, own, system);
  const sourceIdentity = isLast ? values.sourceIdentity : undefined;
  const request: RoleRequest = {
    ...isLast ? readParameters(values) : NO_PARAMETERS,
    roleArn: checkRoleArn(arn, { anyAccount: endpoint.url !== undefined }),
    sessionName: sessionName.value,
    ...(duration && { durationSeconds: duration.value }),
    ...(externalId && { externalId: externalId.value }),
    ...(sourceIdentity && { sourceIdentity: sourceIdentity.value }),
    ...(serial && { mfa: { serialNumber: serial.value, code: { kind: "ask" } } }),
  };
  const isChained = !role.isFirst || isTemporary(signer);
  const decisions: readonly Decision[] = [
    ...decided("role", arn),
    ...decided("session name", sessionName, describeName),
    ...decided("duration", duration, (seconds) => describeDuration(seconds, isChained)),
    ...decided("MFA device", serial),
    ...decided("external ID", externalId),
    ...decided("source identity", sourceIdentity),
    ...(isLast ? decidedParameters(values, request) : []),
  ];
  return { request, decisions };
}

/** Whether the source credentials are temporary, as far as is known before any request. */
function isTemporary(signer: Signer): boolean {
  return signer.kind === "keys"
    ? signer.credentials.sessionToken !== undefined
    : signer.kind === "container" || signer.kind === "instance";
}

const NO_PARAMETERS = { policyArns: [], tags: [], transitiveTagKeys: [] } as const;

function readParameters(values: Values): RoleParameters {
  const policy = values.policy && checkPolicy({ value: values.policy.value.text, from: values.policy.value.from });
  const tags = checkTags(values.tag);
  return {
    ...(policy !== undefined && { policy }),
    policyArns: checkPolicyArns(values.policyArn, policy),
    tags,
    transitiveTagKeys: checkTransitiveTagKeys(values.transitiveTagKey, tags),
  };
}

/**
 * A given name is used for the last role, and for any other role whose profile has none; the user name is used for all
 * of them. The command line wins over `ARAR_USERNAME_SESSION`, and that over `AWS_ROLE_SESSION_NAME`.
 */
function chooseSessionName(
  values: Values,
  own: Sourced<string> | undefined,
  isLast: boolean,
  { now }: Pick<System, "now">,
): Sourced<SessionName> {
  const name = values.roleSessionName;
  const userName = values.usernameSession;
  if (userName && name?.from.layer !== "typed") return { value: { kind: "user-name" }, from: userName.from };
  const given = isLast ? name ?? own : own ?? name;
  if (given) return { value: { kind: "given", value: given.value }, from: given.from };
  return made({ kind: "given", value: generatedSessionName(now()), generated: true }, "generated");
}

/**
 * https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRole.html#API_AssumeRole_RequestParameters
 * (DurationSeconds)
 */
function checkDuration(given: Sourced<number> | undefined): Sourced<number> | undefined {
  if (!given || (given.value >= 900 && given.value <= 43_200)) return given;
  throw unexpected({ value: `${given.value}`, from: given.from }, "900 to 43200 seconds for a role");
}

/** Gives the code to the first role with an MFA device. A code can be used only once; other roles prompt for theirs. */
function giveCode(values: Values, roles: readonly RoleRequest[]): readonly RoleRequest[] {
  const given = values.tokenCode;
  if (!given) return roles;
  const index = roles.findIndex(({ mfa }) => mfa);
  if (index === -1) {
    if (given.from.layer !== "typed") return roles;
    throw new ArarError("--token-code requires an MFA device; name it with --serial-number");
  }
  const code: TokenCode = given.value === "-" ? { kind: "stdin" } : { kind: "given", code: checkTokenCode(given) };
  return roles.map((role, i) => i === index && role.mfa ? { ...role, mfa: { ...role.mfa, code } } : role);
}

// A role cannot be assumed across partitions:
// https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_terms-and-concepts.html
function refusePartitions(roles: readonly RoleRequest[]): void {
  for (const [index, { roleArn }] of roles.entries()) {
    const before = roles[index - 1]?.roleArn;
    if (before && partitionOf(before) !== partitionOf(roleArn)) {
      throw new ArarError(
        `role ${quote(before)} cannot assume ${quote(roleArn)}: a role cannot be assumed across partitions`,
      );
    }
  }
}

/**
 * Refuses what AssumeRoleWithWebIdentity has no parameter for:
 * https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRoleWithWebIdentity.html
 */
function refuseForWebIdentity(role: RoleRequest): void {
  const given = [
    role.externalId !== undefined && "external ID",
    role.sourceIdentity !== undefined && "source identity",
    role.tags.length > 0 && "session tags",
    role.transitiveTagKeys.length > 0 && "transitive tag keys",
    role.mfa !== undefined && "MFA device",
  ].filter((name) => name !== false);
  if (given.length > 0) {
    throw new ArarError(`a role assumed with web identity cannot have ${given.join(", ")}`, {
      hints: ["drop it, or add a role that gets it: --role-arn A --role-arn B"],
    });
  }
  if (role.sessionName.kind === "user-name") {
    throw new ArarError("a web identity has no IAM user name; use --role-session-name NAME");
  }
}
