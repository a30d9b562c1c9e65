/**
 * Follows a profile to its end: who signs, and which roles are assumed one after the other, as botocore does it.
 * It must not know of the command line, nor make a call.
 *
 * Rules: https://docs.aws.amazon.com/sdkref/latest/guide/feature-assume-role-credentials.html
 *
 * @module
 */

import type { Env, Given } from "../given.ts";
import { ArarError, quote } from "../errors.ts";
import type { Source } from "./hop.ts";
import { type ProfileHop, type ProfileSettings, readHop, readProfileSettings } from "./profile_settings.ts";
import { hasKeys, namedSource, ownSource } from "./profile_source.ts";
import { findProfile, type Profile, profileNames, type Profiles } from "./shared_config.ts";

export { findProfile, loadProfiles, type Profiles } from "./shared_config.ts";
export type { ProfileHop } from "./profile_settings.ts";

/** A profile as it is written, followed to who signs. */
export interface FollowedProfile extends ProfileSettings {
  /** Kind `chain` where no credentials are named at all: then the container or the instance may have some. */
  readonly source: Source;
  /** In order; where the source is a web identity, the first is that identity's role. */
  readonly hops: readonly ProfileHop[];
  /** The section and file of the profile. */
  readonly from: string;
}

/** Follows the profile `name`; an `ArarError` names the section and file of what is wrong. */
export function followProfile(profiles: Profiles, name: string, env: Env): FollowedProfile {
  const profile = findProfile(profiles, name);
  if (!profile) throw missing(profiles, `no profile ${quote(name)}`);
  // Region and endpoint are the profile's own: those of the profiles behind it do not count.
  const settings = readProfileSettings(profiles, profile);
  return {
    ...follow({ profiles, env, visited: [] }, profile),
    ...settings,
    from: profile.from,
  };
}

interface Walk {
  readonly profiles: Profiles;
  readonly env: Env;
  /** Names of the profiles that led here. */
  readonly visited: readonly string[];
}

type Way = Pick<FollowedProfile, "source" | "hops">;

function follow(walk: Walk, profile: Profile): Way {
  const { values } = profile;
  const isWebIdentity = values.has("web_identity_token_file");
  const isSource = walk.visited.length > 0;
  // The keys of a source profile count before its role, which is then not even read.
  const hop = isSource && hasKeys(profile) && !isWebIdentity ? undefined : readHop(profile);
  if (hop && !isWebIdentity) {
    const before = followSource(walk, profile);
    return { source: before.source, hops: [...before.hops, hop] };
  }
  const source = ownSource(profile);
  if (source?.kind === "web-identity") {
    if (!hop) {
      throw new ArarError(`${values.get("web_identity_token_file")?.from} stands without role_arn`);
    }
    return { source, hops: [hop] };
  }
  if (source) return { source, hops: [] };
  if (values.has("source_profile") || values.has("credential_source")) {
    return followSource(walk, profile);
  }
  if (!isSource) {
    return {
      source: {
        kind: "chain",
        tried: [`${profile.from}: it names no credentials`],
      },
      hops: [],
    };
  }
  throw new ArarError(
    `${profile.from} names no credentials, but source_profile of ${walk.visited.at(-1)} asks for some`,
  );
}

/** The credentials with which a role is assumed. */
function followSource(walk: Walk, profile: Profile): Way {
  const next = profile.values.get("source_profile");
  const named = profile.values.get("credential_source");
  if (next && named) {
    throw new ArarError(`${profile.from} has both source_profile and credential_source; keep one`);
  }
  if (named) return { source: namedSource(named, walk.env), hops: [] };
  if (next) {
    return next.value === profile.name ? itself(walk, profile, next) : another(walk, profile, next);
  }
  throw new ArarError(
    `${profile.from} has role_arn but neither source_profile nor credential_source`,
    {
      hints: [
        hasKeys(profile)
          ? `source_profile = ${profile.name} lets the profile's own keys sign`
          : "credential_source = Environment lets the exported keys sign",
      ],
    },
  );
}

/** A profile may name itself: then its own keys sign. */
function itself(walk: Walk, profile: Profile, next: Given<string>): Way {
  const source = hasKeys(profile) ? ownSource(profile) : undefined;
  if (!source) throw circle(walk, profile, next);
  return { source, hops: [] };
}

function another(walk: Walk, profile: Profile, next: Given<string>): Way {
  const found = findProfile(walk.profiles, next.value);
  if (!found) {
    throw missing(
      walk.profiles,
      `${next.from} names ${quote(next.value)}, but there is no such profile`,
    );
  }
  const visited = [...walk.visited, profile.name];
  if (visited.includes(next.value)) throw circle(walk, profile, next);
  return follow({ ...walk, visited }, found);
}

function circle(walk: Walk, profile: Profile, next: Given<string>): ArarError {
  const way = [...walk.visited, profile.name, next.value].join(" -> ");
  return new ArarError(`${next.from} leads in a circle: ${way}`);
}

function missing(profiles: Profiles, what: string): ArarError {
  const names = profileNames(profiles);
  const shown = names.length > 12 ? [...names.slice(0, 12), "..."] : names;
  return new ArarError(
    `${what} in ${profiles.config.path} or ${profiles.credentials.path}`,
    {
      hints: [names.length > 0 ? `profiles there: ${shown.join(", ")}` : "no profile can be read from either file"],
    },
  );
}
