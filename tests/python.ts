/**
 * The Python and the AWS CLI that tests use: the first on `PATH` that know `AWS_ENDPOINT_URL_STS`, since `npx` puts
 * folders before the user's own, and Debian's packages are older.
 */
import { delimiter, dirname, join } from "node:path";

const FOLDERS = (Deno.env.get("PATH") ?? "").split(delimiter).filter((folder) => folder !== "");

const python = FOLDERS.values().map((folder) => pythonWithBoto3(join(folder, "python3"))).find(Boolean);

/** A Python, with boto3 if there is one that has it. */
export const PYTHON: string = python || "python3";

/** Whether boto3, and so botocore, can be imported. */
export const HAS_BOTO3 = Boolean(python);

// The one beside Python has no slow shim in front.
const aws = [dirname(PYTHON), ...FOLDERS].map((folder) => join(folder, "aws")).find(knowsEndpoint);

/** The AWS CLI. */
export const AWS: string = aws ?? "aws";

/** Whether there is an AWS CLI. */
export const HAS_AWS: boolean = aws !== undefined;

/** What the AWS CLI at this path says of itself, such as `aws-cli/2.15.0 Python/3.11.6 …`; empty if it is none. */
export function awsVersion(path: string): string {
  return outputOf(path, "--version");
}

/** The path of Python itself: a shim would be slow. Empty if it lacks a boto3 that knows the variable. */
function pythonWithBoto3(path: string): string {
  const program = `import boto3, botocore, sys
if tuple(map(int, botocore.__version__.split(".")[:2])) >= (1, 31): print(sys.executable)`;
  return outputOf(path, "-c", program);
}

/** https://docs.aws.amazon.com/sdkref/latest/guide/feature-ss-endpoints.html#ss-endpoints-sdk-compat */
function knowsEndpoint(path: string): boolean {
  const [, major, minor] = /^aws-cli\/(\d)\.(\d+)\./.exec(awsVersion(path)) ?? [];
  return Number(minor) >= (major === "1" ? 29 : 13);
}

function outputOf(path: string, ...args: readonly string[]): string {
  try {
    const { stdout } = new Deno.Command(path, { args: [...args], stdin: "null", stderr: "null" }).outputSync();
    return new TextDecoder().decode(stdout).trim();
  } catch {
    return "";
  }
}
