/** Nothing: what Deno itself costs. Must stay empty. */
