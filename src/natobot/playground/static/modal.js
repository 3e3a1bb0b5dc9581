// The window on top of the stack: what the app opened, with its inputs, until it is sent off or closed.

import { text } from "./blocks.js";
import { h } from "./dom.js";
import { filled } from "./inputs.js";

export class Modal {
  constructor(page, dialog) {
    this.page = page;
    this.dialog = dialog;
    this.sign = "";
    dialog.addEventListener("cancel", (event) => {
      event.preventDefault();
      this.close();
    });
  }

  draw() {
    const view = this.page.state.modals.at(-1);
    if (!view) {
      this.sign = "";
      if (this.dialog.open) {
        this.dialog.close();
        if (document.activeElement === document.body) document.getElementById("composer-room")?.focus();
      }
      return;
    }
    const sign = `${view.id} ${view.hash} ${this.page.state.modals.length}`;
    if (sign === this.sign) return;
    this.sign = sign;
    this.view = view;
    this.fill(view);
    if (!this.dialog.open) this.dialog.showModal();
    (this.form.querySelector("input, textarea, select") ?? this.form.querySelector(".modal-body")).focus();
  }

  fill(view) {
    const { page } = this;
    const body = h("div", { class: "modal-body", tabindex: 0, role: "group", "aria-labelledby": "modal-title" });
    body.append(...page.blocks(view.blocks, page.where({ view: view.id }, () => body)));
    const label = view.close?.text ?? (view.previous_view_id ? "Back" : "Close");
    const close = h("button", { type: "button", class: "button", on: { click: () => this.close() } }, label);
    const send = view.submit && h("button", { type: "submit", class: "button primary" }, view.submit.text);
    this.form = h("form", { novalidate: true, on: { submit: (event) => (event.preventDefault(), this.send(send)) } });
    const under = page.state.modals.length > 1 ? h("p", { class: "hint" }, `On top of “${page.state.modals.at(-2).title.text}”`) : null;
    this.form.append(h("h2", { id: "modal-title" }, ...text(view.title, page.names)), ...(under ? [under] : []), body, h("div", { class: "modal-foot" }, close, ...(send ? [send] : [])));
    this.dialog.replaceChildren(this.form);
  }

  close() {
    return this.page.act("close", { view: this.view.id });
  }

  async send(button) {
    const groups = [...this.form.querySelectorAll("[data-block]")];
    if (this.complain(Object.fromEntries(groups.map((one) => [one.dataset.block, one.check()])))) return;
    button.setAttribute("aria-busy", "true");
    const answer = await this.page.act("submit", { view: this.view.id, values: filled(this.form) });
    button.removeAttribute("aria-busy");
    this.complain(answer.errors);
  }

  // Writes under each input what is wrong with it, and goes to the first; whether anything is.
  complain(lines) {
    let first = null;
    for (const one of this.form.querySelectorAll("[data-block]")) {
      const target = one.complain(lines[one.dataset.block] ?? null);
      if (lines[one.dataset.block]) first ??= target;
    }
    first?.focus();
    return Boolean(first);
  }
}
