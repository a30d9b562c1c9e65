/**
 * Follows a profile to its end: who signs, and which roles are assumed one after the other, as botocore does it.
 * It must not know of the command line, nor make a call.
 *
 * Rules: https://docs.aws.amazon.com/sdkref/latest/guide/feature-assume-role-credentials.html
 *
 * @module
 */

import type { Env, Sourced } from "../sourced.ts";
import { ArarError, quote } from "../errors.ts";
import type { Signer } from "../aws/signer.ts";
import { type ProfileRole, type ProfileSettings, readProfileRole, readProfileSettings } from "./profile_settings.ts";
import { hasKeys, namedSigner, ownSigner } from "./profile_signer.ts";
import { findProfile, type Profile, profileNames, type Profiles } from "./shared_files.ts";

export { findProfile, loadProfiles, type Profiles } from "./shared_files.ts";
export type { ProfileRole } from "./profile_settings.ts";

/** A profile as it is written, followed to who signs. */
export interface FollowedProfile extends ProfileSettings {
  /** Kind `chain` where no credentials are named at all: then the container or the instance may have some. */
  readonly signer: Signer;
  /** In order; where the source is a web identity, the first is that identity's role. */
  readonly roles: readonly ProfileRole[];
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

type Way = Pick<FollowedProfile, "signer" | "roles">;

function follow(walk: Walk, profile: Profile): Way {
  const { values } = profile;
  const isWebIdentity = values.has("web_identity_token_file");
  const isSource = walk.visited.length > 0;
  // The keys of a source profile count before its role, which is then not even read.
  const role = isSource && hasKeys(profile) && !isWebIdentity ? undefined : readProfileRole(profile);
  if (role && !isWebIdentity) {
    const before = followSigner(walk, profile);
    return { signer: before.signer, roles: [...before.roles, role] };
  }
  const signer = ownSigner(profile);
  if (signer?.kind === "web-identity") {
    if (!role) {
      throw new ArarError(`${values.get("web_identity_token_file")?.from} stands without role_arn`);
    }
    return { signer, roles: [role] };
  }
  if (signer) return { signer, roles: [] };
  if (values.has("source_profile") || values.has("credential_source")) {
    return followSigner(walk, profile);
  }
  if (!isSource) {
    return {
      signer: {
        kind: "chain",
        tried: [`${profile.from}: it names no credentials`],
      },
      roles: [],
    };
  }
  throw new ArarError(
    `${profile.from} names no credentials, but source_profile of ${walk.visited.at(-1)} asks for some`,
  );
}

/** The credentials with which a role is assumed. */
function followSigner(walk: Walk, profile: Profile): Way {
  const next = profile.values.get("source_profile");
  const named = profile.values.get("credential_source");
  if (next && named) {
    throw new ArarError(`${profile.from} has both source_profile and credential_source; keep one`);
  }
  if (named) return { signer: namedSigner(named, walk.env), roles: [] };
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
function itself(walk: Walk, profile: Profile, next: Sourced<string>): Way {
  const signer = hasKeys(profile) ? ownSigner(profile) : undefined;
  if (!signer) throw circle(walk, profile, next);
  return { signer, roles: [] };
}

function another(walk: Walk, profile: Profile, next: Sourced<string>): Way {
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

function circle(walk: Walk, profile: Profile, next: Sourced<string>): ArarError {
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
