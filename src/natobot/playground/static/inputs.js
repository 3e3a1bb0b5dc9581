// What a person can press, choose or fill in: elements of Block Kit as controls, and what stands in them.

import { text } from "./blocks.js";
import { h } from "./dom.js";
import { plain } from "./mrkdwn.js";

let counter = 0;
const fresh = (what) => `${what}-${(counter += 1)}`;

// A control in a message, or beside a section: what is chosen is told at once. `where.press` does it.
export function control(element, block, where) {
  if (element.type === "image") return h("span", { class: "picture", role: "img", "aria-label": element.alt_text }, element.alt_text);
  const press = (value, node) => confirmed(element, where, () => where.press(block.block_id, element, value, node));
  if (element.type === "button" || element.type === "icon_button") return button(element, press);
  if (element.type === "feedback_buttons")
    return h(
      "span",
      { class: "pair" },
      ...[element.positive_button, element.negative_button].map((one) => button({ ...one, action_id: element.action_id }, press)),
    );
  if (element.type === "overflow") return overflow(element, press);
  const made = field(element, where, `${block.block_id}/${element.action_id}`);
  made.node.addEventListener("change", () => press(made.node.read(), made.node));
  made.label(element.placeholder?.text ?? block.text?.text ?? element.action_id);
  return made.node;
}

function button(element, press) {
  const style = { primary: " primary", danger: " danger" }[element.style] ?? "";
  return h(
    "button",
    {
      type: "button",
      class: `button${style}`,
      "aria-label": element.accessibility_label,
      "data-focus": `${element.action_id} ${element.value ?? ""}`,
      "data-action": element.action_id,
      on: { click: (event) => press(element.value ?? null, event.currentTarget) },
    },
    ...plain(element.text.text, element.text.emoji !== false),
  );
}

function overflow(element, press) {
  const items = element.options.map((option) => ({ name: option.text.text, run: (node) => press(option.value, node) }));
  return menu("⋯", "More actions", items);
}

// A button with a menu below it; arrows move, Escape closes and gives the focus back.
export function menu(sign, label, items) {
  const opener = h("button", { type: "button", class: "button", "aria-label": label, "aria-haspopup": "menu", "aria-expanded": "false", "data-focus": `menu ${label}` }, sign);
  const list = h("div", { class: "menu", role: "menu", "aria-label": label, hidden: true });
  const box = h("span", { class: "menu-box" }, opener, list);
  const close = (back) => {
    list.hidden = true;
    opener.setAttribute("aria-expanded", "false");
    if (back) opener.focus();
  };
  list.append(
    ...items.map((item) =>
      h("button", { type: "button", role: "menuitem", tabindex: -1, on: { click: () => (close(true), item.run(opener)) } }, item.name),
    ),
  );
  opener.addEventListener("click", () => {
    list.hidden = !list.hidden;
    opener.setAttribute("aria-expanded", String(!list.hidden));
    list.classList.toggle("up", opener.getBoundingClientRect().bottom > window.innerHeight - 220);
    if (!list.hidden) list.firstChild.focus();
  });
  box.addEventListener("focusout", (event) => {
    if (!box.contains(event.relatedTarget)) close(false);
  });
  box.addEventListener("keydown", (event) => {
    if (list.hidden) return;
    const all = [...list.children];
    const at = all.indexOf(document.activeElement);
    const to = { ArrowDown: (at + 1) % all.length, ArrowUp: (at - 1 + all.length) % all.length, Home: 0, End: all.length - 1 }[event.key];
    if (event.key === "Escape") close(true);
    else if (to === undefined) return;
    else all[to].focus();
    event.preventDefault();
    event.stopPropagation();
  });
  return box;
}

// Asks first, where the element says so.
function confirmed(element, where, then) {
  const asked = element.confirm;
  if (!asked) return then();
  const dialog = document.getElementById("confirm");
  const end = (yes) => () => (dialog.close(), yes && then());
  dialog.replaceChildren(
    h("h2", { id: "confirm-title" }, ...text(asked.title, where.names)),
    h("div", { class: "modal-body" }, ...text(asked.text, where.names)),
    h(
      "div",
      { class: "modal-foot" },
      h("button", { type: "button", class: "button", on: { click: end(false) } }, asked.deny.text),
      h("button", { type: "button", class: `button ${asked.style ?? "primary"}`, on: { click: end(true) } }, asked.confirm.text),
    ),
  );
  dialog.showModal();
  return null;
}

// An input of a window: label, hint, and a line for what is wrong with it.
export function group(block, where) {
  const made = field(block.element, where, `${block.block_id}/${block.element.action_id}`, !block.optional);
  const hint = block.hint && h("p", { class: "hint", id: fresh("hint") }, ...text(block.hint, where.names));
  const wrong = h("p", { class: "wrong", id: fresh("wrong"), hidden: true });
  const label = [...text(block.label, where.names), block.optional && h("span", { class: "optional" }, " (optional)")];
  const set = made.several;
  const box = h(set ? "fieldset" : "div", { class: "block input", "data-block": block.block_id });
  box.append(set ? h("legend", {}, ...label.filter(Boolean)) : h("label", { for: made.node.id }, ...label.filter(Boolean)), made.node);
  made.node.setAttribute("aria-describedby", [hint?.id, wrong.id].filter(Boolean).join(" "));
  if (hint) box.append(hint);
  box.append(wrong);
  if (block.dispatch_action) made.node.addEventListener("change", () => where.press(block.block_id, block.element, made.node.read(), made.node));
  box.complain = (line) => {
    wrong.hidden = !line;
    wrong.textContent = line ?? "";
    const target = set ? made.node.querySelector("input") : made.node;
    if (line) target?.setAttribute("aria-invalid", "true");
    else target?.removeAttribute("aria-invalid");
    return target;
  };
  box.check = () => {
    const value = made.node.read();
    if (!block.optional && (value === null || value.length === 0)) return "Please complete this required field.";
    const least = block.element.min_length;
    return least && value && value.length < least ? `Write at least ${least} characters.` : null;
  };
  return box;
}

// Everything that stands in the inputs below a node, by block and action.
export function filled(root) {
  const values = {};
  for (const node of root.querySelectorAll("[data-input]")) values[node.dataset.input] = node.read();
  return values;
}

function field(element, where, key, required = false) {
  const kind = (FIELDS[element.type] ?? unavailable)(element, where, required);
  const id = fresh("field");
  kind.node.id = id;
  kind.node.dataset.input = key;
  kind.node.dataset.focus = key;
  kind.node.read = kind.read;
  return { ...kind, label: (words) => kind.node.setAttribute("aria-label", words) };
}

function typed(type, first, more = {}) {
  return (element, _where, required) => {
    const node = h("input", {
      type,
      value: first(element) ?? "",
      placeholder: element.placeholder?.text,
      "aria-required": required || null,
      maxlength: element.max_length,
      ...more,
    });
    return { node, read: () => node.value || null };
  };
}

function area(element, where, required) {
  if (!element.multiline) return typed("text", (one) => one.initial_value)(element, where, required);
  const node = h("textarea", { rows: 4, placeholder: element.placeholder?.text, maxlength: element.max_length, "aria-required": required || null });
  node.value = element.initial_value ?? "";
  return { node, read: () => node.value || null };
}

// Moments are seconds since 1970 in Block Kit, and local time in a browser's field.
function moment(element, _where, required) {
  const node = h("input", { type: "datetime-local", "aria-required": required || null });
  if (element.initial_date_time) {
    const at = new Date(element.initial_date_time * 1000);
    node.value = new Date(at.getTime() - at.getTimezoneOffset() * 60000).toISOString().slice(0, 16);
  }
  return { node, read: () => (node.value ? String(Math.floor(new Date(node.value).getTime() / 1000)) : null) };
}

function select(options, chosen, several) {
  return (element, where, required) => {
    const groups = options(element, where);
    const wanted = [chosen(element) ?? []].flat();
    if (several) return boxes("checkbox", groups.flatMap((one) => one.options), wanted);
    const option = (one) => h("option", { value: one.value, selected: wanted.includes(one.value) }, one.name);
    const node = h(
      "select",
      { "aria-required": required || null },
      h("option", { value: "", selected: !wanted.length }, element.placeholder?.text ?? "Choose"),
      ...groups.flatMap((one) => (one.label ? [h("optgroup", { label: one.label }, ...one.options.map(option))] : one.options.map(option))),
    );
    return { node, read: () => node.value || null };
  };
}

function boxes(type, options, wanted) {
  const name = fresh("choice");
  const node = h(
    "div",
    { class: "choices", role: type === "radio" ? "radiogroup" : "group" },
    ...options.map((one) =>
      h(
        "label",
        {},
        h("input", { type, name, value: one.value, checked: wanted.includes(one.value) }),
        h("span", {}, one.name, one.description && h("small", {}, one.description)),
      ),
    ),
  );
  const picked = () => [...node.querySelectorAll("input:checked")].map((one) => one.value);
  return { node, several: true, read: () => (type === "radio" ? (picked()[0] ?? null) : picked()) };
}

const named = (option) => ({ value: option.value, name: option.text.text, description: option.description?.text });
const listed = (element) =>
  element.option_groups
    ? element.option_groups.map((one) => ({ label: one.label.text, options: one.options.map(named) }))
    : [{ options: (element.options ?? []).map(named) }];
const people = (_, where) => [{ options: where.names.people().map((one) => ({ value: one.id, name: one.real_name })) }];
const rooms = (_, where) => [{ options: where.names.channels().map((one) => ({ value: one.id, name: `#${one.name}` })) }];
const first = (element) => element.initial_option?.value;
const firsts = (element) => (element.initial_options ?? []).map((one) => one.value);

function unavailable(element) {
  const node = h("input", { type: "text", disabled: true, value: `${element.type} is not available here` });
  return { node, read: () => null };
}

const FIELDS = {
  plain_text_input: area,
  email_text_input: typed("email", (one) => one.initial_value),
  url_text_input: typed("url", (one) => one.initial_value),
  number_input: typed("number", (one) => one.initial_value, { step: "any" }),
  datepicker: typed("date", (one) => one.initial_date),
  timepicker: typed("time", (one) => one.initial_time),
  datetimepicker: moment,
  static_select: select(listed, first, false),
  multi_static_select: select(listed, firsts, true),
  users_select: select(people, (one) => one.initial_user, false),
  multi_users_select: select(people, (one) => one.initial_users, true),
  channels_select: select(rooms, (one) => one.initial_channel, false),
  multi_channels_select: select(rooms, (one) => one.initial_channels, true),
  conversations_select: select(rooms, (one) => one.initial_conversation, false),
  multi_conversations_select: select(rooms, (one) => one.initial_conversations, true),
  checkboxes: (element) => boxes("checkbox", element.options.map(named), firsts(element)),
  radio_buttons: (element) => boxes("radio", element.options.map(named), [first(element)]),
};
