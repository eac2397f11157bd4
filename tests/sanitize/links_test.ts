import { test } from "../testing.ts";
import { check, unchanged } from "./sanitized.ts";

test("keeps web links if the operator allows them", () => {
  unchanged([
    "https://example.com/a_b_c?x=1&y=2#z",
    "https://example.com/__tests__/x.ts",
    "https://en.wikipedia.org/wiki/Rose_(film)_1979",
    "see www.example.com or example.org/x, or bob@example.com",
  ], { allowLinks: true });
  check([
    ["[CyTube](https://cytu.be) it is", "CyTube (https://cytu.be) it is"],
    ["[https://cytu.be](https://cytu.be)", "https://cytu.be"],
    ["![cat](https://cytu.be/c.png)", "cat (https://cytu.be/c.png)"],
    ['[a](https://cytu.be "title")', "a (https://cytu.be)"],
    ["<https://cytu.be>", "https://cytu.be"],
    ["[click](javascript:alert(1))", "click"],
    ["javascript:alert(1)", "[link]"],
    ["data:text/html,<b>", "[link],<b>"],
    ["ftp://example.com/x, file:///etc/passwd!", "[link], [link]!"],
  ], { allowLinks: true });
});

test("replaces links and keeps the sentence", () => {
  check([
    ["https://example.com/x", "[link]"],
    ["Look at https://example.com/a_(b)?c=1#d.", "Look at [link]."],
    ["Look (at http://example.com/a)!", "Look (at [link])!"],
    ["a HTTPS://EXAMPLE.COM b", "a [link] b"],
    ["<https://example.com>", "[link]"],
    ["steam://run/1 and x-y.z://q", "[link] and [link]"],
    ["http://[::1]:8080/x", "[link]"],
    ["www.example.test now", "[link] now"],
    ["It is on example.com, Example.Org and EXAMPLE.NET/x.", "It is on [link], [link] and [link]."],
    [
      "sub.evil.ru, evil.tk; bbc.co.uk? youtu.be/abc! t.co",
      "[link], [link]; [link]? [link]! [link]",
    ],
    ["mail bob.smith+x@example.com", "mail [link]"],
    ["пример.рф xn--e1afmkfd.xn--p1ai", "[link] [link]"],
    ["ｅｘａｍｐｌｅ．ｃｏｍ example。com example․com", "[link] [link] [link]"],
    ["evil．ru evil.ru._x", "[link] [link]"],
    ["exam\u200bple.c\u200dom", "[link]"],
    ["exa*&#8203;mple*.com", "exa*&#8203;mple*.com"],
    ["`evil`.com", "[link]"],
    ["see/evil.com/x", "see/[link]"],
    ["javascript:alert(1) DATA:text/html;base64,xx mailto:a@b.c", "[link] [link] [link]"],
    ["[CyTube](https://cytu.be) it is", "CyTube it is"],
    ["[](https://cytu.be) it is", "[link] it is"],
    ["![cat](https://cytu.be/c.png)", "cat"],
    ["[https://cytu.be](https://cytu.be)", "[link]"],
    ['<a href="https://x.test/y">go</a>', '<a href="[link]">go</a>'],
    ["main.rs/../evil.com", "[link]"],
    ["evil.sh/x and evil.is/x", "[link] and [link]"],
  ]);
});

test("takes no file name, version, abbreviation or missing space for a link", () => {
  unchanged([
    "node.js, Vue.js, deno.json, config.json and index.html",
    "main.rs, main.py:12, run.sh, README.md, lib.so.6, movie.mov and files.zip",
    "v2.4.2, 3.14, 1.2.3.4, 10.30am and 127.0.0.1:11434",
    "e.g. this, i.e. that, U.S.A., a.m., Ph.D., S.H.I.E.L.D. and R.E.M.",
    "will.i.am and D.Va and Dr.Who",
    "ASP.NET and Socket.IO",
    "Yes.It is.So what.In a moment",
    "array.at(-1), value.is(1), Math.max(a.x, b.y)",
    "wait...com on",
    "你好。IT 很有趣",
    "a: b, c::d, std::move, 12:30, and/or, x:/y",
    "data: 5, javascript: the good parts",
    "<std::string> and vector<int>",
  ]);
});

test("keeps the tags of a spoiler next to a link", () => {
  check([
    ["[sp]he dies, see https://x.example/[/sp] today", "[sp]he dies, see [link][/sp] today"],
    ["[sp]javascript:a()[/sp] b", "[sp][link][/sp] b"],
    ["[sp]example.com/a[/SP]/b c", "[sp][link][/SP]/b c"],
    ["[sp](dies)[/sp] ok", "[sp](dies)[/sp] ok"],
    ["[sp]he[/sp](dies)", "[sp]he[/sp](dies)"],
    ["[spam](https://x.example)", "spam"],
  ]);
  const shown = "[sp]see https://x.example/[/sp](b)";
  unchanged([shown], { allowLinks: true });
});
