/**
 * The roles of a run, each with its session name, MFA device and limits: the profile's own and the command line's.
 * It makes no call.
 *
 * @module
 */

import type { RoleParameters, RoleRequest, TokenCode } from "../aws/role_request.ts";
import { checkSerialNumber, checkTokenCode } from "../aws/mfa.ts";
import { checkExternalId, readParameters, type ReadTextFile, refuseForWebIdentity } from "../aws/parameters.ts";
import type { ProfileRole } from "../profile/follow_profile.ts";
import { parseRoleArn, partitionOf } from "../aws/role_arn.ts";
import { readValue, type Typed } from "../cli/values.ts";
import { parseSeconds, type Sourced } from "../sourced.ts";
import { ArarError, quote } from "../errors.ts";
import type { Decision } from "./decision.ts";
import { givenParameters } from "./parameters.ts";
import { chooseSessionName, readSessionNames, type SessionNames } from "./session_name.ts";
import type { ChosenSigner } from "./signer.ts";

/** What the roles are read from. */
export interface RolesInput extends Typed {
  readonly now: number;
  readonly readTextFile: ReadTextFile;
}

/** The roles in order, and where what is known of them came from. */
export interface ReadRoles {
  readonly roles: readonly [RoleRequest, ...RoleRequest[]];
  readonly decisions: readonly Decision[];
}

/** A role, and what the profile that names it says of it. */
interface Role {
  readonly arn: Sourced<string>;
  readonly own?: ProfileRole;
}

/** What was typed or exported for the run. A profile's settings belong to its own hop, these to one of them. */
interface Shared {
  readonly sessionNames: SessionNames;
  /** For the last hop. */
  readonly parameters: Omit<RoleParameters, "durationSeconds">;
  /** For the last hop. */
  readonly duration: Sourced<number> | undefined;
  /** For the first hop of the command line: only a user has an MFA device, and later roles are signed by roles. */
  readonly serialNumber: Sourced<string> | undefined;
}

/** Reads the roles; throws an `ArarError` for a value that STS would refuse. */
export function readRoles(input: RolesInput, chosen: ChosenSigner): ReadRoles {
  const roles: readonly Role[] = [
    ...chosen.profileRoles.flatMap((own) => {
      const arn = own.settings.get("role_arn");
      return arn ? [{ arn, own }] : [];
    }),
    ...chosen.roleArns.map((arn) => ({ arn })),
  ];
  const shared = readShared(input);
  const last = roles.length - 1;
  const withDevice = Math.min(chosen.profileRoles.length, last);
  const planned = roles.map((role, index) =>
    planRole(role, shared, {
      isLast: index === last,
      takesDevice: index === withDevice,
    })
  );
  const [first, ...rest] = giveCode(input, planned.map(({ hop }) => hop));
  if (!first) {
    throw new ArarError("no role is named; name one with --role-arn or AWS_ROLE_ARN (see arar --help)");
  }
  refusePartitions([first, ...rest]);
  if (chosen.signer.kind === "web-identity") refuseWebIdentity(first);
  return {
    roles: [first, ...rest],
    decisions: planned.flatMap(({ decisions }) => decisions),
  };
}

function readShared(input: RolesInput): Shared {
  const duration = readValue(input, "duration-seconds");
  return {
    sessionNames: readSessionNames(input, input.now),
    parameters: readParameters(givenParameters(input), input.readTextFile),
    duration: duration && { value: parseSeconds(duration, 900, 43_200), from: duration.from },
    serialNumber: readValue(input, "serial-number"),
  };
}

function planRole(
  { arn, own }: Role,
  shared: Shared,
  { isLast, takesDevice }: { readonly isLast: boolean; readonly takesDevice: boolean },
): { readonly hop: RoleRequest; readonly decisions: readonly Decision[] } {
  const session = chooseSessionName(shared.sessionNames, own?.settings.get("role_session_name"), isLast);
  const ownDuration = own?.settings.get("duration_seconds");
  const ownExternalId = own?.settings.get("external_id");
  const duration = (isLast ? shared.duration : undefined) ??
    (ownDuration && { value: parseSeconds(ownDuration, 900, 43_200), from: ownDuration.from });
  const serial = (takesDevice ? shared.serialNumber : undefined) ?? own?.settings.get("mfa_serial");
  const hop: RoleRequest = {
    policyArns: [],
    tags: [],
    transitiveTagKeys: [],
    ...(ownExternalId && { externalId: checkExternalId(ownExternalId) }),
    ...(isLast && shared.parameters),
    roleArn: parseRoleArn(arn).arn,
    sessionName: session.value,
    ...(duration && { durationSeconds: duration.value }),
    ...(serial && { mfa: { serialNumber: checkSerialNumber(serial), code: { kind: "ask" } } }),
  };
  const name = session.value.kind === "user-name" ? "the caller's IAM user name, asked from STS" : session.value.value;
  return {
    hop,
    decisions: [
      { field: "role", value: hop.roleArn, from: arn.from },
      { field: "session name", value: name, from: session.from },
      ...(duration ? [{ field: "duration" as const, value: `${duration.value} s`, from: duration.from }] : []),
      ...(serial ? [{ field: "MFA device" as const, ...serial }] : []),
    ],
  };
}

/** Hands the given code to the first hop that needs one: a code serves once, further ones are asked for. */
function giveCode(typed: Typed, roles: readonly RoleRequest[]): readonly RoleRequest[] {
  const given = readValue(typed, "token-code");
  if (!given) return roles;
  const index = roles.findIndex(({ mfa }) => mfa);
  if (index === -1) {
    if (given.from !== "--token-code") return roles;
    throw new ArarError("--token-code is given, but no MFA device is; name it with --serial-number");
  }
  const code: TokenCode = given.value === "-" ? { kind: "stdin" } : { kind: "given", code: checkTokenCode(given) };
  return roles.map((hop, i) => i === index && hop.mfa ? { ...hop, mfa: { ...hop.mfa, code } } : hop);
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

function refuseWebIdentity(hop: RoleRequest): void {
  refuseForWebIdentity(hop);
  if (hop.mfa) {
    throw new ArarError("a web identity has no MFA device; drop --serial-number");
  }
  if (hop.sessionName.kind === "user-name") {
    throw new ArarError("a web identity has no IAM user name for the session; use --role-session-name NAME");
  }
}
