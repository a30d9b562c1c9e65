/** The Python that tests use: the first on `PATH` with boto3, since `npx` puts folders before the user's own. */
import { delimiter, dirname, isAbsolute, join } from "node:path";

const found = findPython();

/** A Python, with boto3 if there is one that has it. */
export const PYTHON: string = found ?? "python3";

/** Whether boto3, and so botocore, can be imported. */
export const HAS_BOTO3: boolean = found !== undefined;

function findPython(): string | undefined {
  for (const folder of (Deno.env.get("PATH") ?? "").split(delimiter).filter((folder) => folder !== "")) {
    const path = withBoto3(join(folder, "python3"));
    if (path !== undefined) return path;
  }
  return undefined;
}

/** The path of Python itself, without a slow shim in front; undefined if it lacks boto3. */
function withBoto3(path: string): string | undefined {
  const program = "import importlib.util, sys; importlib.util.find_spec('boto3') and print(sys.executable)";
  try {
    const { stdout } = new Deno.Command(path, { args: ["-c", program], stderr: "null" }).outputSync();
    return new TextDecoder().decode(stdout).trim() || undefined;
  } catch {
    return undefined;
  }
}

const ownAws = besidePython("aws");

/** The AWS CLI: the one beside this Python, without a shim in front, otherwise the one on `PATH`. */
export const AWS: string = ownAws ?? "aws";

/** Whether there is an AWS CLI. */
export function hasAws(): boolean {
  return ownAws !== undefined || runs("aws", "--version");
}

function runs(program: string, ...args: readonly string[]): boolean {
  try {
    return new Deno.Command(program, { args: [...args], stdout: "null", stderr: "null" }).outputSync().success;
  } catch {
    return false;
  }
}

function besidePython(name: string): string | undefined {
  const path = join(dirname(PYTHON), name);
  try {
    return isAbsolute(path) && Deno.statSync(path).isFile ? path : undefined;
  } catch {
    return undefined;
  }
}
