/**
 * Names of models as Ollama reads them: `[scheme://][host[:port]/][namespace/]model[:tag]`, in any case.
 *
 * Source: https://github.com/ollama/ollama/blob/main/types/model/name.go and internal/modelref/modelref.go
 */
const DEFAULT_HOST = "registry.ollama.ai";
const DEFAULT_NAMESPACE = "library";
const DEFAULT_TAG = "latest";

/** Whether an Ollama server takes both names for one model. */
export function sameModel(a: string, b: string): boolean {
  return fullName(a) === fullName(b);
}

/** Whether the name asks for a model of Ollama's cloud, as `gpt-oss:120b-cloud` and `glm-5:cloud` do. */
export function isCloudName(name: string): boolean {
  const [, tag] = cutTag(name.trim().toLowerCase());
  return tag === "cloud" || tag?.endsWith("-cloud") === true;
}

function fullName(name: string): string {
  const [path, tag = DEFAULT_TAG] = cutTag(withoutSource(name.trim().toLowerCase()));
  const parts = path.split("/");
  const model = parts.pop();
  const namespace = parts.pop() ?? DEFAULT_NAMESPACE;
  // The scheme is how the registry is asked, not which model it is.
  const host = parts.length === 0 ? DEFAULT_HOST : parts.join("/").replace(/^.*?:\/\//, "");
  return `${host}/${namespace}/${model}:${tag}`;
}

/** A name may end with `:local` or `:cloud`; after another tag, lists have `-cloud` for `:cloud`. */
function withoutSource(name: string): string {
  const [base, source] = cutTag(name);
  if (source === "local") return base;
  const hasTag = cutTag(base)[1] !== undefined;
  return source === "cloud" && hasTag ? `${base}-cloud` : name;
}

/** A colon before the last slash belongs to a port or a scheme. */
function cutTag(name: string): [path: string, tag?: string] {
  const colon = name.lastIndexOf(":");
  return colon > name.lastIndexOf("/") ? [name.slice(0, colon), name.slice(colon + 1)] : [name];
}
