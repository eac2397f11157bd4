/** The script of the demo page: plain JavaScript for the browser. */
export const PAGE_SCRIPT: string = String.raw`"use strict";
const $ = (id) => document.getElementById(id);
const MAX_LINES = 500;
const KEPT_TAGS = new Set(["STRONG", "EM", "CODE", "S"]);
let users = new Map(), socket = null, joined = false, me = "", wanted = "", retryMs = 1000, kicked = false;
let last = { who: "", time: 0 }, newest = 0, seen = 0, atEnd = true;
let unsent = "", sent = [], recall = 0;

function connect() {
  kicked = joined = false;
  setState("wait", "connecting");
  const current = socket = new WebSocket(
    location.origin.replace(/^http/, "ws") + "/socket.io/?EIO=4&transport=websocket");
  // Engine.IO 4: 0 open, 2 ping, 3 pong, 4 message; Socket.IO: 40 connect, 41 end, 42 event.
  socket.onmessage = ({ data }) => {
    if (current !== socket || typeof data !== "string") return;
    if (data[0] === "0") socket.send("40");
    else if (data === "2") socket.send("3");
    else if (data.startsWith("40")) emit("joinChannel", { name: "demo" });
    else if (data.startsWith("44")) stop("The channel does not let this page in.");
    else if (data.startsWith("41")) socket.close();
    else if (data.startsWith("42")) {
      const [event, payload] = JSON.parse(data.slice(2));
      if (Object.hasOwn(on, event)) on[event](payload);
    }
  };
  socket.onclose = () => {
    if (current !== socket) return;
    joined = false;
    me = "";
    seen = newest;
    users.clear();
    showForms();
    if (kicked) return setState("off", "disconnected");
    setState("off", "reconnecting");
    setTimeout(connect, retryMs);
    retryMs = Math.min(retryMs * 2, 10000);
  };
}

function emit(event, payload) {
  if (socket && socket.readyState === 1) socket.send("42" + JSON.stringify([event, payload]));
}

const on = {
  chatMsg: showLine,
  userlist(list) {
    users = new Map(list.map((user) => [user.name, user]));
    showUsers();
    if (joined) return;
    joined = true;
    retryMs = 1000;
    setState("on", "connected");
    if (wanted) emit("login", { name: wanted });
    showForms();
  },
  login({ success, name, error }) {
    if (success) me = name;
    else wanted = "";
    notify(success ? "" : error);
    showForms();
    $(success ? "text" : "name").focus();
  },
  addUser: setUser,
  setUserRank: changeUser,
  setUserMeta: changeUser,
  userLeave({ name }) { users.delete(name); showUsers(); },
  changeMedia(media) { $("playing").textContent = media.title; },
  playlist(items) { if (items.length === 0) $("playing").textContent = "nothing"; },
  clearchat() { $("log").replaceChildren(); last = { who: "", time: 0 }; },
  pm({ username, to, msg }) {
    const other = username === me ? "to " + to : "from " + username;
    showSystem("Private message " + other + ": " + parsed(msg).textContent);
  },
  cooldown() {
    notify("That was too fast: send it again in a moment.");
    if (!$("text").value) $("text").value = unsent;
  },
  noflood: ({ msg }) => notify(msg),
  errorMsg: ({ msg }) => notify(msg),
  needPassword() { stop("This channel asks for a password."); },
  kick({ reason }) { stop("You were kicked" + (reason ? " (" + reason + ")." : ".")); },
};

function setUser(user) {
  users.set(user.name, user);
  showUsers();
}

function changeUser(change) {
  const user = users.get(change.name);
  if (user) setUser({ ...user, ...change });
}

function stop(why) {
  kicked = true;
  wanted = "";
  socket.close();
  notify(why + " Give a name to come back.");
}

function parsed(html) {
  return new DOMParser().parseFromString(html, "text/html").body;
}

// Untrusted HTML: copies only text, links and a few tags without attributes.
function copySafely(from, to) {
  for (const node of from.childNodes) {
    if (node.nodeType === Node.TEXT_NODE) to.append(node.data);
    if (node.nodeType !== Node.ELEMENT_NODE) continue;
    let target = to;
    if (KEPT_TAGS.has(node.tagName)) {
      target = make(node.tagName);
    } else if (node.tagName === "A" && /^https?:/i.test(node.getAttribute("href") || "")) {
      target = make("a", { href: node.getAttribute("href"), target: "_blank", rel: "noopener" });
    }
    if (target !== to) to.append(target);
    copySafely(node, target);
  }
}

function make(tag, properties = {}, ...children) {
  const element = Object.assign(document.createElement(tag), properties);
  element.append(...children);
  return element;
}

function showLine({ username, msg, meta, time }) {
  // After a reconnect the history repeats lines.
  if (!joined && time <= seen) return;
  newest = time;
  if (username[0] === "[") return showSystem(parsed(msg).textContent);
  const text = make("span", { className: "text" }, meta.action ? username + " " : "");
  copySafely(parsed(msg), text);
  const first = username !== last.who || time - last.time > 180000;
  last = { who: username, time };
  const item = make("li", { style: hue(username), className: first ? "first" : "" }, text);
  if (first) {
    const date = new Date(time);
    const clock = date.toLocaleTimeString([], { hour: "2-digit", minute: "2-digit" });
    item.prepend(face(username), make("div", {}, make("span", { className: "who" }, username),
      make("time", { dateTime: date.toISOString() }, clock)));
  }
  if (meta.action) item.classList.add("action");
  if (meta.addClass === "greentext") item.classList.add("greentext");
  const heard = text.textContent.toLowerCase();
  if (me && username !== me && heard.includes(me.toLowerCase())) item.classList.add("mention");
  append(item);
}

function showSystem(text) {
  last = { who: "", time: 0 };
  append(make("li", { className: "system first" }, text));
}

function append(item) {
  const log = $("log");
  log.append(item);
  while (log.childElementCount > MAX_LINES) log.firstElementChild.remove();
  if (atEnd || !joined) toEnd();
  else $("newer").hidden = false;
}

function toEnd() {
  atEnd = true;
  $("log").scrollTop = $("log").scrollHeight;
  $("newer").hidden = true;
}

function face(name) {
  const letter = name[0].toUpperCase();
  return make("span", { className: "face", ariaHidden: "true", style: hue(name) }, letter);
}

function hue(name) {
  let sum = 7;
  for (const letter of name.toLowerCase()) sum = (sum * 31 + letter.codePointAt(0)) % 360;
  return "--hue: " + sum;
}

function showUsers() {
  const list = [...users.values()].sort((a, b) => b.rank - a.rank || (a.name < b.name ? -1 : 1));
  $("count").textContent = String(list.length);
  $("users").replaceChildren(...list.map(({ name, rank, meta }) => {
    const role = name === me ? "you" : rank >= 2 ? "moderator" : "";
    return make("li", { className: meta.afk ? "away" : "" },
      face(name), make("span", {}, name), make("small", {}, role));
  }));
}

function setState(state, text) {
  $("state").dataset.state = state;
  $("state").textContent = text;
}

function notify(text) {
  $("notice").textContent = text;
  $("notice").hidden = !text;
}

function showForms() {
  const naming = !me && !(wanted && !kicked);
  $("naming").hidden = !naming;
  $("saying").hidden = naming;
  showUsers();
}

$("naming").addEventListener("submit", (event) => {
  event.preventDefault();
  wanted = $("name").value.trim();
  notify("");
  if (kicked) connect();
  else if (joined) emit("login", { name: wanted });
});

$("saying").addEventListener("submit", (event) => {
  event.preventDefault();
  const text = $("text").value;
  if (!text.trim()) return;
  if (!me) return notify("Not connected: your message is still here.");
  emit("chatMsg", { msg: text, meta: {} });
  unsent = text;
  sent = [...sent.slice(-49), text];
  recall = sent.length;
  $("text").value = "";
  notify("");
  toEnd();
});

$("text").addEventListener("keydown", (event) => {
  const step = { ArrowUp: -1, ArrowDown: 1 }[event.key];
  if (!step) return;
  event.preventDefault();
  recall = Math.max(0, Math.min(sent.length, recall + step));
  $("text").value = sent[recall] || "";
});

document.querySelector(".chips").addEventListener("click", ({ target }) => {
  if (target.tagName !== "BUTTON") return;
  $("text").value = target.textContent;
  $("text").focus();
});

$("newer").addEventListener("click", toEnd);
$("log").addEventListener("scroll", () => {
  const log = $("log");
  atEnd = log.scrollHeight - log.scrollTop - log.clientHeight < 60;
  if (atEnd) $("newer").hidden = true;
});
// The on-screen keyboard of a phone makes the log smaller.
new ResizeObserver(() => atEnd && toEnd()).observe($("log"));

$("name").value = "guest" + Math.floor(1000 + Math.random() * 9000);
$("name").focus();
$("name").select();
connect();
`;
