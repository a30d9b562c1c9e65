/**
 * The least that a script in Deno can do: the two calls of `arar -u`, signed by WebCrypto and sent by `fetch`, or with
 * `FLOOR=connect` over a connection like arar's own, then the command. It reads no option, explains no failure and forwards no
 * signal.
 */
const env = Deno.env.toObject();
const encoder = new TextEncoder();

async function sha256(text: string): Promise<string> {
  return new Uint8Array(await crypto.subtle.digest("SHA-256", encoder.encode(text))).toHex();
}

async function hmac(key: Uint8Array<ArrayBuffer>, text: string): Promise<Uint8Array<ArrayBuffer>> {
  const imported = await crypto.subtle.importKey("raw", key, { name: "HMAC", hash: "SHA-256" }, false, ["sign"]);
  return new Uint8Array(await crypto.subtle.sign("HMAC", imported, encoder.encode(text)));
}

/** https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html */
async function call(parameters: Record<string, string>): Promise<string> {
  const url = new URL(env.AWS_ENDPOINT_URL_STS ?? "");
  const body = new URLSearchParams({ ...parameters, Version: "2011-06-15" }).toString();
  const date = new Date().toISOString().replace(/[-:]|\.\d+/g, "");
  const scope = `${date.slice(0, 8)}/us-east-1/sts/aws4_request`;
  const type = "application/x-www-form-urlencoded";
  const names = "content-type;host;x-amz-date";
  const headers = `content-type:${type}\nhost:${url.host}\nx-amz-date:${date}\n`;
  const request = await sha256(`POST\n/\n\n${headers}\n${names}\n${await sha256(body)}`);
  let key = encoder.encode(`AWS4${env.AWS_SECRET_ACCESS_KEY}`);
  for (const part of scope.split("/")) key = await hmac(key, part);
  const signature = (await hmac(key, `AWS4-HMAC-SHA256\n${date}\n${scope}\n${request}`)).toHex();
  const credential = `${env.AWS_ACCESS_KEY_ID}/${scope}`;
  const authorization = `AWS4-HMAC-SHA256 Credential=${credential}, SignedHeaders=${names}, Signature=${signature}`;
  const sent = { "content-type": type, "x-amz-date": date, authorization };
  if (env.FLOOR === "connect") return await post(url, sent, body);
  const response = await fetch(url, { method: "POST", body, headers: sent });
  return await response.text();
}

let connection: Deno.Conn | undefined;

async function connect({ hostname, port }: URL): Promise<Deno.Conn> {
  const tcp = await Deno.connect({ hostname, port: Number(port) });
  tcp.setNoDelay(true);
  return await Deno.startTls(tcp, { hostname });
}

/** One request over the connection, for an answer that has a length. */
async function post(url: URL, headers: Record<string, string>, body: string): Promise<string> {
  connection ??= await connect(url);
  const lines = Object.entries({ ...headers, host: url.host, "content-length": `${body.length}` })
    .map(([name, value]) => `${name}: ${value}\r\n`);
  await connection.write(encoder.encode(`POST / HTTP/1.1\r\n${lines.join("")}\r\n${body}`));
  const buffer = new Uint8Array(65536);
  let text = "";
  for (;;) {
    const [head = "", rest] = text.split("\r\n\r\n");
    const length = Number(/^content-length: (\d+)/im.exec(head)?.[1]);
    if (rest !== undefined && rest.length >= length) return rest;
    text += new TextDecoder().decode(buffer.subarray(0, await connection.read(buffer) ?? 0));
  }
}

function element(xml: string, name: string): string {
  const found = new RegExp(`<${name}>([^<]*)</${name}>`).exec(xml)?.[1];
  if (found === undefined) throw new Error(`no ${name} in ${xml}`);
  return found;
}

const caller = await call({ Action: "GetCallerIdentity" });
const answer = await call({
  Action: "AssumeRole",
  RoleArn: env.AWS_ROLE_ARN ?? "",
  RoleSessionName: element(caller, "Arn").split("/").at(-1) ?? "",
});
Deno.env.set("AWS_ACCESS_KEY_ID", element(answer, "AccessKeyId"));
Deno.env.set("AWS_SECRET_ACCESS_KEY", element(answer, "SecretAccessKey"));
Deno.env.set("AWS_SESSION_TOKEN", element(answer, "SessionToken"));
const [program = "", ...args] = Deno.args;
const streams = { stdin: "inherit", stdout: "inherit", stderr: "inherit" } as const;
Deno.exit((await new Deno.Command(program, { args, ...streams }).spawn().status).code);
