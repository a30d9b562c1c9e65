/** The Python that tests use: the first on `PATH` with boto3, since `npx` puts folders before the user's own. */
import { delimiter, join } from "node:path";

/** A Python, with boto3 if there is one that has it. */
export const PYTHON: string = findPython("import boto3") ?? "python3";

function findPython(program: string): string | undefined {
  const folders = (Deno.env.get("PATH") ?? "").split(delimiter).filter((folder) => folder !== "");
  return folders.map((folder) => join(folder, "python3")).find((path) => runs(path, program));
}

function runs(path: string, program: string): boolean {
  try {
    return new Deno.Command(path, { args: ["-c", program], stdout: "null", stderr: "null" }).outputSync().success;
  } catch {
    return false;
  }
}
