// Elements from plain descriptions. Text goes in as text nodes only: nothing here reads markup.

// h("button", { class: "x", type: "button", on: { click } }, "text", node, null)
export function h(tag, props = {}, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(props)) {
    if (value === null || value === undefined || value === false) continue;
    if (name === "on") for (const [kind, run] of Object.entries(value)) node.addEventListener(kind, run);
    else if (name === "value") node.value = value;
    else node.setAttribute(name, value === true ? "" : String(value));
  }
  node.append(...children.flat().filter((child) => child !== null && child !== undefined && child !== false));
  return node;
}

// Makes the children of a parent those of `items`: what is unchanged stays the very node it was, so that focus and
// what is typed stay too. `key` names an item, `make` draws it.
export function keep(parent, items, key, make) {
  const before = parent.kept ?? new Map();
  const after = new Map();
  for (const item of items) {
    const id = key(item);
    const sign = JSON.stringify(item);
    let entry = before.get(id);
    if (!entry || entry.sign !== sign) {
      const node = make(item);
      if (entry) replace(entry.node, node);
      entry = { sign, node };
    }
    after.set(id, entry);
  }
  for (const [id, entry] of before) if (!after.has(id)) entry.node.remove();
  let place = parent.firstChild;
  for (const { node } of after.values()) {
    if (node === place) place = place.nextSibling;
    else parent.insertBefore(node, place);
  }
  parent.kept = after;
}

// Puts a node in the place of another, and the focus where it was.
function replace(old, fresh) {
  const focused = old.contains(document.activeElement) ? document.activeElement : null;
  old.replaceWith(fresh);
  if (!focused) return;
  const name = focused.dataset.focus;
  const same = name && fresh.querySelector(`[data-focus="${CSS.escape(name)}"]`);
  (same || fresh).focus();
}

// One of several can be reached with Tab, the others with the arrow keys.
export function roving(list, selector) {
  const all = () => [...list.querySelectorAll(selector)];
  const choose = (node) => {
    for (const one of all()) one.tabIndex = one === node ? 0 : -1;
  };
  list.addEventListener("focusin", (event) => {
    const node = event.target.closest(selector);
    if (node) choose(node);
  });
  list.addEventListener("keydown", (event) => {
    const nodes = all();
    const at = nodes.indexOf(event.target);
    const to = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: nodes.length - 1 }[event.key];
    if (at < 0 || to === undefined || !nodes[to]) return;
    event.preventDefault();
    nodes[to].focus();
  });
  return (last = false) => {
    const nodes = all();
    if (nodes.length && !nodes.some((node) => node.tabIndex === 0)) choose(last ? nodes.at(-1) : nodes[0]);
  };
}

export function toast(line) {
  const box = document.getElementById("toasts");
  const note = h("div", { class: "toast" }, h("span", {}, line));
  const leave = h("button", { type: "button", class: "plain", "aria-label": "Dismiss", on: { click: () => note.remove() } }, "×");
  note.append(leave);
  box.append(note);
  setTimeout(() => note.remove(), 12000);
}

export function say(line) {
  const box = document.getElementById("said");
  box.append(h("p", {}, line));
  while (box.children.length > 5) box.firstChild.remove();
}
