/** The Python that tests use: the first on `PATH` with boto3, since `npx` puts folders before the user's own. */
import { delimiter, dirname, isAbsolute, join } from "node:path";

const found = findPython();

/** A Python, with boto3 if there is one that has it. */
export const PYTHON: string = found ?? "python3";

/** Whether boto3, and with it botocore, can be imported. */
export const HAS_BOTO3: boolean = found !== undefined;

function findPython(): string | undefined {
  for (const folder of (Deno.env.get("PATH") ?? "").split(delimiter).filter((folder) => folder !== "")) {
    const path = withBoto3(join(folder, "python3"));
    if (path !== undefined) return path;
  }
  return undefined;
}

/** Where this Python itself is, which may be found by way of a slow shim; nothing if it lacks boto3. */
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

/** The AWS CLI: the one of this Python if it has one, without a shim in front, else the one on `PATH`. */
export const AWS: string = ownAws ?? "aws";

/** Whether there is one. */
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
