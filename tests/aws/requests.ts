/** A request for one role, from which tests make others. */
import type { RoleRequest } from "../../lib/aws/role_request.ts";

/** Requests nothing but the role, with a given name. */
export const REQUEST = {
  roleArn: "arn:aws:iam::123456789012:role/deploy",
  sessionName: { kind: "given", value: "ci" },
  policyArns: [],
  tags: [],
  transitiveTagKeys: [],
} satisfies RoleRequest;
