/** The fault matrix: all known failures of model servers, and what an operator reads about them. */
import { CONTEXT_ROWS } from "./fault_rows_context.ts";
import { COMPATIBLE_ROWS, ECHO_ROWS, GATEWAY_ROWS } from "./fault_rows_gateways.ts";
import { CLOUD_ROWS, CLOUDFLARE_ROWS, LOAD_ROWS } from "./fault_rows_load.ts";
import { CALLER_ROWS, NETWORK_ROWS, PROXY_ROWS } from "./fault_rows_network.ts";
import { OPENAI_ROWS } from "./fault_rows_openai.ts";
import { STATUS_ROWS } from "./fault_rows_server.ts";
import { REDIRECT_ROWS, STREAM_ROWS } from "./fault_rows_stream.ts";
import { TLS_ROWS } from "./fault_rows_tls.ts";
import { SHAPE_ROWS, WIRE_ROWS } from "./fault_rows_wire.ts";
import type { FaultRow } from "./fault_scene.ts";

/** Names are unique. */
export const FAULT_ROWS: readonly FaultRow[] = [
  ...NETWORK_ROWS,
  ...PROXY_ROWS,
  ...TLS_ROWS,
  ...CALLER_ROWS,
  ...STATUS_ROWS,
  ...REDIRECT_ROWS,
  ...STREAM_ROWS,
  ...SHAPE_ROWS,
  ...WIRE_ROWS,
  ...OPENAI_ROWS,
  ...GATEWAY_ROWS,
  ...COMPATIBLE_ROWS,
  ...ECHO_ROWS,
  ...LOAD_ROWS,
  ...CLOUD_ROWS,
  ...CLOUDFLARE_ROWS,
  ...CONTEXT_ROWS,
];
