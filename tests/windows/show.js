// Prints the words it was called with, its input and the names of its AWS variables, as a command of the tests beside it.
const input = await new Response(Deno.stdin.readable).text();
const names = Object.keys(Deno.env.toObject()).filter((name) => /^aws_/i.test(name)).sort();
await new Blob([JSON.stringify({ args: Deno.args, input, names })]).stream().pipeTo(Deno.stdout.writable);
