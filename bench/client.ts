import { type Ask, bare, official, rosey } from "./client/contenders.ts";
const child = new Deno.Command(Deno.execPath(), {
  args: ["run", "-A", new URL("./client/server.ts", import.meta.url).pathname],
  stdout: "piped",
}).spawn();
const r = child.stdout.getReader();
const url = new TextDecoder().decode((await r.read()).value).trim();
const cs = [bare(url), official(url), rosey(url)];
async function many(ask: Ask, n: number, c: number) {
  let left = n;
  await Promise.all(Array.from({ length: c }, async () => {
    while (left-- > 0) await ask();
  }));
}
const med = (v: number[]) => v.toSorted((a, b) => a - b)[v.length >> 1]!;
for (const kind of ["whole", "streamed"] as const) {
  for (const c of [1, 16, 256]) {
    const n = kind === "whole" ? 1024 : 512;
    for (const x of cs) await many(x[kind], n, c);
    const t: number[][] = [[], [], []], u: number[][] = [[], [], []];
    const conns: string[] = [];
    for (let round = 0; round < 11; round++) {
      for (let j = 0; j < 3; j++) {
        const i = (j + round) % 3;
        const c0 = Deno.readTextFileSync("/proc/self/stat").split(" ");
        const b = performance.now();
        await many(cs[i]![kind], n, c);
        t[i]!.push((performance.now() - b) / n * 1000);
        const c1 = Deno.readTextFileSync("/proc/self/stat").split(" ");
        u[i]!.push((+c1[13]! + +c1[14]! - +c0[13]! - +c0[14]!) * 10000 / n);
        conns[i] = await (await fetch(url)).text();
      }
    }
    console.log(
      kind,
      c,
      cs.map((x, i) =>
        `${x.name} ${med(t[i]!).toFixed(0)}us x${
          med(t[i]!.map((v, r) => v / t[0]![r]!)).toFixed(3)
        } cpu ${med(u[i]!).toFixed(0)} x${
          med(u[i]!.map((v, r) => v / u[0]![r]!)).toFixed(2)
        } conns ${conns[i]}`
      ).join(" | "),
    );
  }
}
child.kill();
Deno.exit();
