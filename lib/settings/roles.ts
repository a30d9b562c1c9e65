/**
 * The roles of a run, the profile's own and the command line's, each with its session name, MFA device and limits.
 *
 * @module
 */

import type { Endpoint } from "../aws/endpoint.ts";
import { checkTokenCode } from "../aws/mfa.ts";
import { parseRoleArn, partitionOf } from "../aws/role_arn.ts";
import type { RoleParameters, RoleRequest, SessionName, TokenCode } from "../aws/role_request.ts";
import { checkPolicy, checkPolicyArns } from "../aws/session_policy.ts";
import { checkTags, checkTransitiveTagKeys } from "../aws/session_tags.ts";
import { generatedSessionName } from "../aws/session_name.ts";
import type { Signer } from "../aws/signer.ts";
import { type OptionName, PASSED } from "../cli/options.ts";
import { ArarError, quote } from "../errors.ts";
import type { ProfileRole } from "../profile/follow_profile.ts";
import type { Decision } from "../report.ts";
import { type Sourced, unexpected } from "../sourced.ts";
import type { System } from "../system.ts";
import type { ChosenSigner } from "./who_signs.ts";
import { decided, decidedParameters, describeDuration, describeName } from "./decisions.ts";
import { type Given, profileValue, type Values } from "./values.ts";

/** The roles in order, and where what is known of them stands. */
export interface ReadRoles {
  readonly roles: readonly RoleRequest[];
  readonly decisions: readonly Decision[];
}

/** What is known besides who signs. */
interface Surroundings {
  readonly system: Pick<System, "now" | "os" | "readTextFileSync">;
  readonly endpoint: Endpoint;
}

/** A role, and what the profile that names it says of it. */
interface Role {
  readonly arn: Sourced<string>;
  readonly own?: ProfileRole;
}

/** Which of what was typed or exported a role gets. */
interface Place {
  readonly isFirst: boolean;
  /** Parameters and duration are for the last role. */
  readonly isLast: boolean;
  /** The MFA device is for the first role of the command line: only a user has one, and later roles are assumed by roles. */
  readonly takesDevice: boolean;
}

/** Reads the roles, of which there may be none; throws an `ArarError` for a value that STS would refuse. */
export function readRoles(values: Values, chosen: ChosenSigner, { system, endpoint }: Surroundings): ReadRoles {
  const { profileRoles, roleArns, signer } = chosen;
  const roles: readonly Role[] = [
    ...profileRoles.flatMap((own) => {
      const arn = own.settings.get("role_arn");
      return arn ? [{ arn, own }] : [];
    }),
    ...roleArns.map((arn) => ({ arn })),
  ];
  const last = roles.length - 1;
  const planned = roles.map((role, index) => {
    const place = {
      isFirst: index === 0,
      isLast: index === last,
      takesDevice: index === Math.min(profileRoles.length, last),
    };
    return planRole(role, place, { values, signer, system, endpoint });
  });
  const requests = giveCode(values, planned.map(({ request }) => request));
  refusePartitions(requests);
  if (signer.kind === "web-identity" && requests[0]) refuseForWebIdentity(requests[0]);
  return { roles: requests, decisions: planned.flatMap(({ decisions }) => decisions) };
}

interface Context extends Surroundings {
  readonly values: Values;
  readonly signer: Signer;
}

function planRole({ arn, own }: Role, place: Place, { values, signer, system, endpoint }: Context) {
  const ownValue = <Name extends OptionName<"value">>(name: Name) => profileValue(name, own?.settings, system);
  const sessionName = chooseSessionName(values, ownValue("role-session-name"), place, system);
  const lastDuration = place.isLast ? values["duration-seconds"] : undefined;
  const duration = checkDuration(lastDuration ?? ownValue("duration-seconds"));
  const serial = (place.takesDevice ? values["serial-number"] : undefined) ?? ownValue("serial-number");
  const passed = PASSED.flatMap((name) => {
    const given = (place.isLast ? values[name] : undefined) ?? ownValue(name);
    return given ? [{ name, given }] : [];
  });
  const request: RoleRequest = {
    ...place.isLast ? readParameters(values) : NO_PARAMETERS,
    passed: Object.fromEntries(passed.map(({ name, given }) => [name, given.value])),
    roleArn: parseRoleArn(arn, { allowNoAccount: endpoint.url !== undefined }).arn,
    sessionName: sessionName.value,
    ...(duration && { durationSeconds: duration.value }),
    ...(serial && { mfa: { serialNumber: serial.value, code: { kind: "ask" } } }),
  };
  const isChained = !place.isFirst || isTemporary(signer);
  const decisions: readonly Decision[] = [
    ...decided("role", arn),
    ...decided("session name", sessionName, describeName),
    ...decided("duration", duration, (seconds) => describeDuration(seconds, isChained)),
    ...decided("MFA device", serial),
    ...passed.flatMap(({ name, given }) => decided(name.replaceAll("-", " "), given)),
    ...(place.isLast ? decidedParameters(values, request) : []),
  ];
  return { request, decisions };
}

/** Whether the source credentials are temporary, as far as that is known before anybody is asked. */
function isTemporary(signer: Signer): boolean {
  return signer.kind === "keys"
    ? signer.credentials.sessionToken !== undefined
    : signer.kind === "container" || signer.kind === "instance";
}

const NO_PARAMETERS = { policyArns: [], tags: [], transitiveTagKeys: [] } as const;

function readParameters(values: Values): Omit<RoleParameters, "passed"> {
  const policy = values.policy && checkPolicy({ value: values.policy.value.text, from: values.policy.value.from });
  const tags = checkTags(values.tag ?? []);
  return {
    ...(policy !== undefined && { policy }),
    policyArns: checkPolicyArns(values["policy-arn"] ?? [], policy),
    tags,
    transitiveTagKeys: checkTransitiveTagKeys(values["transitive-tag-key"] ?? [], tags),
  };
}

/**
 * A name that was typed, or exported, is for the last role and for every other that has none of its own; the user name is for all.
 * Typed, `ARAR_USERNAME_SESSION`, `AWS_ROLE_SESSION_NAME`: the order in which a run is set up and then adjusted.
 */
function chooseSessionName(
  values: Values,
  own: Given<string> | undefined,
  { isLast }: Place,
  { now }: Pick<System, "now">,
): Sourced<SessionName> {
  const name = values["role-session-name"];
  const userName = values["username-session"];
  if (userName && name?.layer !== "typed") return { value: { kind: "user-name" }, from: userName.from };
  const given = isLast ? name ?? own : own ?? name;
  if (given) return { value: { kind: "given", value: given.value }, from: given.from };
  return { value: { kind: "given", value: generatedSessionName(now()), generated: true }, from: "generated" };
}

/** https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRole.html#API_AssumeRole_RequestParameters (DurationSeconds) */
function checkDuration(given: Given<number> | undefined): Given<number> | undefined {
  if (!given || (given.value >= 900 && given.value <= 43_200)) return given;
  throw unexpected({ value: `${given.value}`, from: given.from }, "900 to 43200 seconds for a role");
}

/** Hands the given code to the first role that needs one: a code can be used once, further ones are asked for. */
function giveCode(values: Values, roles: readonly RoleRequest[]): readonly RoleRequest[] {
  const given = values["token-code"];
  if (!given) return roles;
  const index = roles.findIndex(({ mfa }) => mfa);
  if (index === -1) {
    if (given.layer !== "typed") return roles;
    throw new ArarError("--token-code is given, but no MFA device; name it with --serial-number");
  }
  const code: TokenCode = given.value === "-" ? { kind: "stdin" } : { kind: "given", code: checkTokenCode(given) };
  return roles.map((role, i) => i === index && role.mfa ? { ...role, mfa: { ...role.mfa, code } } : role);
}

// https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_terms-and-concepts.html: no role is assumed across partitions.
function refusePartitions(roles: readonly RoleRequest[]): void {
  for (const [index, { roleArn }] of roles.entries()) {
    const before = roles[index - 1]?.roleArn;
    if (before && partitionOf(before) !== partitionOf(roleArn)) {
      throw new ArarError(
        `cannot go from role ${quote(before)} to ${quote(roleArn)}: a role cannot be assumed across partitions`,
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
    ...Object.keys(role.passed).map((name) => name.replaceAll("-", " ")),
    role.tags.length > 0 && "session tags",
    role.transitiveTagKeys.length > 0 && "transitive tag keys",
    role.mfa !== undefined && "MFA device",
  ].filter((name) => name !== false);
  if (given.length > 0) {
    throw new ArarError(`a role that is assumed by web identity can have no ${given.join(", no ")}`, {
      hints: ["leave it out, or give it to a further role of the chain: --role-arn A --role-arn B"],
    });
  }
  if (role.sessionName.kind === "user-name") {
    throw new ArarError("a web identity has no IAM user name for the session; use --role-session-name NAME");
  }
}
