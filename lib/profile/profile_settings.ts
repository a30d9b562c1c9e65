/** The settings of a profile besides its credentials: region, endpoint, session name and so on, not yet parsed. */

import { ArarError, quote } from "../errors.ts";
import type { Sourced } from "../sourced.ts";
import type { Profile, Section, SharedFiles } from "./shared_files.ts";

/** Keys are read only as source credentials. */
const KEY = /^aws_(?:access_key_id|secret_access_key|session_token|security_token)$/;

/** A profile's own settings, with the STS endpoint of its `services` section, if any. */
export function settingsOf(files: SharedFiles, profile: Profile): Section {
  const endpoint = servicesEndpoint(files, profile);
  return new Map([...ownSettings(profile), ...endpoint?.value ? [["endpoint_url", endpoint] as const] : []]);
}

/** The settings in the profile itself; an empty one counts as unset. */
export function ownSettings({ values }: Profile): Section {
  return new Map([...values].filter(([key, { value }]) => value !== "" && !KEY.test(key)));
}

// https://docs.aws.amazon.com/sdkref/latest/guide/feature-ss-endpoints.html
function servicesEndpoint(files: SharedFiles, { values }: Profile): Sourced<string> | undefined {
  const services = values.get("services");
  if (!services) return undefined;
  const section = files.services.get(services.value);
  if (section) return section.get("sts.endpoint_url");
  throw new ArarError(
    `${services.from} is ${quote(services.value)}, but ${files.config.place} has no [services ${services.value}]`,
  );
}
