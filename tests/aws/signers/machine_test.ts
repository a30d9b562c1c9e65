/** Where a container and the instance are asked, how often, and the reason of each failure. */
import { assertEquals } from "@std/assert";
import { ConnectionError, type Dial, type DialRequest } from "../../../lib/aws/dialer.ts";
import {
  containerCredentials,
  instanceCredentials,
  type MachineContext,
  readContainer,
  readInstance,
} from "../../../lib/aws/signers/machine.ts";
import type { Env } from "../../../lib/sourced.ts";
import { type MetadataAnswer, startMetadata } from "../../metadata_server.ts";
import { refusal } from "../../profile/profiles.ts";
import { origin } from "../../origin.ts";
import { ROLE_SESSION } from "../../sts_server.ts";
import { tokenWorld } from "./token_server.ts";

const URI = "AWS_CONTAINER_CREDENTIALS_FULL_URI";
const RELATIVE = "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI";
const KEYS = { accessKeyId: ROLE_SESSION.accessKeyId, secretAccessKey: ROLE_SESSION.secretAccessKey };

function askContainer(env: Env, world: MachineContext = tokenWorld()) {
  return containerCredentials(world, readContainer(env));
}

Deno.test("readContainer()", async (t) => {
  await t.step("prefers the relative address, and a file with the token", () => {
    assertEquals(readContainer({ [RELATIVE]: "", [URI]: "" }), undefined);
    const both = readContainer({ [RELATIVE]: "/v2/x", [URI]: "http://localhost/" });
    assertEquals([`${both?.url.from}`, both?.url.value.pathname, both?.url.value.protocol], [
      RELATIVE,
      "/v2/x",
      "http:",
    ]);
  });

  const rows = [
    [{ [URI]: "http://example.com/" }, `${URI} must be https, or http to this machine or to ECS or EKS`],
    [{ [URI]: "ftp://localhost/" }, `${URI} must be https, or http to this machine or to ECS or EKS`],
    [{ [URI]: "nonsense" }, `${URI} is not a URL`],
    [{ [RELATIVE]: "@example.com/" }, `${RELATIVE} does not begin with /`],
  ] as const;
  for (const [env, message] of rows) {
    await t.step(message, () => assertEquals(refusal(() => readContainer({ ...env })), message));
  }

  await t.step("trusts https, this machine, ECS and EKS", () => {
    for (const url of ["https://example.com/x", "http://localhost/x", "http://[::1]:8/x", "http://[fd00:ec2::23]/x"]) {
      assertEquals(readContainer({ [URI]: url })?.url.value.href, url);
    }
  });
});

Deno.test("containerCredentials()", async (t) => {
  await t.step("prefers the token file to the token, like botocore", async () => {
    await using server = await startMetadata();
    const token = server.containerEnv.AWS_CONTAINER_AUTHORIZATION_TOKEN;
    const tokens = { AWS_CONTAINER_AUTHORIZATION_TOKEN: "stale", AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE: "/token" };
    const world = {
      ...tokenWorld(),
      readTextFile: (path: string) => Promise.resolve(path === "/token" ? token : undefined),
    };
    const found = await askContainer({ ...server.containerEnv, ...tokens }, world);
    assertEquals(typeof found === "object" && found.accessKeyId, KEYS.accessKeyId);
    assertEquals(server.requests[0]?.headers.authorization, token);
  });

  await t.step("reads any time of ISO 8601, and needs none", async () => {
    const answers = [{ Expiration: "2030-01-02T03:04:05+00:00" }, { Expiration: "20300102T050405+02" }, {}];
    const found = await Promise.all(answers.map(async (more) => {
      const { accessKeyId: AccessKeyId, secretAccessKey: SecretAccessKey, sessionToken: Token } = ROLE_SESSION;
      const body = JSON.stringify({ AccessKeyId, SecretAccessKey, Token, ...more });
      await using server = await startMetadata({ override: () => ({ kind: "answer", status: 200, body }) });
      const credentials = await askContainer(server.containerEnv);
      return typeof credentials === "object" && credentials.expiration?.toISOString();
    }));
    assertEquals(found, ["2030-01-02T03:04:05.000Z", "2030-01-02T03:04:05.000Z", undefined]);
  });

  const answer = (status: number, body: string): MetadataAnswer => ({ kind: "answer", status, body });
  const endpoint = `the endpoint in ${URI}`;
  const unsendable = "the token in AWS_CONTAINER_AUTHORIZATION_TOKEN or its _FILE contains a line break or another " +
    "character that cannot be sent";
  const id = '"AccessKeyId":"AKIAEXAMPLE"';
  const rows: readonly (readonly [MetadataAnswer | undefined, Env, reason: string, requests: number])[] = [
    [answer(403, "{}"), {}, `${endpoint} answered HTTP 403`, 1],
    [answer(500, ""), {}, `${endpoint} answered HTTP 500`, 3],
    [answer(200, ""), {}, `${endpoint} returned nothing`, 1],
    [answer(200, "<html>"), {}, `${endpoint} returned no JSON`, 1],
    [answer(200, "[]"), {}, `${endpoint} returned no AccessKeyId`, 1],
    [answer(200, `{${id}}`), {}, `${endpoint} returned no SecretAccessKey`, 1],
    [answer(200, `{${id},"SecretAccessKey":1}`), {}, `${endpoint} returned a SecretAccessKey that is not a string`, 1],
    [
      answer(200, `{${id},"SecretAccessKey":"x","Expiration":"soon"}`),
      {},
      `${endpoint} returned an Expiration that is not a date`,
      1,
    ],
    [undefined, { AWS_CONTAINER_AUTHORIZATION_TOKEN: "a\r\nb" }, unsendable, 0],
    [
      undefined,
      { AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE: "/nowhere" },
      "the file in AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE cannot be read",
      0,
    ],
  ];
  for (const [given, env, reason, requests] of rows) {
    await t.step(`${reason} (${requests} requests)`, async () => {
      await using server = await startMetadata({ override: () => given });
      assertEquals([await askContainer({ ...server.containerEnv, ...env }), server.requests.length], [
        reason,
        requests,
      ]);
    });
  }

  await t.step("explains an endpoint that does not exist, after three attempts", async () => {
    const server = await startMetadata();
    await server.stop();
    const world = tokenWorld();
    assertEquals(
      await askContainer(server.containerEnv, world),
      `${endpoint} gave no usable answer: connection refused`,
    );
    assertEquals(world.pauses, [300, 600]);
  });
});

Deno.test("readInstance()", async (t) => {
  const NAME = "AWS_EC2_METADATA_SERVICE_ENDPOINT";
  const [ONE, TWO, IPV6] = ["http://localhost:1/", "http://localhost:2/", "http://[fd00:ec2::254]/"];
  const own = (value: string) => ({ value, from: origin("the profile") });
  const key = "ec2_metadata_service_endpoint";
  const read = (env: Env, settings: Env = {}) =>
    readInstance(env, new Map(Object.entries(settings).map(([name, value]) => [name, own(value)])));
  const rows = [
    ["the environment's endpoint", { [NAME]: ONE }, { [key]: TWO }, ONE],
    ["the profile's endpoint", {}, { [key]: TWO, [`${key}_mode`]: "IPv6" }, TWO],
    ["the endpoint of a mode in any case", { [`${NAME}_MODE`]: "ipV6" }, {}, IPV6],
    ["the endpoint of the profile's mode", {}, { [`${key}_mode`]: "IPV6" }, IPV6],
    ["nothing from an empty variable", { [NAME]: "", [`${NAME}_MODE`]: "" }, { [`${key}_mode`]: "ipv6" }, IPV6],
  ] as const;
  for (const [what, env, settings, url] of rows) {
    await t.step(`reads ${what}`, () => assertEquals(read({ ...env }, { ...settings }).url.value.href, url));
  }

  await t.step("reads limits and prohibitions, the environment first", () => {
    const limits = {
      "metadata_service_timeout": "2.5",
      "metadata_service_num_attempts": "4",
      "ec2_metadata_v1_disabled": "TRUE",
    };
    const { url: _, ...found } = read({ AWS_METADATA_SERVICE_TIMEOUT: "7", AWS_EC2_METADATA_DISABLED: "true" }, limits);
    const by = { disabledBy: origin("AWS_EC2_METADATA_DISABLED"), v1DisabledBy: origin("the profile") };
    assertEquals(found, { milliseconds: 7000, attempts: 4, ...by });
    assertEquals(
      read({ AWS_EC2_METADATA_DISABLED: "False", AWS_EC2_METADATA_V1_DISABLED: "false" }).milliseconds,
      1000,
    );
  });

  const refused = [
    [{ [key]: "localhost" }, 'the profile is "localhost"; expected a URL'],
    [{ [`${key}_mode`]: "IPv5" }, 'the profile is "IPv5"; expected IPv4 or IPv6'],
    [{ [`${key}_mode`]: "constructor" }, 'the profile is "constructor"; expected IPv4 or IPv6'],
    [{ metadata_service_timeout: "0" }, 'the profile is "0"; expected a number of seconds'],
    [{ metadata_service_num_attempts: "0" }, 'the profile is "0"; expected a number of attempts, 1 to 99'],
    [{ ec2_metadata_v1_disabled: "yes" }, 'the profile is "yes"; expected true or false'],
  ] as const;
  for (const [settings, message] of refused) {
    await t.step(message, () => assertEquals(refusal(() => read({}, { ...settings })), message));
  }
});

Deno.test("instanceCredentials()", async (t) => {
  const local = { AWS_METADATA_SERVICE_TIMEOUT: "60" };
  const ask = (env: Env, mayBeAbsent = false, world: Parameters<typeof instanceCredentials>[0] = tokenWorld()) =>
    instanceCredentials(world, readInstance({ ...local, ...env }, new Map()), mayBeAbsent);

  await t.step("makes no request if AWS_EC2_METADATA_DISABLED is set", async () => {
    for (const value of ["true", "TRUE", "1"]) {
      assertEquals(await ask({ AWS_EC2_METADATA_DISABLED: value }), "AWS_EC2_METADATA_DISABLED is set");
    }
  });

  /** A metadata service that answers by path; `undefined` is silence. */
  function scripted(answers: (path: string, count: number) => readonly [number, string] | undefined) {
    const asked: DialRequest[] = [];
    const dial: Dial = (request) => {
      asked.push(request);
      const answer = answers(`${request.method} ${request.url.pathname}`, asked.length);
      const [status, text] = answer ?? [0, ""];
      if (!answer) return Promise.reject(new ConnectionError("timeout", request.url.host));
      return Promise.resolve({ status, headers: {}, body: new TextEncoder().encode(text) });
    };
    return { asked, world: { ...tokenWorld(), dial } };
  }

  const PUT = "PUT /latest/api/token";
  const ROLES = "GET /latest/meta-data/iam/security-credentials/";
  const keys =
    '{"Code":"Success","AccessKeyId":"ASIAX","SecretAccessKey":"x","Token":"t","Expiration":"2030-01-02T03:04:05Z"}';
  const usual: Readonly<Record<string, readonly [number, string]>> = {
    [PUT]: [200, "token"],
    [ROLES]: [200, "runner\n"],
    [`${ROLES}runner`]: [200, keys],
  };

  await t.step("uses version 1 where only that answers, unless it is ruled out", async () => {
    for (const put of [undefined, [403, ""], [404, ""], [405, ""]] as const) {
      const { asked, world } = scripted((path) => path === PUT ? put : usual[path]);
      const found = await ask({}, true, world);
      assertEquals([typeof found, asked.length], ["object", 3]);
      assertEquals(asked.at(-1)?.headers, {});
      assertEquals(
        await ask({ AWS_EC2_METADATA_V1_DISABLED: "true" }, false, world),
        "the metadata service has no version 2, and AWS_EC2_METADATA_V1_DISABLED rules out version 1",
      );
    }
  });

  await t.step("asks again after a failure of the service, as often as is set", async () => {
    const busy = () => scripted((path, count) => count % 3 === 0 ? usual[path] : [503, ""]);
    assertEquals(typeof await ask({}, true, busy().world), "object");
    assertEquals(
      await ask({ AWS_METADATA_SERVICE_NUM_ATTEMPTS: "2" }, true, busy().world),
      "the metadata service answered HTTP 503",
    );
  });

  await t.step("waits for silence only where the service must exist, or as often as is set", async () => {
    const silent = async (env: Env, mayBeAbsent: boolean) => {
      const { asked, world } = scripted(() => undefined);
      assertEquals(await ask(env, mayBeAbsent, world), "no metadata service answered: it is silent");
      return asked.length;
    };
    assertEquals(
      [await silent({}, true), await silent({}, false), await silent({ AWS_METADATA_SERVICE_NUM_ATTEMPTS: "5" }, true)],
      [2, 4, 6],
    );
  });

  const rows: readonly (readonly [path: string, answer: readonly [number, string], reason: string])[] = [
    [PUT, [400, ""], "the metadata service answered HTTP 400"],
    [ROLES, [404, ""], "the metadata service has no role"],
    [ROLES, [200, " "], "the metadata service has no role"],
    [ROLES, [401, ""], "the metadata service answered HTTP 401"],
    [
      `${ROLES}runner`,
      [200, '{"Code":"AssumeRoleUnauthorizedAccess"}'],
      "the metadata service answered AssumeRoleUnauthorizedAccess",
    ],
    [`${ROLES}runner`, [200, '{"Code":"Success"}'], "the metadata service returned no AccessKeyId"],
    [`${ROLES}runner`, [404, ""], "the metadata service answered HTTP 404"],
  ];
  for (const [path, answer, reason] of rows) {
    await t.step(`${reason} (${path})`, async () => {
      const { world } = scripted((asked) => asked === path ? answer : usual[asked]);
      assertEquals(await ask({}, false, world), reason);
    });
  }

  await t.step("asks directly, each time as long as is set", async () => {
    const { asked, world } = scripted((path) => usual[path]);
    await ask({ AWS_METADATA_SERVICE_TIMEOUT: "2" }, false, world);
    assertEquals(asked.map(({ direct, milliseconds }) => [direct, milliseconds]), [[true, 2000], [true, 2000], [
      true,
      2000,
    ]]);
  });
});
