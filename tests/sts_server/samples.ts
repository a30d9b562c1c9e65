/**
 * Owns the people and roles that tests and the demo share; every value is made up.
 * Must not know how a request is checked.
 */
import type { Caller, MfaDevice, Role, Trust } from "./model.ts";

/** The account of all samples, and a second one for roles across accounts. */
export const ACCOUNT = "123456789012";
export const OTHER_ACCOUNT = "210987654321";

/** https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_identifiers.html */
export const PARTITIONS = [
  "aws",
  "aws-cn",
  "aws-us-gov",
  "aws-eusc",
  "aws-iso",
  "aws-iso-b",
  "aws-iso-e",
  "aws-iso-f",
] as const;

/** The codes are no part of any other sample value, so that a scan for them has no false hits. */
export const ALICE_MFA: MfaDevice = {
  serial: `arn:aws:iam::${ACCOUNT}:mfa/alice`,
  codes: ["794613", "805724", "916835"],
};

export const ALICE: Caller = {
  ...user("alice", "AKIAALICEXXXXEXAMPLE"),
  mfa: ALICE_MFA,
};
export const USER_WITH_PATH: Caller = user(
  "bob",
  "AKIABOBXXXXXXEXAMPLE",
  "/div/team/",
);
export const ONE_LETTER_USER: Caller = user("x", "AKIAXXXXXXXXXEXAMPLE");

export const ROOT: Caller = {
  arn: `arn:aws:iam::${ACCOUNT}:root`,
  userId: ACCOUNT,
  accessKeyId: "AKIAROOTXXXXXEXAMPLE",
  secretAccessKey: sampleSecret("root"),
};

export const FEDERATED_USER: Caller = {
  arn: `arn:aws:sts::${ACCOUNT}:federated-user/carol`,
  userId: `${ACCOUNT}:carol`,
  accessKeyId: "ASIACAROLXXXXEXAMPLE",
  secretAccessKey: sampleSecret("carol"),
  sessionToken: sampleToken("carol"),
};

export const ROLE_SESSION: Caller = roleSession(
  "runner-role",
  "i-0abcdef1234567890",
  "ASIARUNNERXXXEXAMPLE",
);
export const IDENTITY_CENTER: Caller = roleSession(
  "AWSReservedSSO_Developer_0a1b2c3d4e5f6071",
  "erin@example.com",
  "ASIAERINXXXXXEXAMPLE",
);

/** A role session whose token ran out long ago. */
export const EXPIRED_SESSION: Caller = {
  ...roleSession("runner-role", "i-0expired", "ASIAEXPIREDXXEXAMPLE"),
  expiresAt: new Date("2020-01-01T00:00:00Z"),
};

export const TERRAFORM_ROLE: Role = role("terraform-role");
export const USER_NAME_ROLE: Role = role("user-name-role", {
  sessionNameIsUserName: true,
});
export const EXTERNAL_ID = "customer:42/blue";
export const EXTERNAL_ID_ROLE: Role = role("external-id-role", {
  externalId: EXTERNAL_ID,
});
export const MFA_ROLE: Role = role("mfa-role", { mfa: true });
export const PATH_ROLE: Role = role("div/team/path-role");
export const ONE_HOUR_ROLE: Role = {
  ...role("one-hour-role"),
  maxSessionDuration: 3600,
};
/** Trusts sessions of `TERRAFORM_ROLE` only: the second hop of a chain. */
export const CHAINED_ROLE: Role = role("chained-role", {
  principals: [TERRAFORM_ROLE.arn],
});
export const CROSS_ACCOUNT_ROLE: Role = {
  ...role("cross-account-role", { principals: [ACCOUNT] }),
  arn: `arn:aws:iam::${OTHER_ACCOUNT}:role/cross-account-role`,
};
export const UNTAGGABLE_ROLE: Role = role("untaggable-role", {
  tagSession: false,
});
export const CLOSED_ROLE: Role = role("closed-role", { principals: [] });
export const GITHUB_ISSUER = "https://token.actions.githubusercontent.com";
export const WEB_IDENTITY_ROLE: Role = role("web-identity-role", {
  principals: [],
  webIdentity: {
    issuer: GITHUB_ISSUER,
    audience: "sts.amazonaws.com",
    subjectPrefix: "repo:octo-org/octo-repo:",
  },
});

/** One IAM user of each partition but `aws`, named `alice` like hers. */
export const PARTITION_USERS: readonly Caller[] = PARTITIONS.slice(1).map(
  (partition, index) => inPartition(partition, index),
);

export const SAMPLE_CALLERS: readonly Caller[] = [
  ALICE,
  USER_WITH_PATH,
  ONE_LETTER_USER,
  ROOT,
  FEDERATED_USER,
  ROLE_SESSION,
  IDENTITY_CENTER,
  EXPIRED_SESSION,
  ...PARTITION_USERS,
];

export const SAMPLE_ROLES: readonly Role[] = [
  TERRAFORM_ROLE,
  USER_NAME_ROLE,
  EXTERNAL_ID_ROLE,
  MFA_ROLE,
  PATH_ROLE,
  ONE_HOUR_ROLE,
  CHAINED_ROLE,
  CROSS_ACCOUNT_ROLE,
  UNTAGGABLE_ROLE,
  CLOSED_ROLE,
  WEB_IDENTITY_ROLE,
  ...PARTITIONS.slice(1).map((partition) => ({
    ...TERRAFORM_ROLE,
    arn: `arn:${partition}:iam::${ACCOUNT}:role/terraform-role`,
  })),
];

/** The environment that signs as a caller: what a CI job exports. */
export function callerEnv(caller: Caller): Record<string, string> {
  return {
    AWS_ACCESS_KEY_ID: caller.accessKeyId,
    AWS_SECRET_ACCESS_KEY: caller.secretAccessKey,
    ...(caller.sessionToken && { AWS_SESSION_TOKEN: caller.sessionToken }),
  };
}

/** An IAM user of the sample account. */
export function user(name: string, accessKeyId: string, path = "/"): Caller {
  return {
    arn: `arn:aws:iam::${ACCOUNT}:user${path}${name}`,
    userId: `AIDA${name.toUpperCase().padEnd(17, "X")}`,
    accessKeyId,
    secretAccessKey: sampleSecret(name),
  };
}

/** So many IAM users, `user-0` and on, for tests of many processes at once. */
export function crowd(count: number): Caller[] {
  return Array.from({ length: count }, (_, index) => {
    const number = String(index).padStart(4, "0");
    return user(`user-${index}`, `AKIACROWD${number}EXAMPLE`);
  });
}

/** A role of the sample account, long sessions allowed, trusting that account. */
export function role(name: string, trust: Trust = {}): Role {
  return {
    arn: `arn:aws:iam::${ACCOUNT}:role/${name}`,
    roleId: `AROA${name.replace(/\W/g, "").toUpperCase().padEnd(17, "X")}`,
    maxSessionDuration: 43200,
    trust,
  };
}

function roleSession(
  roleName: string,
  session: string,
  accessKeyId: string,
): Caller {
  return {
    arn: `arn:aws:sts::${ACCOUNT}:assumed-role/${roleName}/${session}`,
    userId: `AROA${roleName.slice(0, 6).toUpperCase()}XXXXXXXXXXX:${session}`,
    accessKeyId,
    secretAccessKey: sampleSecret(roleName),
    sessionToken: sampleToken(session),
    roleArn: `arn:aws:iam::${ACCOUNT}:role/${roleName}`,
  };
}

function inPartition(partition: string, index: number): Caller {
  return {
    ...user("alice", `AKIAPARTITION${index}EXMPL`.padEnd(20, "E")),
    arn: `arn:${partition}:iam::${ACCOUNT}:user/alice`,
    secretAccessKey: sampleSecret(partition),
  };
}

/** 40 characters with `+` and `/`, as real ones have, and a word that a scan for secrets finds. */
function sampleSecret(name: string): string {
  return `${name.slice(0, 12)}+SECRET/`.padEnd(40, "EXAMPLE/only+");
}

function sampleToken(name: string): string {
  return `IQoJ${name.slice(0, 12)}+TOKEN/`.padEnd(198, "EXAMPLE/only+") + "==";
}
