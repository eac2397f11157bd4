/**
 * The reference for latency: joins a channel and passes lines with its name on to the model, without
 * any check.
 *
 * Usage: minimal_bot --config FILE
 */
import { io } from "socket.io-client";

const config = JSON.parse(Deno.readTextFileSync(Deno.args[1]!));
const { domain, channel, llm } = config;
const site = await fetch(`${domain}/socketconfig/${channel}.json`);
const { servers: [{ url }] } = await site.json();
const socket = io(url, { transports: ["websocket"] });
socket.on("connect", () => socket.emit("login", { name: "Minimal" }));
socket.on("login", () => socket.emit("joinChannel", { name: channel }));
socket.once("userlist", () => console.error(`Joined ${channel}`));
socket.on("chatMsg", async ({ username, msg }) => {
  if (!/\brosey\b/i.test(msg)) return;
  const response = await fetch(`${llm.ollama_host}/api/chat`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({
      model: llm.model,
      messages: [{ role: "user", content: `${username}: ${msg}` }],
      stream: false,
    }),
  });
  const { message } = await response.json();
  socket.emit("chatMsg", { msg: message.content, meta: {} });
});
