/**
 * Calls the server with the real SDK, or with the AWS CLI, and checks refusals.
 */
import {
  AssumeRoleCommand,
  type AssumeRoleCommandInput,
  type AssumeRoleCommandOutput,
  AssumeRoleWithWebIdentityCommand,
  type Credentials,
  GetCallerIdentityCommand,
  STSClient,
  STSServiceException,
} from "@aws-sdk/client-sts";
import { assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import type { Caller } from "./model.ts";
import { ALICE, TERRAFORM_ROLE, WEB_IDENTITY_ROLE } from "./samples.ts";

/** What signs a request. */
export type Keys = Pick<Caller, "accessKeyId" | "secretAccessKey" | "sessionToken">;

/** A role session. */
export interface Session extends Required<Keys> {
  readonly output: AssumeRoleCommandOutput;
}

/** The region that every test signs for. */
export const REGION = "eu-west-1";

/** A client without retries, so that a test sees the first answer. */
export function client(
  sts: { readonly url: string },
  { accessKeyId, secretAccessKey, sessionToken }: Keys = ALICE,
): STSClient {
  const credentials = { accessKeyId, secretAccessKey, ...(sessionToken !== undefined && { sessionToken }) };
  return new STSClient({ endpoint: sts.url, region: REGION, credentials, maxAttempts: 1 });
}

/** The caller's ARN. */
export async function whoAmI(sts: { readonly url: string }, keys: Keys): Promise<string | undefined> {
  return (await client(sts, keys).send(new GetCallerIdentityCommand({}))).Arn;
}

/** Assumes `TERRAFORM_ROLE` as `test`, unless the input says otherwise. */
export async function assume(
  sts: { readonly url: string },
  input: Partial<AssumeRoleCommandInput> = {},
  keys: Keys = ALICE,
): Promise<Session> {
  const command = new AssumeRoleCommand({ RoleArn: TERRAFORM_ROLE.arn, RoleSessionName: "test", ...input });
  const output = await client(sts, keys).send(command);
  return { output, ...keysOf(output) };
}

/** Assumes a role with a web identity token, without keys. */
export async function assumeWithToken(
  { url }: { readonly url: string },
  WebIdentityToken: string,
  RoleArn: string = WEB_IDENTITY_ROLE.arn,
): Promise<void> {
  const client = new STSClient({ endpoint: url, region: REGION, maxAttempts: 1 });
  await client.send(new AssumeRoleWithWebIdentityCommand({ RoleArn, RoleSessionName: "test", WebIdentityToken }));
}

/** The keys in an answer. */
export function keysOf(output: { readonly Credentials?: Credentials | undefined }): Required<Keys> {
  const { AccessKeyId = "", SecretAccessKey = "", SessionToken = "" } = output.Credentials ?? {};
  return { accessKeyId: AccessKeyId, secretAccessKey: SecretAccessKey, sessionToken: SessionToken };
}

/**
 * Asserts that STS refuses with this code, status and part of the message. The SDK names some errors by their shape,
 * which has a suffix that the code on the wire lacks (`PackedPolicyTooLargeException`), so the suffix does not count.
 */
export async function assertRefused(
  call: Promise<unknown>,
  code: string,
  status: number,
  message: string,
): Promise<void> {
  const error = await assertRejects(() => call, STSServiceException);
  const withoutSuffix = (name: string) => name.replace(/Exception$/, "");
  const actual = [withoutSuffix(error.name), error.$metadata.httpStatusCode];
  assertEquals(actual, [withoutSuffix(code), status], error.message);
  assertStringIncludes(error.message, message);
}

/** What `aws sts get-caller-identity` prints in this environment; undefined if the AWS CLI is missing. */
export async function awsIdentity(
  env: Readonly<Record<string, string>>,
): Promise<{ readonly arn: string; readonly stderr: string } | undefined> {
  const inherited = Object.entries(Deno.env.toObject())
    .filter(([name]) => !name.startsWith("AWS_"));
  try {
    const { stdout, stderr } = await new Deno.Command("aws", {
      args: ["sts", "get-caller-identity", "--query", "Arn", "--output=text"],
      clearEnv: true,
      env: {
        ...Object.fromEntries(inherited),
        AWS_CONFIG_FILE: "no such file",
        AWS_SHARED_CREDENTIALS_FILE: "no such file",
        AWS_DEFAULT_REGION: REGION,
        ...env,
      },
    }).output();
    const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes).trim();
    return { arn: text(stdout), stderr: text(stderr) };
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return undefined;
    throw error;
  }
}

/** Reports why a test is skipped. */
export async function skip(t: Deno.TestContext, reason: string): Promise<void> {
  await t.step({ name: `skipped: ${reason}`, ignore: true, fn() {} });
}
