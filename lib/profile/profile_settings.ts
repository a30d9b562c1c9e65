/**
 * What a profile sets besides its credentials: region, endpoint, session name and so on, as written.
 *
 * @module
 */

import { ArarError, quote } from "../errors.ts";
import type { Sourced } from "../sourced.ts";
import { findProfile, type Profile, type Section, type SharedFiles } from "./shared_files.ts";

/** Keys are read where they sign, and are nobody else's business. */
const KEY = /^aws_(?:access_key_id|secret_access_key|session_token|security_token)$/;

/** The settings of the profile `name`, if there is one; its credentials and role are not looked at. */
export function readSettingsOf(files: SharedFiles, name: string): Section | undefined {
  const profile = findProfile(files, name);
  return profile && settingsOf(files, profile);
}

/** A profile's own settings, and as endpoint that of its `services` section for STS, if there is one. */
export function settingsOf(files: SharedFiles, profile: Profile): Section {
  const endpoint = servicesEndpoint(files, profile);
  return new Map([...ownSettings(profile), ...endpoint?.value ? [["endpoint_url", endpoint] as const] : []]);
}

/** What stands in the profile itself; an empty setting counts as none. */
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
