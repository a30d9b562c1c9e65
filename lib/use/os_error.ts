/** The operating system's reason for a failed file operation. */

/** The reason, starting in lower case and without the path. Any other error is a bug and is thrown again. */
export function osReason(error: unknown): string {
  const isRefusal = error instanceof Error && ("code" in error || error.name === "NotCapable");
  if (!isRefusal) throw error;
  // "Permission denied (os error 13): stat '/path'", "Requires read access to "/path", run again with ..."
  const text = error.message.replace(/ \(os error .*$|, run again with .*$/s, "");
  return text.charAt(0).toLowerCase() + text.slice(1);
}
