/** Writes `config.schema.json` from the schema of the settings. */
import { jsonSchema } from "../src/config/schema.ts";

Deno.writeTextFileSync("config.schema.json", `${JSON.stringify(jsonSchema(), null, 2)}\n`);
