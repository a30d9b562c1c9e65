/**
 * The roles of a run, each with its session name, MFA device and limits: the profile's own and the command line's.
 * It makes no call.
 *
 * @module
 */

import type { Hop, HopParameters, TokenCode } from "../aws/hop.ts";
import { checkSerialNumber, checkTokenCode } from "../aws/mfa.ts";
import { readParameters, type ReadTextFile, refuseForWebIdentity } from "../aws/parameters.ts";
import type { ProfileHop } from "../aws/profile.ts";
import { parseRoleArn, partitionOf } from "../aws/role_arn.ts";
import { readValue, type Typed } from "../cli/values.ts";
import { type Given, parseSeconds } from "../given.ts";
import { ArarError, quote } from "../errors.ts";
import type { Decision } from "./decision.ts";
import { givenParameters } from "./parameters.ts";
import { chooseSessionName, readSessionNames, type SessionNames } from "./session_name.ts";
import type { ChosenSource } from "./source.ts";

/** What the hops are read from. */
export interface HopsInput extends Typed {
  readonly now: number;
  readonly readTextFile: ReadTextFile;
}

/** The roles in order, and where what is known of them came from. */
export interface ReadHops {
  readonly hops: readonly [Hop, ...Hop[]];
  readonly decisions: readonly Decision[];
}

/** A role, and what the profile that names it says of it. */
interface Role {
  readonly arn: Given<string>;
  readonly own?: ProfileHop;
}

/** What was typed or exported for the run. A profile's settings belong to its own hop, these to one of them. */
interface Shared {
  readonly sessionNames: SessionNames;
  /** For the last hop. */
  readonly parameters: Omit<HopParameters, "durationSeconds">;
  /** For the last hop. */
  readonly duration: Given<number> | undefined;
  /** For the first hop of the command line: only a user has an MFA device, and later hops are signed by roles. */
  readonly serialNumber: Given<string> | undefined;
}

/** Reads the hops; throws an `ArarError` for a value that STS would refuse. */
export function readHops(input: HopsInput, chosen: ChosenSource): ReadHops {
  const roles: readonly Role[] = [
    ...chosen.profileHops.map((own) => ({ arn: { value: own.roleArn, from: `role_arn in ${own.from}` }, own })),
    ...chosen.roleArns.map((arn) => ({ arn })),
  ];
  const shared = readShared(input);
  const last = roles.length - 1;
  const withDevice = Math.min(chosen.profileHops.length, last);
  const planned = roles.map((role, index) =>
    planHop(role, shared, {
      isLast: index === last,
      takesDevice: index === withDevice,
    })
  );
  const [first, ...rest] = giveCode(input, planned.map(({ hop }) => hop));
  if (!first) {
    throw new ArarError("no role is named; name one with --role-arn or AWS_ROLE_ARN (see arar --help)");
  }
  refusePartitions([first, ...rest]);
  if (chosen.source.kind === "web-identity") refuseWebIdentity(first);
  return {
    hops: [first, ...rest],
    decisions: planned.flatMap(({ decisions }) => decisions),
  };
}

function readShared(input: HopsInput): Shared {
  const duration = readValue(input, "duration-seconds");
  return {
    sessionNames: readSessionNames(input, input.now),
    parameters: readParameters(givenParameters(input), input.readTextFile),
    duration: duration && { value: parseSeconds(duration, 900, 43_200), from: duration.from },
    serialNumber: readValue(input, "serial-number"),
  };
}

function planHop(
  { arn, own }: Role,
  shared: Shared,
  { isLast, takesDevice }: { readonly isLast: boolean; readonly takesDevice: boolean },
): { readonly hop: Hop; readonly decisions: readonly Decision[] } {
  const session = chooseSessionName(shared.sessionNames, ownValue(own, "roleSessionName"), isLast);
  const duration = (isLast ? shared.duration : undefined) ?? ownValue(own, "durationSeconds");
  const serial = (takesDevice ? shared.serialNumber : undefined) ?? ownValue(own, "mfaSerial");
  const hop: Hop = {
    policyArns: [],
    tags: [],
    transitiveTagKeys: [],
    ...(own?.externalId !== undefined && { externalId: own.externalId }),
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

function ownValue<Name extends keyof ProfileHop>(
  own: ProfileHop | undefined,
  name: Name,
): Given<NonNullable<ProfileHop[Name]>> | undefined {
  const value = own?.[name];
  return own && value !== undefined ? { value, from: own.from } : undefined;
}

/** Hands the given code to the first hop that needs one: a code serves once, further ones are asked for. */
function giveCode(typed: Typed, hops: readonly Hop[]): readonly Hop[] {
  const given = readValue(typed, "token-code");
  if (!given) return hops;
  const index = hops.findIndex(({ mfa }) => mfa);
  if (index === -1) {
    if (given.from !== "--token-code") return hops;
    throw new ArarError("--token-code is given, but no MFA device is; name it with --serial-number");
  }
  const code: TokenCode = given.value === "-" ? { kind: "stdin" } : { kind: "given", code: checkTokenCode(given) };
  return hops.map((hop, i) => i === index && hop.mfa ? { ...hop, mfa: { ...hop.mfa, code } } : hop);
}

// https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_terms-and-concepts.html: no role is assumed across partitions.
function refusePartitions(hops: readonly Hop[]): void {
  for (const [index, { roleArn }] of hops.entries()) {
    const before = hops[index - 1]?.roleArn;
    if (before && partitionOf(before) !== partitionOf(roleArn)) {
      throw new ArarError(
        `cannot go from role ${quote(before)} to ${quote(roleArn)}: a role cannot be assumed across partitions`,
      );
    }
  }
}

function refuseWebIdentity(hop: Hop): void {
  refuseForWebIdentity(hop);
  if (hop.mfa) {
    throw new ArarError("a web identity has no MFA device; drop --serial-number");
  }
  if (hop.sessionName.kind === "user-name") {
    throw new ArarError("a web identity has no IAM user name for the session; use --role-session-name NAME");
  }
}
