import type { BotReport } from "../report.ts";

/** Such as `in demo as Rosey, muted; llama3.2:3b on http://gpu:11434: up`. */
export function statusLine(report: BotReport): string {
  const { connection, channel, user, restrictions, domain, models } = report;
  const where = {
    joined: [`in ${channel} as ${user}`, ...restrictions].join(", "),
    connecting: `on the way to ${channel} on ${domain}`,
    waiting: `not in ${channel}: ${connection.reason}`,
  }[connection.state];
  const servers = models.map(({ modelName, host, state, reason }) =>
    `${modelName} on ${host}: ${state}${state === "down" && reason ? ` (${reason})` : ""}`
  );
  return [where, ...(servers.length > 0 ? servers : ["model off"])].join("; ");
}
