/**
 * Serves the files of a release on 127.0.0.1 as GitHub's release page does, so that install.sh can be tried before they are
 * published.
 *
 * Usage: deno run --allow-net=127.0.0.1 --allow-read .ci/release/page.ts FOLDER PORT
 */
const [folder = "", port = ""] = Deno.args;

Deno.serve({ hostname: "127.0.0.1", port: Number(port) }, async ({ url }) => {
  const [, file] = /^\/(?:latest\/download|download\/v[\d.]+)\/([\w.]+)$/.exec(new URL(url).pathname) ?? [];
  const found = await Deno.open(`${folder}/${file}`).catch(() => undefined);
  return found ? new Response(found.readable) : new Response(null, { status: 404 });
});
