/** What Deno permits. */

/** Whether Deno permits this without asking. To be checked before a call that would prompt on a terminal. */
export function isGranted(permission: Deno.PermissionDescriptor): boolean {
  return Deno.permissions.querySync(permission).state === "granted";
}
