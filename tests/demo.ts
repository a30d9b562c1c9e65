/**
 * `deno task demo`: shows a terminal session with arar, with sample keys and a local STS. With --dry-run, it shows only the
 * plan.
 */
// deno-lint-ignore-file no-console
import { fileURLToPath } from "node:url";
import { ararWords, baseEnv, denoFlags } from "./arar.ts";
import { AWS, HAS_AWS } from "./python.ts";
import { sampleEnv, startSts } from "./sts_server.ts";

await using sts = await startSts();
const env: Readonly<Record<string, string>> = { ...baseEnv(), ...sampleEnv(sts), AWS_PAGER: "" };

console.log("An STS on this machine, sample keys of the user alice, and the role that AWS_ROLE_ARN names:\n");
if (Deno.args.includes("--dry-run")) {
  // Nothing is asked of it, and few jobs have an endpoint of their own.
  const { AWS_ENDPOINT_URL_STS: _, ...job } = env;
  await show("arar -u --dry-run -- terraform plan", job);
} else {
  const identity = HAS_AWS ? "aws sts get-caller-identity --query Arn --output text" : "deno run -A tests/identity.ts";
  await show(identity);
  await show(`arar -u -- ${identity}`);
  const fails = Deno.build.os === "windows" ? "cmd /c exit 3" : "sh -c 'exit 3'";
  await show(`arar -- ${fails}; echo $?`);
  await show("arar --rol-arn x -- true");
}

console.log("\nThat was all on this machine. With keys of your own: https://github.com/ikedam/arar#quick-start");

/** Runs the line as a shell would. A quoted word is one argument; `arar`, `deno` and `aws` are those under test. */
async function show(line: string, job = env): Promise<void> {
  console.log(`$ ${line}`);
  const command = line.replace(/; echo \$\?$/, "");
  const words = [...command.matchAll(/'([^']*)'|\S+/g)].map(([word, quoted]) => quoted ?? word);
  const [program, ...args] = words.flatMap((word) =>
    word === "arar"
      ? ararWords()
      : word === "aws"
      ? [AWS]
      : word === "deno"
      ? [Deno.execPath()]
      : word === "-A"
      ? [...denoFlags(), "-A"]
      : [word.endsWith(".ts") ? fileURLToPath(new URL(`../${word}`, import.meta.url)) : word]
  );
  const options = { args, env: job, clearEnv: true, stdin: "null", stdout: "piped", stderr: "piped" } as const;
  const { code, stdout, stderr } = await new Deno.Command(program ?? "", options).output();
  await Deno.stdout.write(stderr);
  await Deno.stdout.write(stdout);
  if (command !== line) console.log(code);
}
