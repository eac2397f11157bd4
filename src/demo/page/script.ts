/** The script of the demo page: plain JavaScript for the browser. */
export const PAGE_SCRIPT: string = String.raw`"use strict";
const $ = (id) => document.getElementById(id);
const users = new Map();
const shown = new Set();
const MAX_LINES = 500;
const KEPT_TAGS = new Set(["STRONG", "EM", "CODE", "S"]);
let socket = null, joined = false, me = "", wanted = "", retryMs = 1000, kicked = false;
let last = { who: "", time: 0 }, unsent = "", sent = [], recall = 0, atEnd = true;

$("name").value = "guest" + Math.floor(1000 + Math.random() * 9000);

function connect() {
  kicked = joined = false;
  setState("wait", "connecting");
  socket = new WebSocket(location.origin.replace(/^http/, "ws") +
    "/socket.io/?EIO=4&transport=websocket");
  const current = socket;
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
  chatMsg(line) { showLine(line); },
  userlist(list) {
    users.clear();
    for (const user of list) users.set(user.name, user);
    showUsers();
    if (joined) return;
    joined = true;
    retryMs = 1000;
    setState("on", "connected");
    if (wanted) emit("login", { name: wanted });
    showForms();
  },
  login(answer) {
    if (answer.success) {
      me = answer.name;
      notify("");
      showForms();
      $("text").focus();
    } else {
      wanted = "";
      notify(answer.error);
      showForms();
      $("name").focus();
    }
  },
  addUser(user) { users.set(user.name, user); showUsers(); },
  userLeave({ name }) { users.delete(name); showUsers(); },
  setUserRank({ name, rank }) {
    const user = users.get(name);
    if (user) user.rank = rank;
    showUsers();
  },
  setUserMeta({ name, meta }) {
    const user = users.get(name);
    if (user) user.meta = meta;
    showUsers();
  },
  changeMedia(media) { $("playing").textContent = media.title; },
  playlist(items) { if (items.length === 0) $("playing").textContent = "nothing"; },
  clearchat() { $("log").replaceChildren(); last = { who: "", time: 0 }; },
  pm(line) {
    const other = line.username === me ? "to " + line.to : "from " + line.username;
    showSystem("Private message " + other + ": " + parsed(line.msg).textContent);
  },
  cooldown() {
    notify("That was too fast: send it again in a moment.");
    if (!$("text").value) $("text").value = unsent;
  },
  noflood({ msg }) { notify(msg); },
  errorMsg({ msg }) { notify(msg); },
  needPassword() { stop("This channel asks for a password."); },
  kick({ reason }) { stop("You were kicked" + (reason ? " (" + reason + ")." : ".")); },
};

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
      target = document.createElement(node.tagName);
      to.append(target);
    } else if (node.tagName === "A" && /^https?:/i.test(node.getAttribute("href") || "")) {
      target = document.createElement("a");
      Object.assign(target, { href: node.getAttribute("href"), target: "_blank", rel: "noopener" });
      to.append(target);
    }
    copySafely(node, target);
  }
}

function showLine(line) {
  const key = line.username + " " + line.time + " " + line.msg;
  // After a reconnect the history repeats lines.
  if (!joined && shown.has(key)) return;
  shown.add(key);
  if (line.username[0] === "[") return showSystem(parsed(line.msg).textContent);
  const item = document.createElement("li");
  const first = line.username !== last.who || line.time - last.time > 180000;
  last = { who: line.username, time: line.time };
  item.style.setProperty("--hue", hue(line.username));
  if (first) item.append(face(line.username), heading(line));
  const text = document.createElement("span");
  text.className = "text";
  if (line.meta.action) text.append(line.username + " ");
  copySafely(parsed(line.msg), text);
  item.append(text);
  item.classList.toggle("first", first);
  item.classList.toggle("action", Boolean(line.meta.action));
  item.classList.toggle("greentext", line.meta.addClass === "greentext");
  const mine = me && line.username !== me &&
    text.textContent.toLowerCase().includes(me.toLowerCase());
  item.classList.toggle("mention", Boolean(mine));
  append(item);
}

function heading(line) {
  const head = document.createElement("div");
  head.className = "head";
  const who = document.createElement("span");
  who.className = "who";
  who.textContent = line.username;
  const time = document.createElement("time");
  const date = new Date(line.time);
  time.dateTime = date.toISOString();
  time.textContent = date.toLocaleTimeString([], { hour: "2-digit", minute: "2-digit" });
  head.append(who, time);
  return head;
}

function showSystem(text) {
  const item = document.createElement("li");
  item.className = "system first";
  item.textContent = text;
  last = { who: "", time: 0 };
  append(item);
}

function append(item) {
  const log = $("log");
  item.classList.toggle("fresh", joined);
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
  const mark = document.createElement("span");
  mark.className = "face";
  mark.ariaHidden = "true";
  mark.textContent = name[0].toUpperCase();
  mark.style.setProperty("--hue", hue(name));
  return mark;
}

function hue(name) {
  let sum = 7;
  for (const letter of name.toLowerCase()) sum = (sum * 31 + letter.codePointAt(0)) % 360;
  return String(sum);
}

function showUsers() {
  const list = [...users.values()].sort((a, b) => b.rank - a.rank || (a.name < b.name ? -1 : 1));
  $("count").textContent = String(list.length);
  $("users").replaceChildren(...list.map((user) => {
    const item = document.createElement("li");
    const name = document.createElement("span");
    name.textContent = user.name;
    item.append(face(user.name), name);
    const role = user.name === me ? "you" : user.rank >= 2 ? "moderator" : "";
    if (role) item.append(Object.assign(document.createElement("small"), { textContent: role }));
    item.classList.toggle("away", Boolean(user.meta && user.meta.afk));
    return item;
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
  if (event.key !== "ArrowUp" && event.key !== "ArrowDown") return;
  event.preventDefault();
  recall = Math.max(0, Math.min(sent.length, recall + (event.key === "ArrowUp" ? -1 : 1)));
  $("text").value = sent[recall] || "";
});

document.querySelector(".chips").addEventListener("click", (event) => {
  if (event.target.tagName !== "BUTTON") return;
  $("text").value = event.target.textContent;
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

$("name").focus();
$("name").select();
connect();
`;
