/**
 * arar, "assume role and run": runs a command as an IAM role, with the AWS keys in the environment as source credentials.
 *
 * ```sh
 * AWS_ACCESS_KEY_ID=… AWS_SECRET_ACCESS_KEY=… AWS_ROLE_ARN=arn:aws:iam::…:role/terraform-role \
 *   deno run -A --no-config jsr:@ikedam/arar@1 -u -- terraform plan
 * ```
 *
 * @module
 */

import "./lib/system/runtime.ts";
import { run } from "./lib/run.ts";
import { system } from "./lib/system.ts";

if (import.meta.main) Deno.exit(await Promise.race([system.endedAsInit(), run(system)]));
