// Where people write: Enter sends, commands and names are completed.

import { h } from "./dom.js";

const LONGEST = 12;

export class Composer {
  constructor(page, id) {
    this.page = page;
    this.drafts = new Map();
    this.place = null;
    this.list = h("ul", { class: "options", id: `options-${id}`, role: "listbox", "aria-label": "Completions", hidden: true });
    this.box = h("textarea", {
      id: `composer-${id}`,
      rows: 1,
      role: "combobox",
      "aria-autocomplete": "list",
      "aria-expanded": "false",
      "aria-controls": `options-${id}`,
      on: { input: () => this.typed(), keydown: (event) => this.key(event), blur: () => setTimeout(() => this.close(), 150), click: () => this.typed() },
    });
    const insert = (text) => () => {
      this.box.setRangeText(text, this.box.selectionStart, this.box.selectionEnd, "end");
      this.box.focus();
      this.typed();
    };
    const command = h("button", { type: "button", class: "button plain", "aria-label": "Insert a slash command", on: { click: insert("/") } }, "/");
    const mention = h("button", { type: "button", class: "button plain", "aria-label": "Mention somebody", on: { click: insert("@") } }, "@");
    const send = h("button", { type: "submit", class: "button primary", "aria-label": "Send" }, "Send");
    this.root = h("form", { class: "composer", on: { submit: (event) => (event.preventDefault(), this.send()) } });
    this.root.append(this.list, this.box, h("div", { class: "bar" }, id === "room" ? command : null, mention, h("span", { class: "tip" }, "Enter sends"), send));
    if (id !== "room") command.remove();
    this.options = [];
    this.at = -1;
  }

  draw(label, channel, thread) {
    const place = `${channel} ${thread ?? ""}`;
    this.channel = channel;
    this.thread = thread;
    this.box.setAttribute("aria-label", label);
    this.box.placeholder = label;
    if (this.place === place) return;
    if (this.place !== null) this.drafts.set(this.place, this.box.value);
    this.place = place;
    this.box.value = this.drafts.get(place) ?? "";
    this.grow();
    this.close();
  }

  async send() {
    const text = this.box.value.trim();
    if (!text || !this.channel) return;
    const { place } = this;
    this.box.value = "";
    this.grow();
    this.close();
    const args = { channel: this.channel, text, ...(this.thread ? { thread_ts: this.thread } : {}) };
    const answer = await this.page.act("say", args);
    if (!answer.ok && this.place === place && !this.box.value) {
      this.box.value = text;
      this.grow();
    }
  }

  grow() {
    this.box.rows = Math.min(8, Math.max(1, this.box.value.split("\n").length));
  }

  key(event) {
    const open = !this.list.hidden;
    if (open && (event.key === "ArrowDown" || event.key === "ArrowUp")) {
      const step = event.key === "ArrowDown" ? 1 : -1;
      this.choose((this.at + step + this.options.length) % this.options.length);
    } else if (open && event.key === "Escape") {
      event.stopPropagation();
      this.close();
    } else if (open && (event.key === "Tab" || event.key === "Enter") && !event.shiftKey && (this.at >= 0 || event.key === "Tab")) {
      this.take(this.options[Math.max(0, this.at)]);
    } else if (event.key === "Enter" && !event.shiftKey && !event.isComposing) {
      this.send();
    } else return;
    event.preventDefault();
  }

  // What may stand where the cursor is: commands, their first words, people, channels.
  typed() {
    this.grow();
    const before = this.box.value.slice(0, this.box.selectionStart);
    const { commands } = this.page.state.app;
    const command = /^\/\S*$/.exec(before);
    const [, name, word] = /^(\/\S+) (\S*(?: \S*)?)$/.exec(before) ?? [];
    const named = /(?:^|\s)([@#])([\w-]*)$/.exec(before);
    const begins = (text, part) => text.toLowerCase().startsWith(part.toLowerCase());
    if (command && !this.thread)
      this.open(commands.filter((one) => begins(one.name, before)).map((one) => ({ put: `${one.name} `, from: 0, text: one.name, hint: one.hint })), 0);
    else if (name && !this.thread) {
      const words = commands.find((one) => one.name === name)?.words ?? [];
      const fits = words.filter((one) => begins(one, word) && one !== word);
      this.open(fits.map((one) => ({ put: `${one} `, from: name.length + 1, text: one, hint: "" })), -1);
    } else if (named) {
      const [, sign, part] = named;
      const all = sign === "@" ? this.page.state.people : this.page.names.channels();
      const fits = all.filter((one) => begins(one.name, part)).sort((one, other) => Number(other.bot ?? 0) - Number(one.bot ?? 0));
      const from = before.length - part.length - 1;
      this.open(fits.map((one) => ({ put: `${sign}${one.name} `, from, text: `${sign}${one.name}`, hint: one.bot ? "app" : (one.real_name ?? "") })), 0);
    } else this.close();
  }

  open(options, at) {
    this.options = options.slice(0, LONGEST);
    this.list.hidden = !this.options.length;
    this.box.setAttribute("aria-expanded", String(!this.list.hidden));
    this.list.replaceChildren(
      ...this.options.map((one, number) =>
        h(
          "li",
          { role: "option", id: `${this.list.id}-${number}`, "aria-selected": "false", on: { mousedown: (event) => (event.preventDefault(), this.take(one)) } },
          h("b", {}, one.text),
          one.hint && h("span", {}, one.hint),
        ),
      ),
    );
    this.choose(this.list.hidden ? -1 : at);
  }

  choose(at) {
    this.at = at;
    [...this.list.children].forEach((one, number) => one.setAttribute("aria-selected", String(number === at)));
    if (at >= 0) {
      this.box.setAttribute("aria-activedescendant", `${this.list.id}-${at}`);
      this.list.children[at].scrollIntoView({ block: "nearest" });
    } else this.box.removeAttribute("aria-activedescendant");
  }

  take(option) {
    this.box.setRangeText(option.put, option.from, this.box.selectionStart, "end");
    this.close();
    this.typed();
  }

  close() {
    this.options = [];
    this.at = -1;
    this.list.hidden = true;
    this.list.replaceChildren();
    this.box.setAttribute("aria-expanded", "false");
    this.box.removeAttribute("aria-activedescendant");
  }
}
