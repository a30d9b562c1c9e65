/**
 * Credentials of a profile that the SDK has to ask somebody for: IAM Identity Center (SSO), a login session, a process.
 * It must not follow a profile, nor let the SDK assume a role.
 *
 * @module
 */

import { ArarError, quote } from "../../errors.ts";
import type { Env } from "../../sourced.ts";
import type { Credentials } from "../credentials.ts";
import type { Signer } from "../signer.ts";
import type { SdkHandler } from "../http.ts";
import { sharedFilePaths } from "../../profile/shared_files.ts";
import { pick } from "./metadata.ts";

type ProfileSigner = Extract<Signer, { kind: "profile" }>;

interface Context {
  readonly env: Env;
  readonly handler: SdkHandler;
  readonly region: string;
}

/** Asks; throws an `ArarError` that names the profile and nothing that a token file or a process may have said. */
export async function profileCredentials(signer: ProfileSigner, context: Context): Promise<Credentials> {
  try {
    return pick(await ask(signer, context));
  } catch (error) {
    throw EXPLAIN[signer.via](signer.profile, error instanceof Error ? error.message : "", error);
  }
}

async function ask({ via, profile }: ProfileSigner, { env, handler, region }: Context) {
  const { config, credentials } = sharedFilePaths(env);
  const init = { profile, configFilepath: config, filepath: credentials, ignoreCache: true };
  // Proxies and AWS_CA_BUNDLE count for these calls too.
  const clientConfig = { requestHandler: handler };
  // Each provider by itself: the SDK's own choice among them would also assume the profile's role.
  switch (via) {
    case "sso": {
      const { fromSSO } = await import("@aws-sdk/credential-provider-sso");
      return await fromSSO({ ...init, clientConfig })();
    }
    case "login": {
      const { fromLoginCredentials } = await import("@aws-sdk/credential-provider-login");
      // As the caller's, the region yields to that of the session and of the profile.
      return await fromLoginCredentials({ ...init, clientConfig })({
        callerClientConfig: { region: () => Promise.resolve(region) },
      });
    }
    case "process": {
      const { fromProcess } = await import("@aws-sdk/credential-provider-process");
      return await fromProcess(init)();
    }
    default:
      return via satisfies never;
  }
}

// The providers' messages may quote a token file or what a process wrote: only what is known to be harmless is taken over.
const EXPLAIN = { sso: explainSso, login: explainLogin, process: explainProcess };

function explainSso(profile: string, message: string, cause: unknown): ArarError {
  const what = `cannot get the SSO credentials of profile ${quote(profile)}`;
  if (isOver(message)) {
    return new ArarError(`${what}: its session is over or was never begun`, {
      hints: [`run aws sso login --profile ${profile}`],
      cause,
    });
  }
  const why = named(message) ??
    "check its sso_session, sso_account_id, sso_role_name, sso_region and sso_start_url";
  return new ArarError(`${what}: ${why}`, { cause });
}

function explainLogin(profile: string, message: string, cause: unknown): ArarError {
  const inner = message.replace(/^Failed to refresh token: /, "").replace(/\. Please re-authenticate using .*$/, "");
  return new ArarError(
    `cannot get the login session of profile ${quote(profile)}: ${named(inner) ?? "it is over or was never begun"}`,
    { hints: [`run aws login --profile ${profile}`], cause },
  );
}

function explainProcess(profile: string, message: string, cause: unknown): ArarError {
  // Our own words, from the arar that the process is.
  const loop = /arar: (the credential_process of profile "[^"\n]*" is arar, which asks that profile)\n/.exec(message)
    ?.[1];
  if (loop) return new ArarError(loop, { hints: ["name in it the profile with the keys: arar --profile NAME"], cause });
  const complaint = / credential_process (did not return Version 1|returned [A-Za-z ]+)\.$/.exec(message)?.[1];
  return new ArarError(`credential_process of profile ${quote(profile)} ${complaint ?? "failed"}`, {
    hints: ["run it by itself to see why; what it says is not shown, for it may hold secrets"],
    cause,
  });
}

function isOver(message: string): boolean {
  return /^UnauthorizedException\b|aws sso login|session .*(is invalid|has expired)/.test(message);
}

/** The class of a service's error, or why there was no connection. */
function named(message: string): string | undefined {
  return /^ConnectionError: ([^\n]*)/.exec(message)?.[1] ?? /^([A-Z]\w+Exception)\b/.exec(message)?.[1];
}
