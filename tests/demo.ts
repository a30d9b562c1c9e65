/**
 * Owns `deno task demo`: an STS of its own on this machine, sample keys, and arar between them, shown as a terminal session.
 * Must not know how arar works: it runs it as anybody does.
 */
// deno-lint-ignore-file no-console
import { ararWords, baseEnv } from "./arar.ts";
import { sampleEnv, startSts } from "./sts_server.ts";

await using sts = await startSts();
const env: Readonly<Record<string, string>> = { ...baseEnv(), ...sampleEnv(sts), AWS_PAGER: "" };

type Words = readonly [string, ...string[]];

say("# CI hands over keys of an IAM user. The work has to be done as a role.");
say(`$ export AWS_ACCESS_KEY_ID=${env.AWS_ACCESS_KEY_ID} AWS_SECRET_ACCESS_KEY=...`);
say(`$ export AWS_ROLE_ARN=${env.AWS_ROLE_ARN}`);

const identity: Words = ["aws", "sts", "get-caller-identity", "--query", "Arn", "--output", "text"];
const names: Words = [Deno.execPath(), "eval", "--no-config", maskedNames.toString() + "\nmaskedNames();"];
const hasAws = await runs(["aws", "--version"]);
const [shown, command] = hasAws ? [identity.join(" "), identity] as const : ["env | grep AWS_", names] as const;

say(`\n# Without arar: the user.`);
await show(shown, command);

say(`\n# With arar: the role; -u names the session after the user.`);
await show(`arar -u -- ${shown}`, [...arar(), "-u", "--", ...command]);

say(`\n# No command: a check. -v says what is decided and why.`);
await show("arar -u -v", [...arar(), "-u", "-v"]);

say(`\n# The command's exit code is arar's.`);
const fails: Words = [Deno.execPath(), "eval", "--no-config", "Deno.exit(3)"];
await show("arar -- sh -c 'exit 3'; echo $?", [...arar(), "--", ...fails], (code) => say(String(code)));

say(`\n# A mistake is one line.`);
await show("arar --rol-arn x -- true", [...arar(), "--rol-arn", "x", "--", "true"]);

function arar(): Words {
  const [program = "", ...words] = ararWords();
  return [program, ...words];
}

async function show(shown: string, [program, ...args]: Words, then: (code: number) => void = () => {}): Promise<void> {
  say(`$ ${shown}`);
  const child = new Deno.Command(program, {
    args,
    env,
    clearEnv: true,
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
  });
  const { code, stdout, stderr } = await child.output();
  await Deno.stdout.write(stderr);
  await Deno.stdout.write(stdout);
  then(code);
}

async function runs([program, ...args]: Words): Promise<boolean> {
  try {
    return (await new Deno.Command(program, { args, env, clearEnv: true, stdout: "null", stderr: "null" }).output())
      .success;
  } catch {
    return false;
  }
}

/** Runs in the command, where there is no `aws` to ask: the AWS variables it sees, none in full. */
function maskedNames(): void {
  const entries = Object.entries(Deno.env.toObject()).filter(([name]) => name.startsWith("AWS_")).sort();
  for (const [name, value] of entries) {
    const secret = /SECRET|TOKEN/.test(name);
    console.log(`${name}=${secret ? `${value.slice(0, 4)}...` : value}`);
  }
}

function say(line: string): void {
  console.log(line);
}
