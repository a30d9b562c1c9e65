/** Gets a profile's credentials from AWS with the SDK: from IAM Identity Center (SSO), or a session of `aws login`. */

import { ArarError, quote } from "../../errors.ts";
import type { Credentials } from "../credentials.ts";
import type { SdkHandler } from "../http.ts";
import type { ProfileSigner } from "../signer.ts";
import { pick } from "./metadata.ts";

interface Context {
  readonly handler: SdkHandler;
  /** For a login session whose region is not known. */
  readonly region: string;
}

type SdkSigner = Extract<ProfileSigner, { via: "sso" | "login" }>;

/** Throws an `ArarError` that names the profile, and shows nothing that a token file may contain. */
export async function profileCredentials(signer: SdkSigner, context: Context): Promise<Credentials> {
  try {
    return pick(await fetchCredentials(signer, context));
  } catch (error) {
    if (error instanceof ArarError) throw error;
    const message = error instanceof Error ? error.message : "";
    throw (signer.via === "sso" ? explainSso : explainLogin)(signer.profile, message, error);
  }
}

async function fetchCredentials(signer: SdkSigner, { handler, region }: Context) {
  // Makes these calls use proxies and AWS_CA_BUNDLE too.
  const clientConfig = { requestHandler: handler };
  // Each provider is used directly: the SDK's default chain would also assume the profile's role.
  switch (signer.via) {
    case "sso": {
      const [{ fromSSO }, init] = await Promise.all([import("@aws-sdk/credential-provider-sso"), ssoFile(signer)]);
      return await fromSSO({ ...init, clientConfig })();
    }
    case "login": {
      const [{ fromLoginCredentials }, init] = await Promise.all([
        import("@aws-sdk/credential-provider-login"),
        inMemory([`[profile ${PROFILE}]`, `login_session = ${signer.session}`]),
      ]);
      return await fromLoginCredentials({ ...init, clientConfig })({
        // The session's own region takes precedence over the caller's.
        callerClientConfig: { region: () => Promise.resolve(signer.region ?? region) },
      });
    }
    default:
      return signer satisfies never;
  }
}

function ssoFile({ profile, sso }: Extract<SdkSigner, { via: "sso" }>) {
  if (sso.session !== undefined && !/^[\w@+.%:/-]+$/.test(sso.session)) {
    const what = `cannot use sso_session ${quote(sso.session)} of profile ${quote(profile)}`;
    throw new ArarError(`${what}: the AWS SDK for JavaScript accepts only A-Z a-z 0-9 _ @ + . % : / - in its name`);
  }
  const portal = [`sso_start_url = ${sso.startUrl}`, `sso_region = ${sso.region}`];
  const role = [`sso_account_id = ${sso.accountId}`, `sso_role_name = ${sso.roleName}`];
  return inMemory(
    sso.session === undefined
      ? [`[profile ${PROFILE}]`, ...portal, ...role]
      : [`[profile ${PROFILE}]`, `sso_session = ${sso.session}`, ...role, `[sso-session ${sso.session}]`, ...portal],
  );
}

const PROFILE = "arar";

/**
 * The providers read their settings only from a config file, and by rules of their own. So they get one, in memory, with the
 * settings that were read already. Its name is its text, so that runs of the library in one process do not share one.
 */
async function inMemory(lines: readonly string[]) {
  const { externalDataInterceptor } = await import("@smithy/core/config");
  const text = lines.join("\n");
  externalDataInterceptor.interceptFile(text, text);
  externalDataInterceptor.interceptFile("", "");
  return { profile: PROFILE, configFilepath: text, filepath: "" };
}

// The providers' messages may quote a token file: only what is known to be harmless is shown.

function explainSso(profile: string, message: string, cause: unknown): ArarError {
  const what = `cannot get the SSO credentials of profile ${quote(profile)}`;
  if (/^UnauthorizedException\b|aws sso login|session .*(is invalid|has expired)/.test(message)) {
    return new ArarError(`${what}: its session has expired or was never started`, {
      hints: [`run aws sso login --profile ${profile}`],
      cause,
    });
  }
  return new ArarError(`${what}: ${reasonIn(message) ?? "the answer has an unknown format"}`, { cause });
}

function explainLogin(profile: string, message: string, cause: unknown): ArarError {
  const inner = message.replace(/^Failed to refresh token: /, "").replace(/\. Please re-authenticate using .*$/, "");
  const why = reasonIn(inner) ?? "it has expired or was never started";
  return new ArarError(`cannot get the login session of profile ${quote(profile)}: ${why}`, {
    hints: [`run aws login --profile ${profile}`],
    cause,
  });
}

/** The class of a service's error, or why the connection failed. */
function reasonIn(message: string): string | undefined {
  return /^ConnectionError: ([^\n]*)/.exec(message)?.[1] ?? /^([A-Z]\w+Exception)\b/.exec(message)?.[1];
}
