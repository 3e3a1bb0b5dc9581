// A channel or direct message with its messages and composer, and a thread beside it.

import { h, keep, roving } from "./dom.js";
import { Composer } from "./composer.js";
import { menu } from "./inputs.js";
import { mrkdwn, spoken } from "./mrkdwn.js";

// The most characters of a message in its name.
const LONGEST = 600;
const TIME = new Intl.DateTimeFormat("en-GB", { hour: "2-digit", minute: "2-digit" });
const DAY = new Intl.DateTimeFormat("en-GB", { weekday: "long", day: "numeric", month: "long" });
const moment = (ts) => new Date(Number(ts) * 1000);

// What both have: a list of messages that stays at its end, unless somebody has scrolled up.
class Messages {
  constructor(page, label, withThreads) {
    this.page = page;
    this.withThreads = withThreads;
    this.list = h("ol", { class: "messages", "aria-label": label });
    this.settle = roving(this.list, ".message");
    this.shown = "";
  }

  draw(messages, place) {
    const atEnd = this.shown !== place || this.list.scrollHeight - this.list.scrollTop - this.list.clientHeight < 80;
    const count = messages.length;
    keep(this.list, messages, (one) => `${one.channel} ${one.ts}`, (one) => this.message(one));
    this.settle(true);
    if (atEnd && (this.shown !== place || count !== this.count)) this.list.scrollTop = this.list.scrollHeight;
    this.count = count;
    this.shown = place;
  }

  message(one) {
    const { page } = this;
    const who = page.names.find(one.user);
    const at = moment(one.ts);
    const item = h("li", {
      class: `message${one.private ? " private" : ""}`,
      tabindex: -1,
      "data-focus": "message",
      "data-ts": one.ts,
      // Whoever goes from message to message by the arrow keys hears what it says, too.
      "aria-label": `${who?.name ?? one.user}, ${TIME.format(at)}${one.private ? ", only visible to you" : ""}: ${spoken(one.text, page.names).slice(0, LONGEST)}`,
    });
    if (one.day) item.append(h("div", { class: "day" }, h("span", {}, DAY.format(at))));
    if (one.private) item.append(h("div", { class: "only" }, h("span", { "aria-hidden": "true" }, "◉ "), "Only visible to you"));
    const number = page.state.people.indexOf(who) % 6;
    const avatar = h("span", { class: one.bot ? "avatar app" : `avatar a${number}`, "aria-hidden": "true" }, one.bot ? "" : (who?.name ?? "?")[0].toUpperCase());
    const head = h(
      "div",
      { class: "who" },
      h("b", {}, one.bot ? (who?.name ?? "app") : (who?.real_name ?? one.user)),
      one.bot && h("span", { class: "app-mark" }, "APP"),
      h("time", { datetime: at.toISOString() }, TIME.format(at)),
      one.edited && h("span", { class: "edited" }, "(edited)"),
    );
    const where = page.where({ channel: one.channel, ts: one.ts }, () => item);
    const said = one.blocks.length ? page.blocks(one.blocks, where) : [h("div", { class: "block" }, ...mrkdwn(one.text, page.names))];
    const body = h("div", { class: "body" }, head, ...said);
    if (one.replies) body.append(this.replies(one));
    item.append(h("div", { class: "row" }, avatar, body));
    if (!one.private) item.append(this.tools(one));
    return item;
  }

  replies(one) {
    const words = `${one.replies} ${one.replies === 1 ? "reply" : "replies"}`;
    return h("button", { type: "button", class: "replies", "data-focus": "thread", on: { click: () => this.page.beside(one.ts) } }, words);
  }

  tools(one) {
    const { page } = this;
    const thread = one.thread_ts ?? one.ts;
    const reply = this.withThreads && h("button", { type: "button", class: "button", "aria-label": "Reply in thread", "data-focus": "reply", on: { click: () => page.beside(thread) } }, "↩ Reply");
    const run = (callback_id) => () => page.act("shortcut", { callback_id, channel: one.channel, ts: one.ts });
    const items = page.state.app.shortcuts.map((each) => ({ name: each.name, run: run(each.callback_id) }));
    return h("div", { class: "tools", role: "group", "aria-label": "Message" }, reply, items.length ? menu("⋯", "More actions", items) : null);
  }
}

export class Room {
  constructor(page, root) {
    this.page = page;
    this.messages = new Messages(page, "Messages", true);
    this.name = h("h2", { tabindex: -1 });
    this.tabs = h("div", { class: "tabs", role: "group", "aria-label": "Tabs of the app" });
    this.inspect = h("button", { type: "button", class: "button", id: "inspect", on: { click: () => page.beside(page.side === "inspector" ? "" : "inspector") } });
    const back = h("button", { type: "button", class: "button back", "aria-label": "Back to the channels", on: { click: () => this.leave() } }, "‹");
    this.home = h("section", { class: "home", "aria-label": "Home of the app", tabindex: 0 });
    this.prompts = h("section", { class: "prompts", "aria-label": "Suggested prompts" });
    this.composer = new Composer(page, "room");
    this.foot = h("div", {}, this.prompts, this.composer.root);
    root.append(h("header", {}, back, this.name, this.tabs, this.inspect), this.home, this.messages.list, this.foot);
  }

  leave() {
    document.body.dataset.pane = "sidebar";
    document.querySelector("#sidebar a[aria-current]")?.focus();
  }

  // Closes what stands beside, and gives the focus back to where it was opened.
  back(side, close) {
    close();
    const from = side === "inspector" ? this.inspect : this.messages.list.querySelector(`[data-ts="${CSS.escape(side)}"]`);
    (from ?? this.composer.box).focus();
  }

  draw() {
    const { page } = this;
    const room = page.channel();
    const app = page.room === "app";
    this.name.textContent = app ? page.bot() : `# ${room.name}`;
    const open = page.side === "inspector";
    const failed = page.state.traffic.filter((one) => one.error && !one.fault);
    if (open) this.looked = failed.at(-1)?.at ?? 0;
    const fresh = failed.filter((one) => one.at > (this.looked ?? 0)).length;
    this.inspect.setAttribute("aria-pressed", String(open));
    keep(this.inspect, [{ fresh }], () => "name", () => h("span", {}, fresh ? "Inspector " : "Inspector", fresh ? h("span", { class: "badge failed" }, `${fresh} failed`) : null));
    keep(this.tabs, app ? ["messages", "home"].map((tab) => ({ tab, here: page.tab === tab })) : [], (one) => one.tab, (one) =>
      h("button", { type: "button", class: "tab", "aria-pressed": String(one.here), "data-focus": one.tab, on: { click: () => page.go("app", { tab: one.tab }) } }, one.tab === "home" ? "Home" : "Messages"),
    );
    const home = page.tab === "home";
    this.home.hidden = !home;
    this.messages.list.hidden = this.foot.hidden = home;
    if (home) return this.view();
    let day = "";
    const own = room ? page.state.messages.filter((one) => one.channel === room.id) : [];
    const shown = own
      .filter((one) => !one.thread_ts || one.thread_ts === one.ts)
      .map((one) => {
        const date = moment(one.ts).toDateString();
        const fresh = date !== day;
        day = date;
        const replies = own.filter((each) => each.thread_ts === one.ts && each.ts !== one.ts && !each.private).length;
        return { ...one, day: fresh, replies };
      });
    this.messages.draw(shown, page.room);
    this.suggest(room, own);
    return this.composer.draw(app ? `Message ${page.bot()}` : `Message #${room.name}`, room?.id, null);
  }

  suggest(room, own) {
    const { page } = this;
    const said = page.room === "app" && room && !own.length ? page.state.prompts[room.id] : null;
    this.prompts.hidden = !said;
    keep(this.prompts, said ? [{ title: said.title, first: true }, ...said.prompts] : [], (one) => `${one.first} ${one.title}`, (one) =>
      one.first
        ? h("p", {}, one.title)
        : h("button", { type: "button", class: "prompt", on: { click: () => page.act("say", { channel: room.id, text: one.message }) } }, one.title),
    );
  }

  view() {
    const { page } = this;
    const view = page.state.home;
    keep(this.home, [view ?? { id: "none" }], (one) => one.id, (one) => {
      if (!one.blocks) return h("p", { class: "empty" }, "The app has not published its Home yet.");
      const box = h("div", { class: "blocks" });
      box.append(...page.blocks(one.blocks, page.where({ view: one.id }, () => box)));
      return box;
    });
  }
}

export class Thread {
  constructor(page) {
    this.page = page;
    this.messages = new Messages(page, "Thread", false);
    this.composer = new Composer(page, "thread");
    const close = h("button", { type: "button", class: "button plain", "aria-label": "Close the thread", on: { click: () => this.close() } }, "×");
    this.root = h("div", { class: "thread" }, h("header", {}, h("h2", {}, "Thread"), close), this.messages.list, this.composer.root);
    this.opened = "";
  }

  close() {
    const { side } = this.page;
    this.page.beside("");
    (document.querySelector(`#room [data-ts="${CSS.escape(side)}"]`) ?? document.querySelector("#composer-room"))?.focus();
  }

  draw() {
    const { page } = this;
    const room = page.channel();
    const all = page.state.messages.filter((one) => one.channel === room?.id && (one.ts === page.side || one.thread_ts === page.side));
    this.messages.draw(all.map((one) => ({ ...one, day: false, replies: 0 })), page.side);
    this.composer.draw("Reply…", room?.id, page.side);
    if (this.opened !== page.side) this.composer.box.focus();
    this.opened = page.side;
  }
}
