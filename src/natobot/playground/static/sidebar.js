// The left column: channels, the app, and what the playground adds: who one is, the date, starting over.

import { h, keep, roving } from "./dom.js";
import { chosen, turn } from "./theme.js";

export class Sidebar {
  constructor(page, root) {
    this.page = page;
    this.title = h("h1", {});
    this.channels = h("ul", { class: "rooms" });
    this.apps = h("ul", { class: "rooms" });
    this.user = h("select", { id: "user", on: { change: (event) => page.become(event.target.value) } });
    this.date = h("input", { type: "date", id: "date", value: new Date().toISOString().slice(0, 10) });
    this.post = h("button", { type: "submit", class: "button" }, "Post the daily message");
    this.theme = h("button", { type: "button", class: "button", on: { click: () => (turn(), this.draw()) } });
    const daily = h("form", { on: { submit: (event) => (event.preventDefault(), this.daily()) } });
    daily.append(h("label", { for: "date" }, "Date"), this.date, this.post);
    this.clock = daily;
    const over = h("button", { type: "button", class: "button", on: { click: () => this.over() } }, "Start over");
    const lists = h("div", { class: "lists" });
    lists.append(h("h2", {}, "Channels"), this.channels, h("h2", {}, "Apps"), this.apps);
    this.settle = roving(lists, "a");
    const controls = h("section", { class: "controls", "aria-label": "Playground" });
    controls.append(
      h("h2", {}, "Playground"),
      h("div", { class: "field" }, h("label", { for: "user" }, "Act as"), this.user),
      daily,
      h("div", { class: "pair" }, this.theme, over),
    );
    root.append(h("header", {}, this.title), lists, controls);
    // How many messages each room had when it was last looked at.
    this.seen = new Map();
  }

  draw() {
    const { page } = this;
    this.title.textContent = page.state.team.name;
    const here = page.channel()?.id;
    const count = (id) => page.state.messages.filter((one) => one.channel === id).length;
    if (here) this.seen.set(here, count(here));
    const row = (one) => {
      if (one.id && !this.seen.has(one.id)) this.seen.set(one.id, one.kind === "im" ? 0 : count(one.id));
      return { ...one, here: page.room === one.to, unread: one.id ? Math.max(0, count(one.id) - this.seen.get(one.id)) : 0 };
    };
    const rooms = page.state.channels.filter((one) => one.kind !== "im");
    const direct = page.state.channels.find((one) => one.kind === "im");
    keep(this.channels, rooms.map((one) => row({ id: one.id, to: one.id, name: one.name, kind: one.kind })), (one) => one.to, room);
    keep(this.apps, [row({ id: direct?.id, to: "app", name: page.bot(), kind: "im" })], (one) => one.to, room);
    keep(
      this.user,
      page.names.people().map((one) => ({ ...one, me: one.id === page.state.me })),
      (one) => one.id,
      (one) => h("option", { value: one.id, selected: one.me }, one.real_name),
    );
    this.user.value = page.state.me;
    this.clock.hidden = !page.state.app.daily;
    this.theme.textContent = { auto: "Theme: auto", light: "Theme: light", dark: "Theme: dark" }[chosen()];
    this.settle();
  }

  async daily() {
    this.post.setAttribute("aria-busy", "true");
    await this.page.act("daily", { date: this.date.value });
    this.post.removeAttribute("aria-busy");
  }

  async over() {
    this.seen.clear();
    await this.page.act("start_over", {});
    location.hash = "";
  }
}

function room(one) {
  const sign = one.kind === "im" ? h("span", { class: "avatar app", "aria-hidden": "true" }) : h("span", { class: "hash", "aria-hidden": "true" }, "#");
  const unread = one.unread ? h("span", { class: "badge" }, String(one.unread), h("span", { class: "visually-hidden" }, " unread")) : null;
  const open = () => (document.body.dataset.pane = "room");
  return h(
    "li",
    {},
    h("a", { href: `#/${one.to}`, tabindex: -1, class: one.unread ? "unread" : null, "aria-current": one.here ? "page" : null, "data-focus": one.to, on: { click: open } }, sign, one.name, unread),
  );
}
