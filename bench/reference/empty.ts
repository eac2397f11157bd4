/** The reference for a start: nothing. With arguments it stays, for its memory. */
if (Deno.args.length > 0) setInterval(() => {}, 60_000);
