// Slack's own markup as nodes: *bold*, _italic_, ~strike~, `code`, ```code```, > quotes, <links>, <@people>, :emoji:.

import { h } from "./dom.js";
import { emoji } from "./emoji.js";

const unescape = (text) => text.replace(/&lt;/g, "<").replace(/&gt;/g, ">").replace(/&amp;/g, "&");

// `names` knows people, channels and me: see main.js.
export function mrkdwn(text, names) {
  const out = [];
  let quote = null;
  const parts = text.split(/(```[\s\S]+?```)/);
  parts.forEach((part, number) => {
    if (number % 2) {
      quote = null;
      out.push(h("pre", {}, h("code", {}, ...entities(part.slice(3, -3).replace(/^\n|\n$/g, ""), names))));
      return;
    }
    // The line ends beside a block are the block's.
    const trimmed = part.replace(number ? /^\n/ : /^$/, "").replace(number < parts.length - 1 ? /\n$/ : /^$/, "");
    if (!trimmed) return;
    for (const [index, line] of trimmed.split("\n").entries()) {
      const said = /^(?:&gt;|>) ?(.*)$/.exec(line);
      if (said) {
        if (quote) quote.append(h("br"));
        else out.push((quote = h("blockquote")));
        quote.append(...inline(said[1], names));
        continue;
      }
      if (index && !quote) out.push(h("br"));
      quote = null;
      out.push(...inline(line, names));
    }
    quote = null;
  });
  return out;
}

// Text without markup: only emoji, where they are wanted.
export function plain(text, withEmoji = true) {
  const out = [];
  text.split("\n").forEach((line, number) => {
    if (number) out.push(h("br"));
    out.push(...(withEmoji ? emojis(line) : [line]));
  });
  return out;
}

// Of a message what a screen reader is told at once.
export function spoken(text, names) {
  return h("p", {}, ...mrkdwn(text, names)).textContent;
}

const MARKS = { "*": "strong", _: "em", "~": "s" };
const PAIR = /(^|[\s\p{P}\p{S}])([*_~`])(?=\S)((?:(?!\2).)*?\S|\S)\2(?=$|[\s\p{P}\p{S}])/u;

function inline(line, names) {
  // Marks inside <…> are part of an address.
  const held = [];
  const safe = line.replace(/<[^<>]*>/g, (found) => `\u0001${held.push(found) - 1}\u0002`);
  const restore = (part) => part.replace(/\u0001(\d+)\u0002/g, (_, number) => held[number]);
  const walk = (rest) => {
    const out = [];
    for (let found = PAIR.exec(rest); found; found = PAIR.exec(rest)) {
      out.push(...entities(restore(rest.slice(0, found.index) + found[1]), names));
      const [, , mark, inner] = found;
      out.push(mark === "`" ? h("code", {}, ...entities(restore(inner), names, false)) : h(MARKS[mark], {}, ...walk(inner)));
      rest = rest.slice(found.index + found[0].length);
    }
    out.push(...entities(restore(rest), names));
    return out;
  };
  return walk(safe);
}

function entities(text, names, withEmoji = true) {
  const words = (part) => (withEmoji ? bare(part) : [unescape(part)]);
  return text.split(/(<[^<>]+>)/).flatMap((part, number) => (number % 2 ? [entity(part.slice(1, -1), names)] : words(part)));
}

function entity(inside, names) {
  const bar = inside.indexOf("|");
  const what = bar < 0 ? inside : inside.slice(0, bar);
  const label = bar < 0 ? "" : unescape(inside.slice(bar + 1));
  if (what.startsWith("@")) return names.person(what.slice(1), label);
  if (what.startsWith("#")) return names.channel(what.slice(1), label);
  if (what.startsWith("!date^")) {
    const [seconds, format, url] = what.slice(6).split("^");
    return date(seconds, format ?? "", url, label);
  }
  if (what.startsWith("!subteam^")) return h("span", { class: "mention" }, label || "@group");
  if (what.startsWith("!")) return broadcast(what.slice(1));
  return link(unescape(what), label);
}

export function broadcast(range) {
  return h("span", { class: "mention" }, `@${range}`);
}

// Only what a browser may safely open becomes a link.
export function link(url, label) {
  const text = label || url;
  if (!/^(https?:\/\/|mailto:)/i.test(url)) return h("span", {}, text);
  return h("a", { href: url, target: "_blank", rel: "noopener noreferrer" }, text);
}

const FORMATS = {
  date: { dateStyle: "long" },
  date_num: { year: "numeric", month: "2-digit", day: "2-digit" },
  date_short: { dateStyle: "medium" },
  date_long: { dateStyle: "full" },
  date_pretty: { dateStyle: "long" },
  date_short_pretty: { dateStyle: "medium" },
  date_long_pretty: { dateStyle: "full" },
  time: { timeStyle: "short" },
  time_secs: { timeStyle: "medium" },
};

// A moment in the reader's own time zone.
export function date(seconds, format, url, fallback) {
  const moment = new Date(Number(seconds) * 1000);
  if (Number.isNaN(moment.getTime())) return h("span", {}, fallback || "");
  const text = format.replace(/\{(\w+)\}/g, (whole, name) =>
    FORMATS[name] ? new Intl.DateTimeFormat("en-GB", FORMATS[name]).format(moment) : whole,
  );
  return url ? link(url, text) : h("time", { datetime: moment.toISOString() }, text);
}

// Words outside of <…>: bare addresses become links, as Slack's do.
function bare(text) {
  return text.split(/(https?:\/\/[^\s<>]*[^\s<>.,;:!?)'"”’\]])/).flatMap((part, number) =>
    number % 2 ? [link(unescape(part), "")] : emojis(unescape(part)),
  );
}

function emojis(text) {
  return text.split(/(:[a-z0-9_+-]+:)/).map((part, number) => (number % 2 ? emoji(part.slice(1, -1)) : part)).filter(Boolean);
}
