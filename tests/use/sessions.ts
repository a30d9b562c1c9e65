/** A role session for tests. */
import type { RoleSession, SessionCredentials } from "../../lib/aws/credentials.ts";

/** What differs from the sample. */
type Change = Partial<Omit<RoleSession, "credentials">> & { readonly credentials?: Partial<SessionCredentials> };

/** A session of the role `deploy` that expires at 2030-01-02T03:04:05Z. */
export function sampleSession({ credentials, ...change }: Change = {}): RoleSession {
  return {
    arn: "arn:aws:sts::123456789012:assumed-role/deploy/alice",
    accountId: "123456789012",
    ...change,
    credentials: {
      accessKeyId: "ASIAEXAMPLE",
      secretAccessKey: "se/cret",
      sessionToken: "to+ken==",
      expiration: new Date("2030-01-02T03:04:05Z"),
      ...credentials,
    },
  };
}
