/** Failures between the bot and the channel's site, and what an operator reads about them. */
import { assertEquals, assertMatch, assertRejects } from "@std/assert";
import { checkChannel } from "../../src/check/channel.ts";
import { discover } from "../../src/cytube/discover.ts";
import { fetchLineLimit } from "../../src/cytube/line_limit.ts";
import { ChannelUnavailableError } from "../../src/errors.ts";
import { type CertKind, makeCerts } from "../fakes/certs.ts";
import { holdPort } from "../fakes/ollama/faulty.ts";
import { answer, RawHttp } from "../fakes/raw_http.ts";
import { settingsOf } from "../fakes/room_scene.ts";
import { test } from "../testing.ts";
import { serveHttp } from "../fakes/http_server.ts";
import { siteOf, Visitor } from "./visitor.ts";

const BROWSERS_ONLY = "Cloudflare lets browsers in only \\(a challenge\\)";
const RULE = "have a rule in Cloudflare let the bot through, .* User-Agent Rosey/\\d";

/** Answers every request with a status. */
function siteWith(status: string, body: string, headers: readonly string[] = []): RawHttp {
  return new RawHttp({ bytes: answer(body, ["Server: cloudflare", ...headers], status) });
}

async function discoverFailure(domain: string): Promise<ChannelUnavailableError> {
  return await assertRejects(() => discover(domain, "demo"), ChannelUnavailableError);
}

/** Why the bot is out of a channel whose socket server is at this address. */
async function socketFailure(url: string): Promise<string> {
  await using site = siteOf(url);
  await using visitor = new Visitor(site.url);
  return (await visitor.outside()).reason;
}

for (
  const [status, body, headers, found] of [
    ["403 Forbidden", "<title>Just a moment...</title>", ["CF-Mitigated: challenge"], "403"],
    ["503 Service Unavailable", '<script src="/cdn-cgi/challenge-platform/x">', [], "503"],
    ["429 Too Many Requests", "", ["cf-mitigated: challenge"], "429"],
  ] as const
) {
  test(`a challenge of Cloudflare before the site is named: ${status}`, async () => {
    await using site = siteWith(status, body, headers);
    const { message } = await discoverFailure(site.url);
    const expected = `^Cannot ask \\S+ for the channel: HTTP ${found}: ${BROWSERS_ONLY}; ${RULE}`;
    assertMatch(message, new RegExp(expected));
  });
}

test("a block by Cloudflare is named, an error of a site behind it is not", async () => {
  await using blocked = siteWith(
    "403 Forbidden",
    "<title>Attention Required! | Cloudflare</title>",
  );
  assertMatch((await discoverFailure(blocked.url)).message, /Cloudflare blocks this machine; have/);
  await using broken = siteWith("503 Service Unavailable", "<title>Cloudflare</title>");
  assertMatch((await discoverFailure(broken.url)).message, /for the channel: HTTP 503$/);
});

test("check says what to do about a challenge of Cloudflare", async () => {
  await using site = siteWith("403 Forbidden", "", ["cf-mitigated: challenge"]);
  const { signal } = new AbortController();
  const options = { login: false, signal, redact: (text: string) => text };
  const [finding] = await checkChannel(settingsOf({ domain: site.url }), options);
  assertMatch(finding!.found, new RegExp(`HTTP 403: ${BROWSERS_ONLY}$`));
  assertMatch(finding!.advice ?? "", new RegExp(`^${RULE}`));
});

test("an answer other than a WebSocket is named", async () => {
  for (const status of ["403 Forbidden", "503 Service Unavailable"]) {
    await using server = siteWith(status, "<title>Just a moment...</title>");
    const said = `Cannot connect to ${server.url}: the answer to a WebSocket is HTTP ` +
      `${status.slice(0, 3)}; a proxy or a firewall before the server refuses it, such as ` +
      `Cloudflare: have it let this machine or User-Agent ${navigator.userAgent} through`;
    assertEquals(await socketFailure(server.url), said);
  }
});

test("a socket server that cannot be reached is named with the reason", async () => {
  const url = `http://127.0.0.1:${holdPort()}`;
  assertMatch(await socketFailure(url), /^Cannot connect to \S+: (?:connection refused|no conn)/);
  const unknown = `http://${"x".repeat(64)}.invalid`;
  assertMatch(
    await socketFailure(unknown),
    /^Cannot connect to \S+: DNS resolution failed: the name/,
  );
});

for (
  const [kind, said] of [
    ["valid", /authority is not known here; set the environment variable DENO_CERT to the PEM/],
    ["self_signed", /DENO_CERT/],
  ] as readonly (readonly [CertKind, RegExp])[]
) {
  test(
    `a certificate of the channel's site that is not trusted names DENO_CERT: ${kind}`,
    async () => {
      await using certs = await makeCerts(kind);
      await using server = serveHttp(() => Response.json({ servers: [] }), { tls: certs });
      assertMatch((await discoverFailure(server.url)).message, said);
      assertMatch(await socketFailure(server.url), said);
    },
    { needs: "openssl" },
  );
}

test("a WebSocket has the User-Agent that its failure names", async () => {
  const agent = Promise.withResolvers<string | null>();
  await using server = serveHttp(({ headers }) => {
    agent.resolve(headers.get("user-agent"));
    return new Response(null, { status: 403 });
  });
  const said = await socketFailure(server.url);
  assertMatch(said, new RegExp(`User-Agent ${await agent.promise} through$`));
});

test("the bot names itself to the site", async () => {
  const agents: (string | null)[] = [];
  await using server = serveHttp(({ headers }) => {
    agents.push(headers.get("user-agent"));
    return Response.json({ servers: [{ url: "https://a.example" }] });
  });
  const domain = server.url;
  await discover(domain, "demo");
  await fetchLineLimit(domain, "demo");
  assertEquals(agents.length, 2);
  for (const agent of agents) assertMatch(agent ?? "", /^Rosey\/\d+\.\d+\.\d+$/);
});
