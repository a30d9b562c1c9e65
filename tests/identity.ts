/**
 * Prints the caller's identity, as `aws sts get-caller-identity` does, for a demo on a machine without `aws`.
 */
// deno-lint-ignore-file no-console
import { GetCallerIdentityCommand, STSClient } from "@aws-sdk/client-sts";

const { AWS_ENDPOINT_URL_STS: endpoint = "", AWS_DEFAULT_REGION: region = "" } = Deno.env.toObject();
const client = new STSClient({ endpoint, region });
console.log((await client.send(new GetCallerIdentityCommand({}))).Arn);
