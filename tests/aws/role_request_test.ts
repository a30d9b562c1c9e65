/** Which roles are assumed for a target. */
import { assertEquals } from "@std/assert";
import { rolesOf } from "../../lib/aws/role_request.ts";
import { REQUEST } from "./requests.ts";

Deno.test("rolesOf() is every role of a chain, and none if a session is narrowed", () => {
  assertEquals(rolesOf({ kind: "roles", roles: [REQUEST, REQUEST] }), [REQUEST, REQUEST]);
  assertEquals(rolesOf({ kind: "narrowed", durationSeconds: 60 }), []);
});
