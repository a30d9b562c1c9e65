/**
 * Owns which Python the tests use: the first on `PATH` that has boto3, since `npx` puts folders in front of the user's own.
 * Must not know what it is used for.
 */
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
