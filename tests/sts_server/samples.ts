/**
 * The callers and roles that tests and the demo share; every value is made up.
 */
import type { Caller, MfaDevice, Role } from "./model.ts";
import { ACCOUNT, role, roleSession, sampleSecret, sampleToken, user, userIn } from "./sample_parts.ts";

export { ACCOUNT, crowd, role, user } from "./sample_parts.ts";

/** A second account, for roles across accounts. */
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

/** The codes occur in no other sample value, so that a scan for them has no false hits. */
export const ALICE_MFA: MfaDevice = {
  serial: `arn:aws:iam::${ACCOUNT}:mfa/alice`,
  codes: ["794613", "805724", "916835"],
};

export const ALICE: Caller = { ...user("alice", "AKIAALICEXXXXEXAMPLE"), mfa: ALICE_MFA };
export const USER_WITH_PATH: Caller = user("bob", "AKIABOBXXXXXXEXAMPLE", "/div/team/");

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

export const ROLE_SESSION: Caller = roleSession("runner-role", "i-0abcdef1234567890", "ASIARUNNERXXXEXAMPLE");
export const IDENTITY_CENTER: Caller = roleSession(
  "AWSReservedSSO_Developer_0a1b2c3d4e5f6071",
  "erin@example.com",
  "ASIAERINXXXXXEXAMPLE",
);

/** A role session that expired long ago. */
export const EXPIRED_SESSION: Caller = {
  ...roleSession("runner-role", "i-0expired", "ASIAEXPIREDXXEXAMPLE"),
  expiresAt: new Date("2020-01-01T00:00:00Z"),
};

export const TERRAFORM_ROLE: Role = role("terraform-role");
export const USER_NAME_ROLE: Role = role("user-name-role", { sessionNameIsUserName: true });
export const EXTERNAL_ID = "customer:42/blue";
export const EXTERNAL_ID_ROLE: Role = role("external-id-role", { externalId: EXTERNAL_ID });
export const MFA_ROLE: Role = role("mfa-role", { mfa: true });
export const PATH_ROLE: Role = role("div/team/path-role");
export const ONE_HOUR_ROLE: Role = { ...role("one-hour-role"), maxSessionDuration: 3600 };
/** Trusts only sessions of `TERRAFORM_ROLE`: the second role of a chain. */
export const CHAINED_ROLE: Role = role("chained-role", { principals: [TERRAFORM_ROLE.arn] });
export const CROSS_ACCOUNT_ROLE: Role = {
  ...role("cross-account-role", { principals: [ACCOUNT] }),
  arn: `arn:aws:iam::${OTHER_ACCOUNT}:role/cross-account-role`,
};
export const CLOSED_ROLE: Role = role("closed-role", { principals: [] });
export const GITHUB_ISSUER = "https://token.actions.githubusercontent.com";
export const WEB_IDENTITY_ROLE: Role = role("web-identity-role", {
  principals: [],
  webIdentity: {
    audience: "sts.amazonaws.com",
    subjectPrefix: "repo:octo-org/octo-repo:",
  },
});

/** An IAM user named `alice` in each partition but `aws`. */
export const PARTITION_USERS: readonly Caller[] = PARTITIONS.slice(1).map(userIn);

export const SAMPLE_CALLERS: readonly Caller[] = [
  ALICE,
  USER_WITH_PATH,
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
  CLOSED_ROLE,
  WEB_IDENTITY_ROLE,
  ...PARTITIONS.slice(1).map((partition) => ({
    ...TERRAFORM_ROLE,
    arn: `arn:${partition}:iam::${ACCOUNT}:role/terraform-role`,
  })),
];

/** The caller's credentials as a CI job exports them. */
export function callerEnv(caller: Caller): Record<string, string> {
  return {
    AWS_ACCESS_KEY_ID: caller.accessKeyId,
    AWS_SECRET_ACCESS_KEY: caller.secretAccessKey,
    ...(caller.sessionToken && { AWS_SESSION_TOKEN: caller.sessionToken }),
  };
}
