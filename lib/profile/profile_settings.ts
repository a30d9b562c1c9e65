/**
 * What a profile says beside its credentials: its role's own settings, its region, how STS is reached.
 * It must not follow one profile to another.
 *
 * Names: https://docs.aws.amazon.com/sdkref/latest/guide/settings-reference.html
 *
 * @module
 */

import { parseSeconds } from "../sourced.ts";
import { ArarError, quote } from "../errors.ts";
import { checkExternalId } from "../aws/parameters.ts";
import { findServices, type Profile, type Profiles } from "./shared_files.ts";

/** A role that a profile names, with that profile's own settings. */
export interface ProfileRole {
  readonly roleArn: string;
  readonly roleSessionName?: string;
  readonly mfaSerial?: string;
  readonly externalId?: string;
  readonly durationSeconds?: number;
  /** The section and file of the profile. */
  readonly from: string;
}

/** The profile's role, if it has one. Its ARN and session name are as written. */
export function readProfileRole({ values, from }: Profile): ProfileRole | undefined {
  const roleArn = values.get("role_arn")?.value;
  const roleSessionName = values.get("role_session_name")?.value;
  const mfaSerial = values.get("mfa_serial")?.value;
  const externalId = values.get("external_id");
  const duration = values.get("duration_seconds");
  return roleArn === undefined ? undefined : {
    roleArn,
    ...(roleSessionName !== undefined && { roleSessionName }),
    ...(mfaSerial !== undefined && { mfaSerial }),
    ...(externalId && { externalId: checkExternalId(externalId) }),
    // botocore drops a number that it cannot read; a session of another length is not what was asked for.
    ...(duration && { durationSeconds: parseSeconds(duration, 900, 43_200) }),
    from,
  };
}

const SETTINGS = {
  region: "region",
  endpointUrl: "endpoint_url",
  ignoreConfiguredEndpointUrls: "ignore_configured_endpoint_urls",
  stsRegionalEndpoints: "sts_regional_endpoints",
  useFipsEndpoint: "use_fips_endpoint",
  useDualstackEndpoint: "use_dualstack_endpoint",
  caBundle: "ca_bundle",
  maxAttempts: "max_attempts",
  retryMode: "retry_mode",
} as const;

/** Region and endpoint of a profile, as written; the endpoint URL is that of its `services` section for STS, if any. */
export type ProfileSettings = {
  readonly [Name in keyof typeof SETTINGS]?: string;
};

/** Reads the profile's region and how it wants STS to be reached. */
export function readProfileSettings(profiles: Profiles, profile: Profile): ProfileSettings {
  const own = Object.entries(SETTINGS).flatMap(([name, key]) => {
    const given = profile.values.get(key);
    return given ? [[name, given.value]] : [];
  });
  const endpointUrl = servicesEndpoint(profiles, profile);
  return {
    ...Object.fromEntries(own),
    ...(endpointUrl !== undefined && { endpointUrl }),
  };
}

function servicesEndpoint(
  profiles: Profiles,
  { values }: Profile,
): string | undefined {
  const services = values.get("services");
  if (!services) return undefined;
  const section = findServices(profiles, services.value);
  if (section) return section.get("sts.endpoint_url")?.value;
  throw new ArarError(
    `${services.from} is ${quote(services.value)}, but ${profiles.config.path} has no [services ${services.value}]`,
  );
}
