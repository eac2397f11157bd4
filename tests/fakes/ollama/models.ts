import { createHash } from "node:crypto";
import { type Runner, TRAINED_CONTEXT } from "./runners.ts";
import { ApiError, field, type Json, jsonResponse, linesResponse } from "./wire.ts";

const NAME = /^(?:\w[\w.:-]*\/)?(?:\w[\w-]*\/)?\w[\w.-]*:\w[\w.-]*$/;
const CLOUD = /[:-]cloud$/i;
const STUB_BYTES = 384;
const MODEL_BYTES = 42_000_000;
const DETAILS = {
  parent_model: "",
  format: "scripted",
  family: "scripted",
  families: ["scripted"],
  parameter_size: "0B",
  quantization_level: "none",
};

/** ChatML. */
const TEMPLATE = `{{- range $i, $_ := .Messages }}<|im_start|>{{ .Role }}
{{ .Content }}<|im_end|>
{{ end }}<|im_start|>assistant
`;

export interface ModelsOptions {
  readonly names: readonly string[];
  readonly template?: string;
  /** The version of Ollama that the models need. */
  readonly requires?: string;
}

/** The pulled models. Case does not matter. */
export class Models {
  readonly #models = new Map<string, { name: string; modifiedAt: string }>();
  readonly #template: string;
  readonly #requires: string | undefined;
  /** The models that run in Ollama's cloud, beside those tagged `cloud`. */
  readonly cloud = new Set<string>();

  constructor({ names, template = TEMPLATE, requires }: ModelsOptions) {
    this.#template = template;
    this.#requires = requires;
    for (const name of names) this.#add(name);
  }

  /** The full name of a model; 404 if it is not pulled, 400 for an invalid name. */
  find(model: string, shown: string = model): string {
    const found = this.#models.get(validName(model).toLowerCase());
    if (!found) throw new ApiError(404, `model '${shown}' not found`);
    return found.name;
  }

  /** `/api/tags` */
  tags(): Json[] {
    return [...this.#models.values()].map(({ name, modifiedAt }) => ({
      name,
      model: name,
      modified_at: modifiedAt,
      size: this.isCloud(name) ? STUB_BYTES : MODEL_BYTES,
      digest: digestOf(name),
      details: DETAILS,
      capabilities: ["completion"],
      ...this.#remoteOf(name),
    }));
  }

  /** `/api/ps` */
  running(loaded: readonly (readonly [name: string, runner: Runner])[]): Json[] {
    return loaded.map(([name, runner]) => ({
      name,
      model: name,
      size: MODEL_BYTES,
      digest: digestOf(name),
      details: DETAILS,
      expires_at: new Date(runner.expiresAt).toISOString(),
      size_vram: MODEL_BYTES,
      context_length: runner.numCtx,
    }));
  }

  /** `/api/show` */
  show(body: Json): Response {
    const model = modelOf(body);
    if (model === "") throw new ApiError(400, "model is required");
    const name = this.find(model, fullName(model));
    return jsonResponse({
      modelfile: `# A scripted stand-in, no language model.\nFROM ${name}\n`,
      ...(!this.isCloud(name) && { template: this.#template }),
      details: DETAILS,
      model_info: {
        "general.architecture": "scripted",
        "general.parameter_count": 0,
        "scripted.context_length": TRAINED_CONTEXT,
      },
      capabilities: ["completion"],
      modified_at: this.#models.get(name.toLowerCase())?.modifiedAt,
      requires: this.#requires,
      ...this.#remoteOf(name),
    });
  }

  /** `/api/pull`: every model exists except those tagged `missing`. Errors are a line under 200. */
  pull(body: Json): Response {
    const name = validName(modelOf(body));
    const stream = field(body, "stream", "bool") !== false;
    if (name.endsWith(":missing")) {
      const failure = { error: "pull model manifest: file does not exist" };
      if (!stream) return jsonResponse(failure, 500);
      return linesResponse(ndjson([{ status: "pulling manifest" }, failure]));
    }
    this.#add(name);
    if (!stream) return jsonResponse({ status: "success" });
    const digest = `sha256:${digestOf(name)}`;
    const layer = { status: `pulling ${digest.slice(7, 19)}`, digest, total: MODEL_BYTES };
    return linesResponse(ndjson([
      { status: "pulling manifest" },
      layer,
      { ...layer, completed: MODEL_BYTES / 2 },
      { ...layer, completed: MODEL_BYTES },
      { status: "verifying sha256 digest" },
      { status: "writing manifest" },
      { status: "success" },
    ]));
  }

  /** Whether a model, by its full name, runs in Ollama's cloud. */
  isCloud(name: string): boolean {
    return CLOUD.test(name) || this.cloud.has(name);
  }

  #remoteOf(name: string): Json {
    if (!this.isCloud(name)) return {};
    return { remote_model: name.replace(CLOUD, ""), remote_host: "https://ollama.com:443" };
  }

  #add(model: string): void {
    const name = fullName(model);
    this.#models.set(name.toLowerCase(), { name, modifiedAt: new Date().toISOString() });
  }
}

function modelOf(body: Json): string {
  return String(field(body, "model", "string") || (field(body, "name", "string") ?? ""));
}

function validName(model: string): string {
  const name = fullName(model);
  if (!NAME.test(name)) throw new ApiError(400, "invalid model name");
  return name;
}

/** The shortest form, as Ollama lists it; the tag may be followed by `:local` or `:cloud`. */
function fullName(given: string): string {
  const model = given.replace(/^(?:.*?:\/\/)?(?:registry\.ollama\.ai\/)?(?:library\/)?/i, "")
    .replace(/:local$/i, "").replace(/(:[^/:]+):cloud$/i, "$1-cloud");
  return /:[^/]*$/.test(model) ? model : `${model}:latest`;
}

function digestOf(name: string): string {
  return createHash("sha256").update(name).digest("hex");
}

function ndjson(lines: readonly Json[]): string {
  return lines.map((line) => JSON.stringify(line) + "\n").join("");
}
