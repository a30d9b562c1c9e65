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

/** The settings of the profile `name`, whose credentials and role are not looked at; `undefined` if there is no such profile. */
export function readSettingsOf(files: SharedFiles, name: string): Section | undefined {
  const profile = findProfile(files, name);
  return profile && settingsOf(files, profile);
}

/** A profile's settings; an empty one is none. The endpoint is that of its `services` section for STS, if there is one. */
export function settingsOf(files: SharedFiles, profile: Profile): Section {
  const own = [...profile.values].filter(([key, { value }]) => value !== "" && !KEY.test(key));
  const endpoint = servicesEndpoint(files, profile);
  return new Map([...own, ...endpoint?.value ? [["endpoint_url", endpoint] as const] : []]);
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
