/** The settings of a profile besides its credentials: region, endpoint, session name and so on, not yet parsed. */

import { ArarError, quote } from "../errors.ts";
import type { Profile, Section, SharedFiles } from "./shared_files.ts";

/** Keys are read only as source credentials. */
const KEY = /^aws_(?:access_key_id|secret_access_key|session_token|security_token)$/;

/** A profile's own settings, and those of its `services` section, if any, as `SERVICE.NAME`. */
export function settingsOf(files: SharedFiles, profile: Profile): Section {
  // Settings of a service in the profile itself, such as `s3 =`, are none of an endpoint.
  const own = [...ownSettings(profile)].filter(([key]) => !key.includes("."));
  const services = [...servicesOf(files, profile)].filter(([key, { value }]) => key.includes(".") && value !== "");
  return new Map([...own, ...services]);
}

/** The settings in the profile itself; an empty one counts as unset. */
export function ownSettings({ values }: Profile): Section {
  return new Map([...values].filter(([key, { value }]) => value !== "" && !KEY.test(key)));
}

// https://docs.aws.amazon.com/sdkref/latest/guide/feature-ss-endpoints.html
function servicesOf(files: SharedFiles, { values }: Profile): Section {
  const services = values.get("services");
  if (!services) return new Map();
  const section = files.services.get(services.value);
  if (section) return section;
  throw new ArarError(
    `${services.from} is ${quote(services.value)}, but ${files.config.place} has no [services ${services.value}]`,
  );
}
