// Block Kit as nodes. `where` says what a press belongs to, and does it: see `press` below.

import { h } from "./dom.js";
import { emoji } from "./emoji.js";
import { control, group } from "./inputs.js";
import { broadcast, date, link, mrkdwn, plain } from "./mrkdwn.js";

export function blocks(list, where) {
  return list.map((block) => (KINDS[block.type] ?? unknown)(block, where));
}

export function text(object, names) {
  if (!object) return [];
  return object.type === "mrkdwn" ? mrkdwn(object.text, names) : plain(object.text, object.emoji !== false);
}

const KINDS = {
  section: (block, where) =>
    h(
      "div",
      { class: "block section" },
      h(
        "div",
        { class: "words" },
        block.text && h("div", {}, ...text(block.text, where.names)),
        block.fields && h("div", { class: "fields" }, ...block.fields.map((field) => h("div", {}, ...text(field, where.names)))),
      ),
      block.accessory && h("div", { class: "accessory" }, control(block.accessory, block, where)),
    ),
  header: (block, where) => h("h3", { class: "block header" }, ...text(block.text, where.names)),
  divider: () => h("hr", { class: "block" }),
  context: (block, where) =>
    h(
      "div",
      { class: "block context" },
      ...block.elements.map((one) => (one.type === "image" ? picture(one) : h("span", {}, ...text(one, where.names)))),
    ),
  image: (block, where) =>
    h("figure", { class: "block" }, block.title && h("figcaption", {}, ...text(block.title, where.names)), picture(block)),
  actions: (block, where) => h("div", { class: "block actions" }, ...block.elements.map((one) => control(one, block, where))),
  context_actions: (block, where) =>
    h("div", { class: "block actions" }, ...block.elements.map((one) => control(one, block, where))),
  input: (block, where) => group(block, where),
  rich_text: (block, where) => h("div", { class: "block rich" }, ...block.elements.map((one) => rich(one, where.names))),
  markdown: (block) => h("div", { class: "block markdown" }, ...plain(block.text)),
  table: (block, where) => table(block, where.names),
};

function unknown(block) {
  return h("div", { class: "block context" }, `(${block.type})`);
}

// Nothing is loaded from anywhere: an image is what it says of itself.
function picture(image) {
  return h("span", { class: "picture", role: "img", "aria-label": image.alt_text }, image.alt_text);
}

// Rich text

function rich(part, names) {
  const inside = () => part.elements.map((run) => inline(run, names));
  if (part.type === "rich_text_quote") return h("blockquote", {}, ...inside());
  if (part.type === "rich_text_preformatted") return h("pre", { tabindex: 0 }, h("code", {}, ...inside()));
  if (part.type === "rich_text_list") {
    const items = part.elements.map((item) => h("li", {}, ...item.elements.map((run) => inline(run, names))));
    const ordered = part.style === "ordered";
    const start = ordered && part.offset ? part.offset + 1 : null;
    return h(ordered ? "ol" : "ul", { start, class: `indent-${Math.min(part.indent ?? 0, 8)}` }, ...items);
  }
  return h("div", {}, ...inside());
}

const STYLES = { bold: "strong", italic: "em", strike: "s", underline: "u", code: "code" };

function inline(run, names) {
  let nodes = INLINE[run.type]?.(run, names) ?? [`(${run.type})`];
  for (const [style, tag] of Object.entries(STYLES)) if (run.style?.[style]) nodes = [h(tag, {}, ...nodes)];
  return nodes.length === 1 ? nodes[0] : h("span", {}, ...nodes);
}

const INLINE = {
  text: (run) => plain(run.text, false),
  link: (run) => [link(run.url, run.text)],
  user: (run, names) => [names.person(run.user_id, "")],
  channel: (run, names) => [names.channel(run.channel_id, "")],
  usergroup: (run) => [h("span", { class: "mention" }, `@${run.usergroup_id}`)],
  team: (run) => [h("span", { class: "mention" }, `@${run.team_id}`)],
  broadcast: (run) => [broadcast(run.range)],
  emoji: (run) => [emoji(run.name, run.unicode)],
  date: (run) => [date(run.timestamp, run.format, run.url, run.fallback)],
  color: (run) => [h("code", {}, run.value)],
};

// The first row is the heading, as in Slack.
function table(block, names) {
  const settings = block.column_settings ?? [];
  const cell = (tag) => (one, column) =>
    h(
      tag,
      { class: `${settings[column]?.align ?? "left"}${settings[column]?.is_wrapped ? " wrapped" : ""}`, scope: tag === "th" ? "col" : null },
      ...(one.type === "rich_text" ? one.elements.map((part) => rich(part, names)) : plain(String(one.text ?? one.value ?? ""))),
    );
  const [head, ...rows] = block.rows;
  return h(
    "div",
    { class: "block scroll", tabindex: 0, role: "group", "aria-label": "Table" },
    h(
      "table",
      {},
      h("thead", {}, h("tr", {}, ...head.map(cell("th")))),
      h("tbody", {}, ...rows.map((row) => h("tr", {}, ...row.map(cell("td"))))),
    ),
  );
}
