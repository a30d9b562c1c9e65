/**
 * How made-up callers and roles are built, for the samples and for tests that need others.
 */
import type { Caller, Role, Trust } from "./model.ts";

/** The account of all samples. */
export const ACCOUNT = "123456789012";

/** An IAM user of the sample account. */
export function user(name: string, accessKeyId: string, path = "/"): Caller {
  return {
    arn: `arn:aws:iam::${ACCOUNT}:user${path}${name}`,
    userId: `AIDA${name.toUpperCase().padEnd(17, "X")}`,
    accessKeyId,
    secretAccessKey: sampleSecret(name),
  };
}

/** IAM users `user-0`, `user-1`, … for tests of many processes at once. */
export function crowd(count: number): Caller[] {
  return Array.from({ length: count }, (_, index) => {
    const number = String(index).padStart(4, "0");
    return user(`user-${index}`, `AKIACROWD${number}EXAMPLE`);
  });
}

/** A role of the sample account that trusts it and allows twelve hours. */
export function role(name: string, trust: Trust = {}): Role {
  return {
    arn: `arn:aws:iam::${ACCOUNT}:role/${name}`,
    roleId: `AROA${name.replace(/\W/g, "").toUpperCase().padEnd(17, "X")}`,
    maxSessionDuration: 43200,
    trust,
  };
}

/** A session of a role of the sample account. */
export function roleSession(roleName: string, session: string, accessKeyId: string): Caller {
  return {
    arn: `arn:aws:sts::${ACCOUNT}:assumed-role/${roleName}/${session}`,
    userId: `AROA${roleName.slice(0, 6).toUpperCase()}XXXXXXXXXXX:${session}`,
    accessKeyId,
    secretAccessKey: sampleSecret(roleName),
    sessionToken: sampleToken(session),
    roleArn: `arn:aws:iam::${ACCOUNT}:role/${roleName}`,
  };
}

/** An IAM user named alice in another partition. */
export function userIn(partition: string, index: number): Caller {
  return {
    ...user("alice", `AKIAPARTITION${index}EXMPL`.padEnd(20, "E")),
    arn: `arn:${partition}:iam::${ACCOUNT}:user/alice`,
    secretAccessKey: sampleSecret(partition),
  };
}

/** 40 characters with the `+` and `/` of real ones, and a word that a scan for secrets finds. */
export function sampleSecret(name: string): string {
  return `${name.slice(0, 12)}+SECRET/`.padEnd(40, "EXAMPLE/only+");
}

/** As long as a real one, with the same special characters. */
export function sampleToken(name: string): string {
  return `IQoJ${name.slice(0, 12)}+TOKEN/`.padEnd(198, "EXAMPLE/only+") + "==";
}
