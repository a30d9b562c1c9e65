/**
 * Owns the one call to the server that needs no SDK, for tests that look at the bare answer.
 * Must not know arar.
 */
import { GITHUB, WEB_IDENTITY_ROLE } from "../sts_server.ts";

/** AssumeRoleWithWebIdentity: it needs no signature, and there are credentials in its answer. */
export function ask(
  sts: { readonly url: string },
  token: string = GITHUB.mint({}),
): Promise<Response> {
  return fetch(sts.url, {
    method: "POST",
    redirect: "manual",
    body: new URLSearchParams({
      Action: "AssumeRoleWithWebIdentity",
      Version: "2011-06-15",
      RoleArn: WEB_IDENTITY_ROLE.arn,
      RoleSessionName: "test",
      WebIdentityToken: token,
    }),
  });
}
