/**
 * Every way out of the program, and what may answer there: an answer without end, nothing, a redirect, a wrong time, the request
 * repeated. Each ends in one message, within the time limit, in bounded memory, and shows no secret.
 */
import { assert, assertEquals } from "@std/assert";
import { createHash, generateKeyPairSync } from "node:crypto";
import type { IncomingMessage, ServerResponse } from "node:http";
import { ararWords, baseEnv, scanForSecrets } from "../arar.ts";
import { AT_ONCE } from "../patience.ts";
import { profileFiles } from "../profile/profiles.ts";
import { PYTHON } from "../python.ts";
import { type Listener, serve } from "../sts_server/http.ts";
import { ALICE, callerEnv, GITHUB, ROLE_SESSION, TERRAFORM_ROLE, WEB_IDENTITY_ROLE } from "../sts_server.ts";
import { failure, hasProgram, skipUnless } from "./job.ts";
import type { Env } from "./signers.ts";

/** How a server answers. */
type Mood = "endless" | "silent" | "redirecting" | "out of time" | "echoing";

const MOODS: readonly Mood[] = ["endless", "silent", "redirecting", "out of time", "echoing"];

/** One way out: how arar is sent to a URL, and a right answer that lies in the past. */
interface Way {
  readonly name: string;
  readonly env: (url: string, folder: string) => Env | Promise<Env>;
  readonly expired: string;
  readonly args?: readonly string[];
  /** What the request contains. */
  readonly secrets: readonly string[];
}

const LONG_AGO = "1970-01-02T00:00:00Z";
const SECRET = "request+TOKEN/of-a-job+0123456789";
const TOKEN = GITHUB.mint({ aud: "sts.amazonaws.com" });
const { accessKeyId, secretAccessKey, sessionToken = "" } = ROLE_SESSION;
const KEYS = { accessKeyId, secretAccessKey, sessionToken };

const credentialsXml = `<Credentials><AccessKeyId>${accessKeyId}</AccessKeyId><SecretAccessKey>${secretAccessKey}` +
  `</SecretAccessKey><SessionToken>${sessionToken}</SessionToken><Expiration>${LONG_AGO}</Expiration></Credentials>`;

function stsAnswer(action: string, more: string): string {
  return `<${action}Response xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><${action}Result>${credentialsXml}${more}` +
    `</${action}Result></${action}Response>`;
}

const arn = (role: string) => `arn:aws:sts::123456789012:assumed-role/${role}/ci`;
const signed = { ...callerEnv(ROLE_SESSION), AWS_ROLE_SESSION_NAME: "ci" };
const forRole = { AWS_ROLE_ARN: TERRAFORM_ROLE.arn };
const machineAnswer = JSON.stringify({
  Code: "Success",
  AccessKeyId: accessKeyId,
  SecretAccessKey: secretAccessKey,
  Token: sessionToken,
  Expiration: LONG_AGO,
});
/** STS, for those who get so far. */
const NOWHERE = { AWS_ENDPOINT_URL_STS: "http://127.0.0.1:2", AWS_MAX_ATTEMPTS: "1" };

const WAYS: readonly Way[] = [
  {
    name: "STS, signed",
    env: (url) => ({ ...signed, ...forRole, AWS_ENDPOINT_URL_STS: url }),
    expired: stsAnswer("AssumeRole", `<AssumedRoleUser><Arn>${arn("terraform-role")}</Arn></AssumedRoleUser>`),
    secrets: [sessionToken],
  },
  {
    name: "STS with a web identity",
    env: (url) => ({ MY_TOKEN: TOKEN, AWS_ROLE_ARN: WEB_IDENTITY_ROLE.arn, AWS_ENDPOINT_URL_STS: url }),
    args: ["--web-identity-token-env=MY_TOKEN"],
    expired: stsAnswer(
      "AssumeRoleWithWebIdentity",
      `<AssumedRoleUser><Arn>${arn("web-identity-role")}</Arn></AssumedRoleUser>`,
    ),
    secrets: [TOKEN],
  },
  {
    name: "STS, to narrow a session",
    env: (url) => ({ ...signed, AWS_ENDPOINT_URL_STS: url }),
    args: ["--duration-seconds=900"],
    expired: stsAnswer("GetScopedCredentials", `<SessionInfo><Arn>${arn("runner-role")}</Arn></SessionInfo>`),
    secrets: [sessionToken],
  },
  ...[
    ["GitHub's tokens", "value", (url: string) => ({
      GITHUB_ACTIONS: "true",
      ACTIONS_ID_TOKEN_REQUEST_URL: `${url}/token?a=b`,
      ACTIONS_ID_TOKEN_REQUEST_TOKEN: SECRET,
    })],
    ["Azure's tokens", "oidcToken", (url: string) => ({ SYSTEM_OIDCREQUESTURI: url, SYSTEM_ACCESSTOKEN: SECRET })],
    ["Buildkite's tokens", "token", (url: string) => ({
      BUILDKITE: "true",
      BUILDKITE_AGENT_ENDPOINT: url,
      BUILDKITE_AGENT_ACCESS_TOKEN: SECRET,
      BUILDKITE_JOB_ID: "1",
    })],
  ].map(([name, member, env]): Way => ({
    name: `${name}`,
    env: (url) => ({ ...(typeof env === "function" ? env(url) : {}), AWS_ROLE_ARN: WEB_IDENTITY_ROLE.arn, ...NOWHERE }),
    args: ["--oidc"],
    expired: JSON.stringify({ [`${member}`]: GITHUB.mint({ aud: "sts.amazonaws.com", exp: 1 }) }),
    secrets: [SECRET],
  })),
  {
    name: "Google Cloud's tokens",
    env: (url) => ({ GCE_METADATA_HOST: new URL(url).host, AWS_ROLE_ARN: WEB_IDENTITY_ROLE.arn, ...NOWHERE }),
    args: ["--oidc"],
    expired: GITHUB.mint({ aud: "sts.amazonaws.com", exp: 1 }),
    secrets: [],
  },
  {
    name: "a container's credentials",
    env: (url) => ({
      AWS_CONTAINER_CREDENTIALS_FULL_URI: `${url}/creds`,
      AWS_CONTAINER_AUTHORIZATION_TOKEN: SECRET,
      ...forRole,
      ...NOWHERE,
    }),
    expired: machineAnswer,
    secrets: [SECRET],
  },
  {
    name: "an instance's credentials",
    env: (url) => ({
      AWS_EC2_METADATA_SERVICE_ENDPOINT: url,
      AWS_EC2_METADATA_DISABLED: "false",
      ...forRole,
      ...NOWHERE,
    }),
    expired: machineAnswer,
    secrets: [],
  },
  {
    name: "the SSO portal",
    env: async (url, folder) => {
      await signIn(folder, { accessToken: SECRET, expiresAt: "2100-01-01T00:00:00Z" });
      return {
        HOME: folder,
        USERPROFILE: folder,
        AWS_PROFILE: "sso",
        AWS_ENDPOINT_URL_SSO: url,
        ...forRole,
        ...NOWHERE,
      };
    },
    expired: JSON.stringify({ roleCredentials: { ...KEYS, expiration: 86_400_000 } }),
    secrets: [SECRET],
  },
  {
    name: "the renewal of SSO tokens",
    env: async (url, folder) => {
      const client = { clientId: "id", clientSecret: SECRET, registrationExpiresAt: "2100-01-01T00:00:00Z" };
      await signIn(folder, { accessToken: SECRET, refreshToken: SECRET, expiresAt: "2020-01-01T00:00:00Z", ...client });
      const home = {
        HOME: folder,
        USERPROFILE: folder,
        AWS_PROFILE: "sso",
        AWS_ENDPOINT_URL_SSO: "http://127.0.0.1:2",
      };
      return { ...home, AWS_ENDPOINT_URL_SSO_OIDC: url, ...forRole, ...NOWHERE };
    },
    expired: JSON.stringify({ accessToken: SECRET, expiresIn: -1 }),
    secrets: [SECRET],
  },
  {
    name: "the renewal of aws login",
    env: async (url, folder) => {
      const { privateKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
      const session = {
        accessToken: { ...KEYS, accountId: "123456789012", expiresAt: "2020-01-01T00:00:00Z" },
        clientId: "client",
        refreshToken: SECRET,
        dpopKey: privateKey.export({ type: "sec1", format: "pem" }),
      };
      const name = createHash("sha256").update(ALICE.arn).digest("hex");
      await Deno.writeTextFile(`${folder}/${name}.json`, JSON.stringify(session));
      const home = { AWS_PROFILE: "login", AWS_LOGIN_CACHE_DIRECTORY: folder, AWS_ENDPOINT_URL_SIGNIN: url };
      return { ...home, ...forRole, ...NOWHERE };
    },
    expired: JSON.stringify({ accessToken: KEYS, tokenType: "aws_sigv4", expiresIn: -1, refreshToken: SECRET }),
    secrets: [SECRET],
  },
];

const PROFILES = `[profile sso]
sso_session = corp
sso_account_id = 123456789012
sso_role_name = Reader
[sso-session corp]
sso_start_url = https://example.awsapps.com/start
sso_region = eu-west-1
[profile login]
login_session = ${ALICE.arn}
region = eu-west-1
`;

async function signIn(folder: string, token: object): Promise<void> {
  const cache = `${folder}/.aws/sso/cache`;
  await Deno.mkdir(cache, { recursive: true });
  const name = createHash("sha1").update("corp").digest("hex");
  await Deno.writeTextFile(`${cache}/${name}.json`, JSON.stringify(token));
}

/** A server in this mood, which counts its requests. */
async function startServer(mood: Mood, { expired }: Way, elsewhere: string) {
  let asked = 0;
  const server: Listener = await serve((request, response, body) => {
    asked += 1;
    answer(mood, { request, response, body, expired, elsewhere });
  });
  return { ...server, asked: () => asked };
}

function answer(mood: Mood, { request, response, body, expired, elsewhere }: {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly body: Uint8Array;
  readonly expired: string;
  readonly elsewhere: string;
}): void {
  switch (mood) {
    case "silent":
      return;
    case "endless": {
      const chunk = new Uint8Array(64 * 1024).fill(97);
      const more = () => {
        while (!response.destroyed && response.write(chunk));
      };
      response.writeHead(200, { "content-type": "application/json" }).on("drain", more).on("error", () => {});
      return more();
    }
    case "redirecting":
      return void response.writeHead(307, { location: `${elsewhere}${request.url}` }).end();
    case "out of time": {
      // Whoever asks for the name of an instance's role, or for the token to ask with, gets one.
      const isName = request.method === "PUT" || /security-credentials(-extended)?\/$/.test(request.url ?? "");
      return void response.writeHead(200, { date: "-271821-04-20T00:00:00Z" }).end(isName ? "role" : expired);
    }
    case "echoing": {
      const all = JSON.stringify(request.headers) + new TextDecoder().decode(body) + request.url;
      const text = expired.startsWith("<")
        ? `<ErrorResponse><Error><Code>Odd</Code><Message>${
          all.replace(/[<&]/g, "-")
        }</Message></Error></ErrorResponse>`
        : JSON.stringify({ message: all, code: all, error: all, Message: all, Code: all });
      return void response.writeHead(400, { "content-type": "text/plain" }).end(text);
    }
    default:
      return mood satisfies never;
  }
}

const MOST_MEGABYTES = 200;
const canMeasure = !skipUnless(hasProgram(PYTHON, "--version") && Deno.build.os !== "windows", "memory: no python3");

/** Runs the words, and prints the largest memory of a child of this process, in kilobytes, as the last line on stdout. */
const MEASURE = "import resource, subprocess, sys; code = subprocess.run(sys.argv[1:]).returncode; " +
  "print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss); sys.exit(code)";

async function ararIn(env: Env, args: readonly string[]) {
  const words = [...canMeasure ? [PYTHON, "-c", MEASURE] : [], ...ararWords(), ...args];
  const { code, signal, stdout, stderr } = await new Deno.Command(words[0] ?? "", {
    args: words.slice(1),
    env: { ...baseEnv(), ...env },
    clearEnv: true,
    stdin: "null",
  }).output();
  const [text, errors] = [stdout, stderr].map((bytes) => new TextDecoder().decode(bytes));
  const [, shown = "", kilobytes] = canMeasure ? /^(.*?)(\d+)\n$/s.exec(text ?? "") ?? [] : [, text];
  return {
    result: { code, signal, stdout: shown, stderr: errors ?? "", output: stdout },
    megabytes: Number(kilobytes ?? 0) / (Deno.build.os === "darwin" ? 1024 * 1024 : 1024),
  };
}

for (const way of WAYS) {
  Deno.test(`${way.name}, and an answer that is`, async (t) => {
    await Promise.all(MOODS.map((mood) =>
      t.step({
        ...AT_ONCE,
        name: mood,
        fn: async () => {
          using files = profileFiles(PROFILES);
          let redirected = 0;
          await using target = await serve((_, response) => {
            redirected += 1;
            response.end(way.expired);
          });
          await using server = await startServer(mood, way, target.url);
          const env = { AWS_EC2_METADATA_DISABLED: "true", ...files.env, ...await way.env(server.url, files.folder) };
          const { result, megabytes } = await ararIn(env, ["--timeout=4", ...way.args ?? [], "--", "true"]);
          const [message = ""] = failure(result);
          scanForSecrets(result, { env, secrets: () => [...way.secrets, secretAccessKey, sessionToken] });
          assert(message.length < 3000, message);
          assertEquals([server.asked() > 0, redirected], [true, 0], message);
          assert(megabytes < MOST_MEGABYTES, `${megabytes} MB`);
        },
      })
    ));
  });
}
