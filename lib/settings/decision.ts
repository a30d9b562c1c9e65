/**
 * What a decision of the settings looks like.
 * It must not know how one is made.
 *
 * @module
 */

/** One thing that was decided, as `--verbose` shows it. */
export interface Decision {
  readonly field:
    | "source"
    | "role"
    | "session name"
    | "duration"
    | "MFA device"
    | "region"
    | "endpoint";
  readonly value: string;
  readonly from: string;
}
