/**
 * Which sources are used, in which order, and why there are no credentials; which output of a `credential_process` is
 * accepted, and what is wrong with any other, without showing it.
 */
import { assertEquals, assertRejects } from "@std/assert";
import type { RemoteSource } from "../../../lib/aws/signer.ts";
import { readContainer, readInstance } from "../../../lib/aws/signers/machine.ts";
import {
  type ProcessContext,
  processCredentials,
  sourceCredentials,
} from "../../../lib/aws/signers/source_credentials.ts";
import { ArarError } from "../../../lib/errors.ts";
import type { Env } from "../../../lib/sourced.ts";
import type { Captured, CaptureOptions } from "../../../lib/system/capture.ts";
import { startMetadata } from "../../metadata_server.ts";
import { origin } from "../../origin.ts";
import { ROLE_SESSION } from "../../sts_server.ts";
import { realDial } from "../real_dial.ts";
import { tokenWorld } from "./token_server.ts";

const DISABLED = { AWS_EC2_METADATA_DISABLED: "true" };

function get(signer: RemoteSource, env: Env = DISABLED) {
  const container = readContainer(env);
  return sourceCredentials(signer, {
    system: {
      ...tokenWorld(),
      captureShell: () => Promise.reject(new Error("no shell")),
      now: () => 0,
      writePrivateFile: () => Promise.resolve(),
    },
    env,
    dial: realDial,
    services: { ...container && { container }, instance: readInstance(env, new Map()) },
    region: "eu-west-1",
    signal: new AbortController().signal,
    mayPrompt: false,
  });
}

Deno.test("sourceCredentials()", async (t) => {
  await t.step("uses the container if it is named", async () => {
    const expiration = new Date("2030-01-02T03:04:05Z");
    await using server = await startMetadata({ expiration });
    const { accessKeyId, secretAccessKey, sessionToken = "" } = ROLE_SESSION;
    const expected = { accessKeyId, secretAccessKey, sessionToken, expiration };
    assertEquals(await get({ kind: "container" }, { ...server.containerEnv }), expected);
    assertEquals(await get({ kind: "machine", tried: [] }, { ...server.containerEnv, ...DISABLED }), expected);
  });

  const unset = "neither AWS_CONTAINER_CREDENTIALS_RELATIVE_URI nor AWS_CONTAINER_CREDENTIALS_FULL_URI is set";
  const disabled = "AWS_EC2_METADATA_DISABLED is set";
  const rows = [
    [{ kind: "container" }, DISABLED, `cannot use the container's credentials: ${unset}`],
    [{ kind: "instance" }, DISABLED, `cannot use the instance's credentials: ${disabled}`],
    [
      { kind: "machine", tried: ["first this", "then that"] },
      DISABLED,
      `no source credentials were found\nfirst this\nthen that\ncontainer: ${unset}\ninstance: ${disabled}`,
    ],
    // No instance: a container is named.
    [
      { kind: "machine", tried: [] },
      { AWS_CONTAINER_CREDENTIALS_FULL_URI: "http://localhost:9/", AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE: "/gone" },
      "no source credentials were found\ncontainer: the file in AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE cannot be read",
    ],
  ] as const;
  for (const [signer, env, message] of rows) {
    await t.step(message, async () => {
      const error = await assertRejects(() => get(signer, { ...env }), ArarError);
      assertEquals([error.message, ...error.detail?.split("\n") ?? []].join("\n"), message);
    });
  }
});

const NOW = Date.parse("2026-01-01T00:00:00Z");
const KEYS = { Version: 1, AccessKeyId: "AKIAEXAMPLE", SecretAccessKey: "not-a-secret" };

interface Given extends Partial<Captured> {
  readonly command?: string;
  readonly env?: Readonly<Record<string, string>>;
  readonly fails?: Error;
  /** Whether `--credential-process` names the program. */
  readonly byOption?: boolean;
}

/** Runs a program that ends as given; records how it was run. */
async function printed({ command = "/bin/keys --for the-secret", env = {}, fails, byOption, ...captured }: Given) {
  const runs: [string, Omit<CaptureOptions, "signal">][] = [];
  const context: ProcessContext = {
    now: () => NOW,
    captureShell: (run, { signal: _, ...options }) => {
      runs.push([run, options]);
      return fails ? Promise.reject(fails) : Promise.resolve({ code: 0, signal: null, stdout: "", ...captured });
    },
    env,
    signal: new AbortController().signal,
    mayPrompt: true,
  };
  const signer = byOption
    ? { kind: "program", command, from: origin("--credential-process") } as const
    : { kind: "profile", profile: "p", via: "process", command } as const;
  const credentials = await processCredentials(signer, context);
  return { credentials, runs };
}

async function refused(given: Given) {
  const { message, hints } = await assertRejects(() => printed(given), ArarError);
  assertEquals([message, ...hints].join().includes("the-secret"), false, message);
  return [message, ...hints];
}

Deno.test("processCredentials()", async (t) => {
  await t.step("returns the keys, and nothing else", async () => {
    const { credentials } = await printed({ stdout: ` ${JSON.stringify({ ...KEYS, AccountId: "1", more: true })}\n` });
    assertEquals(credentials, { accessKeyId: "AKIAEXAMPLE", secretAccessKey: "not-a-secret" });
  });

  await t.step("returns token and expiration", async () => {
    const more = { SessionToken: "token", Expiration: "2100-01-02T03:04:05Z" };
    const { credentials } = await printed({ stdout: JSON.stringify({ ...KEYS, ...more }) });
    assertEquals([credentials.sessionToken, credentials.expiration], ["token", new Date(more.Expiration)]);
  });

  await t.step("ignores a null or empty token or expiration", async () => {
    for (const value of [null, ""]) {
      const { credentials } = await printed({
        stdout: JSON.stringify({ ...KEYS, SessionToken: value, Expiration: value }),
      });
      assertEquals(Object.keys(credentials), ["accessKeyId", "secretAccessKey"]);
    }
  });

  await t.step("keeps a line break within quotes, and drops one behind a backslash", async () => {
    const command = `f "a\nb" 'c\nd' \\\n"e\\"\nf" g\nh`;
    const { runs } = await printed({ command, stdout: JSON.stringify(KEYS) });
    assertEquals(runs[0]?.[0], `f "a\nb" 'c\nd' "e\\"\nf" g h`);
  });

  await t.step("reads any time of ISO 8601", async () => {
    for (const Expiration of ["2100-01-02T05:04:05+02", "21000102T030405Z"]) {
      const { credentials } = await printed({ stdout: JSON.stringify({ ...KEYS, Expiration }) });
      assertEquals(credentials.expiration, new Date("2100-01-02T03:04:05Z"));
    }
  });

  await t.step("runs a command of several lines as one, and tells nested processes", async () => {
    const { runs } = await printed({
      command: "/bin/keys\n--for me",
      env: { ARAR_ASKED_PROFILES: "q" },
      stdout: JSON.stringify(KEYS),
    });
    const options = { mayPrompt: true, env: { ARAR_ASKED_PROFILES: "q\np" }, limit: 65536 };
    assertEquals(runs, [["/bin/keys --for me", options]]);
  });

  await t.step("refuses to run arar with the same profile", async () => {
    assertEquals(await refused({ env: { ARAR_ASKED_PROFILES: "q\np" }, fails: new Error("run") }), [
      'the credential_process of profile "p" runs arar with the same profile',
      "let it name the profile that has the keys: arar --profile NAME",
    ]);
  });

  await t.step(
    "names the option of a program that no profile has, and refuses it to run arar with it again",
    async () => {
      const { runs } = await printed({
        byOption: true,
        env: { ARAR_ASKED_PROFILES: "q" },
        stdout: JSON.stringify(KEYS),
      });
      assertEquals(runs[0]?.[1].env, { ARAR_ASKED_PROFILES: "q\n--credential-process" });
      const [message] = await refused({ byOption: true, code: 3 });
      assertEquals(message, 'the program "/bin/keys" of --credential-process failed with exit code 3');
      assertEquals(await refused({ byOption: true, env: { ARAR_ASKED_PROFILES: "--credential-process" } }), [
        "the program of --credential-process runs arar with it again",
        "let it name the profile that has the keys: arar --profile NAME",
      ]);
    },
  );

  const run = 'credential_process "/bin/keys" of profile "p"';
  const hint = "run it yourself to see its output, which arar does not show since it may contain secrets";
  const json = (answer: unknown) => ({ stdout: JSON.stringify(answer) });
  const rows: readonly (readonly [Given, string, ...string[]])[] = [
    [{ code: 3, stdout: "the-secret" }, `${run} failed with exit code 3`],
    [{ code: 127 }, `${run} failed with exit code 127`, "the shell found no such program"],
    [{ code: 143, signal: "SIGTERM" }, `${run} was terminated by SIGTERM`],
    [{ stdout: undefined }, `${run} wrote more than 64 KiB`],
    [{ stdout: "the-secret" }, `${run} returned no JSON`, hint],
    [{ stdout: "" }, `${run} returned nothing`, hint],
    [json(null), `${run} returned no JSON object`, hint],
    [json("the-secret"), `${run} returned no JSON object`, hint],
    [json({ ...KEYS, Version: 2 }), `${run} did not return Version 1`, hint],
    [json({ ...KEYS, Version: "1" }), `${run} did not return Version 1`, hint],
    [json([]), `${run} did not return Version 1`, hint],
    [json({ ...KEYS, AccessKeyId: undefined }), `${run} returned no AccessKeyId`, hint],
    [json({ Version: 1, AccessKeyId: "the-secret" }), `${run} returned no SecretAccessKey`, hint],
    [
      json({ ...KEYS, SecretAccessKey: ["the-secret"] }),
      `${run} returned a SecretAccessKey that is not a string`,
      hint,
    ],
    [json({ ...KEYS, AccessKeyId: 1 }), `${run} returned an AccessKeyId that is not a string`, hint],
    [json({ ...KEYS, SecretAccessKey: "" }), `SecretAccessKey of ${run} is empty`, hint],
    [json({ ...KEYS, SessionToken: "the-secret\n" }), `SessionToken of ${run} ends with a line break`, hint],
    [json({ ...KEYS, Expiration: "soon" }), `${run} returned an Expiration that is not a date`, hint],
    [json({ ...KEYS, Expiration: 4102444800 }), `${run} returned an Expiration that is not a date`, hint],
    [json({ ...KEYS, Expiration: "2026-01-01T00:00:00Z" }), `${run} returned expired credentials`, hint],
    [{ fails: new Error("the-secret") }, `cannot run ${run}: the shell cannot be started`],
    [
      { fails: Object.assign(new Error("the-secret"), { name: "NotCapable" }) },
      `cannot run ${run}: Deno denied permission`,
      "run arar with -A, or with --allow-run",
    ],
  ];
  for (const [given, ...lines] of rows) {
    await t.step(lines[0], async () => assertEquals(await refused(given), lines));
  }

  const names = [
    ["keys", ' "keys"'],
    ["  /bin/keys the-secret", ' "/bin/keys"'],
    ['"/my bin/keys" the-secret', ' "/my bin/keys"'],
    ["'C:\\keys.exe' the-secret", ' "C:\\keys.exe"'],
    ["TOKEN=the-secret keys", ""],
    ["(echo the-secret)", ""],
    ["$(cat the-secret)", ""],
    ["keys>the-secret", ""],
    ["", ""],
  ] as const;
  for (const [command, name] of names) {
    await t.step(`names the program of ${JSON.stringify(command)}, and no argument`, async () => {
      const message = `credential_process${name} of profile "p" failed with exit code 3`;
      assertEquals(await refused({ command, code: 3 }), [message]);
    });
  }
});
