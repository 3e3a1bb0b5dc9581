// What goes between Slack and the app, in both directions: each request with its response, to be sent again or disturbed.

import { details } from "./api.js";
import { h, keep, roving } from "./dom.js";

const FAULTS = [
  ["rate_limited", "429, with Retry-After"],
  ["server_error", "500, without effect"],
  ["server_error_accepted", "500, although it took effect"],
  ["reset", "connection reset, without effect"],
  ["reset_accepted", "connection reset after it took effect"],
  ["slow", "a slow answer"],
  ["refused", "refused with an error"],
];
const CLOCK = new Intl.DateTimeFormat("en-GB", { hour: "2-digit", minute: "2-digit", second: "2-digit" });

const NAMES = { rate_limited: "429", server_error: "500", reset: "Reset", slow: "Slow answer", refused: "Refusal" };
const name = (fault) => NAMES[fault] ?? fault;

export class Inspector {
  constructor(page) {
    this.page = page;
    this.chosen = null;
    this.list = h("ol", { class: "traffic", "aria-label": "Requests, newest first" });
    this.settle = roving(this.list, "button.line");
    this.waiting = h("ul", { class: "faults", "aria-label": "Faults that wait" });
    this.detail = h("section", { class: "detail", "aria-label": "The chosen request", hidden: true });
    const close = h("button", { type: "button", class: "button plain", "aria-label": "Close the inspector", on: { click: () => (page.beside(""), document.getElementById("inspect").focus()) } }, "×");
    this.root = h("div", { class: "inspector" }, h("header", {}, h("h2", {}, "Inspector"), close), this.form(), this.waiting, this.list, this.detail);
  }

  form() {
    const option = ([value, name]) => h("option", { value }, name);
    this.kind = h("select", { id: "fault-kind", on: { change: () => this.fit() } }, ...FAULTS.map(option));
    this.method = h("select", { id: "fault-method" });
    this.times = h("input", { id: "fault-times", type: "number", min: 1, max: 1000, value: "1" });
    this.seconds = h("input", { id: "fault-seconds", type: "number", min: 1, max: 60, value: "1" });
    this.error = h("input", { id: "fault-error", type: "text", value: "channel_not_found", pattern: "[a-z0-9_]+" });
    const field = (label, node) => h("div", { class: "field" }, h("label", { for: node.id }, label), node);
    this.secondsField = field("Seconds", this.seconds);
    this.errorField = field("Error", this.error);
    const form = h("form", { class: "fault", on: { submit: (event) => (event.preventDefault(), this.inject()) } });
    form.append(
      field("Fault", this.kind),
      field("Method", this.method),
      field("Calls", this.times),
      this.secondsField,
      this.errorField,
      h("button", { type: "submit", class: "button" }, "Inject"),
    );
    this.fit();
    return h("details", {}, h("summary", {}, "Inject a fault"), form);
  }

  fit() {
    this.secondsField.hidden = !["rate_limited", "slow"].includes(this.kind.value);
    this.errorField.hidden = this.kind.value !== "refused";
  }

  inject() {
    this.page.act("fault", {
      kind: this.kind.value,
      method: this.method.value,
      times: Number(this.times.value),
      seconds: Number(this.seconds.value),
      error: this.error.value,
    });
  }

  draw() {
    const { state } = this.page;
    const often = ["chat.postMessage", "response_url", "*"];
    const methods = [...often, ...state.app.methods.filter((one) => !often.includes(one))];
    keep(this.method, methods, (one) => one, (one) => h("option", { value: one }, one === "*" ? "every method" : one));
    keep(this.waiting, state.faults.map((one, number) => ({ ...one, number })), (one) => `${one.number}`, (one) =>
      h("li", {}, `${name(one.fault)}: waits for ${one.times === null ? "every call" : one.times === 1 ? "one call" : `${one.times} calls`} of ${one.method} `, one.number ? null : h("button", { type: "button", class: "button", on: { click: () => this.page.act("no_faults", {}) } }, "No more faults")),
    );
    this.waiting.hidden = !state.faults.length;
    keep(this.list, [...state.traffic].reverse().map((one) => ({ ...one, here: one.id === this.chosen })), (one) => one.id, (one) => this.line(one));
    this.settle();
  }

  line(one) {
    const way = one.to === "app" ? "Slack → app" : "app → Slack";
    const bad = one.error || one.fault || one.status === null;
    const result = [one.status ?? "no answer", one.error, one.fault && "· injected"].filter(Boolean).join(" ");
    const node = h(
      "button",
      { type: "button", class: "line", tabindex: -1, "aria-expanded": String(one.here), "data-focus": "line", on: { click: () => this.show(one) } },
      h("span", { class: `way ${one.to}` }, way),
      h("span", { class: "what" }, one.name, one.retry ? ` (repetition ${one.retry})` : ""),
      h("span", { class: bad ? "result bad" : "result" }, result),
      h("span", { class: "ms" }, `${one.ms} ms`),
    );
    return h("li", {}, node);
  }

  async show(one) {
    if (this.chosen === one.id) {
      this.chosen = null;
      this.detail.hidden = true;
      return this.draw();
    }
    this.chosen = one.id;
    const said = await details(one.id).catch(() => ({ error: "This request is not there any more." }));
    const again = one.to === "app" ? h("button", { type: "button", class: "button", on: { click: () => this.page.act("redeliver", { id: one.id }) } }, "Redeliver") : null;
    const when = CLOCK.format(new Date(one.at * 1000));
    this.detail.replaceChildren(
      h("header", {}, h("h3", {}, `${one.name}`), again ?? ""),
      ...(said.error
        ? [h("p", {}, said.error)]
        : [
            h("h4", {}, `Request · ${said.request.line} · ${when}`),
            headers(said.request.headers),
            json(said.request.body, "Request"),
            h("h4", {}, `Response · ${said.response.line} · ${one.ms} ms`),
            json(said.response.body, "Response"),
          ]),
    );
    this.detail.hidden = false;
    return this.draw();
  }
}

function headers(all) {
  const rows = Object.entries(all).map(([name, value]) => h("tr", {}, h("th", { scope: "row" }, name), h("td", {}, value)));
  return rows.length ? h("table", {}, h("tbody", {}, ...rows)) : h("p", { class: "hint" }, "No headers: by Socket Mode a request is an envelope.");
}

function json(value, label) {
  const text = typeof value === "string" ? value || "(empty)" : JSON.stringify(value, null, 2);
  return h("pre", { tabindex: 0, role: "group", "aria-label": label }, h("code", {}, text));
}
