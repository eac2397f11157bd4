import { escapeUTF8 as escapeHtml } from "entities";
import { PAGE_SCRIPT } from "./script.ts";
import { PAGE_STYLE } from "./style.ts";

export interface ChannelPageOptions {
  readonly title: string;
  /** Tells which model answers. */
  readonly subtitle: string;
}

const SUGGESTIONS = ["hey rosey, what is on?", "hey rosey, who are you?"];

/**
 * Renders the chat page of the demo channel: one HTML file that loads nothing else. It speaks the
 * Engine.IO 4 and Socket.IO 4 text protocol over one WebSocket to its own origin.
 */
export function channelPage({ title, subtitle }: ChannelPageOptions): string {
  const chips = SUGGESTIONS.map((text) => `<button type="button">${text}</button>`).join("");
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>${escapeHtml(title)}</title>
<link rel="icon" href="data:,">
<style>${PAGE_STYLE}</style>
</head>
<body>
<header>
  <div class="mark" aria-hidden="true"></div>
  <div class="heading">
    <h1>${escapeHtml(title)}</h1>
    <p>${escapeHtml(subtitle)}</p>
  </div>
  <p id="state" role="status" data-state="wait">connecting</p>
</header>
<p id="media"><span>Now playing</span> <b id="playing">nothing</b></p>
<main>
  <section class="chat" aria-label="Chat">
    <ol id="log" role="log" aria-live="polite" aria-label="Messages" tabindex="0"></ol>
    <div class="float"><button id="newer" type="button" hidden>New messages</button></div>
    <p id="notice" role="alert" hidden></p>
    <form id="naming">
      <label for="name">Your name</label>
      <input id="name" name="name" required maxlength="20" pattern="[A-Za-z0-9_\\-]{1,20}"
        title="1 to 20 letters, digits, - or _" autocomplete="nickname" spellcheck="false">
      <button type="submit">Join the chat</button>
    </form>
    <form id="saying" hidden>
      <label for="text">Message</label>
      <input id="text" name="text" maxlength="320" autocomplete="off"
        placeholder="Say something">
      <button type="submit">Send</button>
      <div class="chips" role="group" aria-label="Suggestions">${chips}</div>
    </form>
  </section>
  <aside aria-label="Who is here">
    <h2>Here now <span id="count">0</span></h2>
    <ul id="users"></ul>
  </aside>
</main>
<noscript>This page needs JavaScript to chat.</noscript>
<script>${PAGE_SCRIPT}</script>
</body>
</html>
`;
}
