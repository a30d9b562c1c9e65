/**
 * The roles that a run asks for, first the profile's, then the command line's. Each field keeps its origin, which the views
 * show.
 */

import type { Endpoint } from "../aws/endpoint.ts";
import { checkPolicy, checkPolicyArns, checkTags, checkTransitiveTagKeys } from "../aws/limits.ts";
import { checkTokenCode } from "../aws/mfa.ts";
import type { RoleRequest, SessionName, Tag, Target, TokenCode } from "../aws/role_request.ts";
import { checkRoleArn, generatedSessionName, partitionOf } from "../aws/role_rules.ts";
import type { Signer } from "../aws/signer.ts";
import { OPTIONS, type Values } from "../cli/options.ts";
import { ArarError, quote } from "../errors.ts";
import type { Section } from "../profile/shared_files.ts";
import { made, type Sourced, unexpected } from "../sourced.ts";
import type { System } from "../system.ts";
import type { ChosenSigner } from "./choose_signer.ts";
import { profileValue } from "./values.ts";

/** A role as it is asked for. */
export interface RequestedRole {
  readonly roleArn: Sourced<string>;
  readonly sessionName: Sourced<SessionName>;
  readonly durationSeconds: Sourced<number> | undefined;
  readonly serialNumber: Sourced<string> | undefined;
  readonly externalId: Sourced<string> | undefined;
  readonly sourceIdentity: Sourced<string> | undefined;
  readonly policy: Sourced<string> | undefined;
  readonly policyArns: readonly Sourced<string>[];
  readonly tags: readonly Sourced<Tag>[];
  readonly transitiveTagKeys: readonly Sourced<string>[];
  /** Whether it is assumed with temporary credentials, as far as is known before any request. */
  readonly isChained: boolean;
}

/** The roles with the origin of every field. */
export interface RequestedRoles {
  readonly kind: "roles";
  readonly roles: readonly RequestedRole[];
}

/** What reading the roles needs besides the options and the signer. */
interface RolesContext {
  readonly system: Pick<System, "now" | "os" | "readTextFileSync">;
  readonly endpoint: Endpoint;
}

/** Reads the roles; throws an `ArarError` for a value that STS would refuse. `undefined` if there is no role. */
export function readRoles(
  values: Values,
  chosen: ChosenSigner,
  context: RolesContext,
): { readonly requested: RequestedRoles; readonly target: Target } | undefined {
  const roles = requestedRoles(values, chosen, context);
  const [first, ...others] = roles.length > 0 ? giveCode(values, roles.map(requestOf)) : [];
  if (!first) return undefined;
  refusePartitions([first, ...others]);
  if (chosen.signer.kind === "web-identity") refuseForWebIdentity(first);
  return { requested: { kind: "roles", roles }, target: { kind: "roles", roles: [first, ...others] } };
}

/** The position of a role in the chain decides which options it gets. */
function requestedRoles(
  values: Values,
  { profileRoles, roleArns, signer }: ChosenSigner,
  { system, endpoint }: RolesContext,
): readonly RequestedRole[] {
  const named: readonly { readonly roleArn: Sourced<string>; readonly own?: Section }[] = [
    ...profileRoles.flatMap((own) => {
      const roleArn = own.get("role_arn");
      return roleArn ? [{ roleArn, own }] : [];
    }),
    ...roleArns.map((roleArn) => ({ roleArn })),
  ];
  const last = named.length - 1;
  // The first role of the command line gets the MFA device: only a user has one, and roles assume the later roles.
  const withDevice = Math.min(profileRoles.length, last);
  return named.map(({ roleArn, own }, index) => {
    checkRoleArn(roleArn, { anyAccount: endpoint.url !== undefined });
    const isLast = index === last;
    return {
      roleArn,
      sessionName: chooseSessionName(values, profileValue(OPTIONS.roleSessionName, own, system), isLast, system),
      durationSeconds: checkDuration(
        (isLast && values.durationSeconds) || profileValue(OPTIONS.durationSeconds, own, system),
      ),
      serialNumber: checkDevice(
        (index === withDevice && values.serialNumber) || profileValue(OPTIONS.serialNumber, own, system),
      ),
      externalId: (isLast && values.externalId) || profileValue(OPTIONS.externalId, own, system),
      // The last role gets the session parameters.
      ...isLast ? readParameters(values, partitionOf(roleArn.value) ?? "aws") : NO_PARAMETERS,
      isChained: index > 0 || isTemporary(signer),
    };
  });
}

function isTemporary(signer: Signer): boolean {
  return signer.kind === "keys"
    ? signer.credentials.sessionToken !== undefined
    : signer.kind === "container" || signer.kind === "instance";
}

const NO_PARAMETERS = { sourceIdentity: undefined, policy: undefined, policyArns: [], tags: [], transitiveTagKeys: [] };

function readParameters(values: Values, partition: string) {
  const { sourceIdentity, tag, transitiveTagKey } = values;
  const policyArns = values.policyArn.map((given) => managedPolicy(given, partition));
  const policy = policyOf(values.policy, policyArns.map(valueOf).join("").length);
  checkPolicyArns(policyArns, policy?.value);
  checkTransitiveTagKeys(transitiveTagKey, checkTags(tag));
  return { sourceIdentity, policy, policyArns, tags: tag, transitiveTagKeys: transitiveTagKey };
}

/** AWS's own managed policy if only its name is given, with the path that some have: `job-function/Billing`. */
function managedPolicy(given: Sourced<string>, partition: string): Sourced<string> {
  if (!/^\w[\w+=,.@/-]*$/.test(given.value)) return given;
  return { ...given, value: `arn:${partition}:iam::aws:policy/${given.value}` };
}

/** The inline session policy, checked together with so many characters of other policies. */
export function policyOf(given: Values["policy"], others = 0): Sourced<string> | undefined {
  return given && checkPolicy({ value: given.value.text, from: given.value.from }, others);
}

/** The same without origins, for AWS. */
function requestOf(role: RequestedRole): RoleRequest {
  const { durationSeconds, serialNumber, externalId, sourceIdentity, policy } = role;
  return {
    roleArn: role.roleArn.value,
    sessionName: role.sessionName.value,
    policyArns: role.policyArns.map(valueOf),
    tags: role.tags.map(valueOf),
    transitiveTagKeys: role.transitiveTagKeys.map(valueOf),
    ...(policy && { policy: policy.value }),
    ...(durationSeconds && { durationSeconds: durationSeconds.value }),
    ...(externalId && { externalId: externalId.value }),
    ...(sourceIdentity && { sourceIdentity: sourceIdentity.value }),
    ...(serialNumber && { mfa: { serialNumber: serialNumber.value, code: { kind: "ask" } } }),
  };
}

function valueOf<Value>({ value }: Sourced<Value>): Value {
  return value;
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
  if (userName && name?.from.layer !== "command-line") return { value: { kind: "user-name" }, from: userName.from };
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

/** Where the MFA code comes from; throws an `ArarError` for a typed one without a device. */
export function tokenCodeOf({ tokenCode: given }: Values, hasDevice: boolean): TokenCode {
  if (!given || (!hasDevice && given.from.layer !== "command-line")) return { kind: "ask" };
  if (!hasDevice) throw new ArarError("--token-code requires an MFA device; name it with --serial-number");
  return given.value === "-" ? { kind: "stdin" } : { kind: "given", code: checkTokenCode(given) };
}

/**
 * Refuses what shows no code: https://docs.aws.amazon.com/IAM/latest/UserGuide/id_credentials_mfa_enable_fido.html (FIDO and
 * the AWS API)
 */
export function checkDevice(given: Sourced<string> | undefined): Sourced<string> | undefined {
  if (!given?.value.includes(":u2f/")) return given;
  throw unexpected(given, "a device that shows codes: STS cannot use a passkey or FIDO security key (u2f)");
}

/** Gives the code to the first role with an MFA device. A code can be used only once; other roles prompt for theirs. */
function giveCode(values: Values, roles: readonly RoleRequest[]): readonly RoleRequest[] {
  const index = roles.findIndex(({ mfa }) => mfa);
  const code = tokenCodeOf(values, index !== -1);
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
