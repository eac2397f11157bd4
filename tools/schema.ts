/** Writes `config.schema.json` from the one schema of the settings. */
import { jsonSchema } from "../src/config/settings.ts";

Deno.writeTextFileSync("config.schema.json", `${JSON.stringify(jsonSchema(), null, 2)}\n`);
