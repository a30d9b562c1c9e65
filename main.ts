/**
 * arar, "assume role and run": runs a command as an IAM role, with the AWS keys of the environment as source credentials.
 *
 * ```sh
 * AWS_ACCESS_KEY_ID=… AWS_SECRET_ACCESS_KEY=… AWS_ROLE_ARN=arn:aws:iam::…:role/terraform-role \
 *   deno run -A jsr:@ikedam/arar -u -- terraform plan
 * ```
 *
 * This file only hands the real world to the program; it must not decide anything.
 *
 * @module
 */

import { run } from "./lib/run.ts";
import { system } from "./lib/system.ts";

if (import.meta.main) Deno.exit(await run(system));
