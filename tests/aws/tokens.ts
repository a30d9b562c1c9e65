/** OIDC tokens with given claims, which nobody has signed. */

/** The time of the tests below. */
export const NOW = Date.parse("2026-11-24T12:00:00Z");

/** A token with these claims. */
export function token(claims: Readonly<Record<string, unknown>>): string {
  const encode = (value: unknown) =>
    new TextEncoder().encode(JSON.stringify(value)).toBase64({ alphabet: "base64url", omitPadding: true });
  return `${encode({ alg: "RS256" })}.${encode(claims)}.c2lnbmF0dXJl`;
}

/** The claims of a job of GitHub. */
export const GITHUB_JOB = {
  iss: "https://token.actions.githubusercontent.com",
  aud: "sts.amazonaws.com",
  sub: "repo:octo-org/octo-repo:environment:prod",
  repository: "octo-org/octo-repo",
  "repository_id": "74",
  environment: "prod",
  ref: "refs/heads/main",
  exp: NOW / 1000 + 300,
};
/** How they are shown. */
export const GITHUB_CLAIMS: readonly string[] = [
  "a trust policy tests these claims of the token as token.actions.githubusercontent.com:aud, " +
  "token.actions.githubusercontent.com:sub and so on:",
  'token iss: "https://token.actions.githubusercontent.com"',
  'token aud: "sts.amazonaws.com"',
  'token sub: "repo:octo-org/octo-repo:environment:prod"',
  'token repository: "octo-org/octo-repo"',
  'token repository_id: "74"',
  'token environment: "prod"',
  'token ref: "refs/heads/main"',
];
