/** Writes shell scripts that tests run as programs. */
import { assert } from "@std/assert";

/**
 * Writes scripts, by path, that can be run right away. A separate process writes them: a process that another test starts
 * while this one has the file open for writing briefly inherits it, and the kernel then refuses to run it ("Text file busy").
 */
export async function writeScripts(scripts: Readonly<Record<string, string>>): Promise<void> {
  const { success } = await new Deno.Command("sh", {
    args: ["-c", 'while [ $# -gt 0 ]; do printf %s "$2" >"$1" && chmod 755 "$1" && shift 2 || exit; done', "sh"]
      .concat(Object.entries(scripts).flat()),
    stdin: "null",
  }).output();
  assert(success, "the scripts could not be written");
}
