// The bar at the bottom: how the app is, and what is wrong with the files that somebody is editing.

import { h } from "./dom.js";

export function status(said, bar) {
  const sign = JSON.stringify(said);
  if (bar.sign === sign) return;
  bar.sign = sign;
  const lost = said.state === "lost";
  const state = lost ? "no connection to the local Slack" : `app ${said.state}`;
  bar.classList.toggle("wrong", Boolean(said.warning) || lost);
  bar.replaceChildren(
    h("span", { class: said.state === "running" ? "lamp on" : "lamp" }, state),
    said.transport ? h("span", {}, said.transport) : "",
    said.knowledge ? h("span", { title: said.knowledge }, "knowledge ", h("code", {}, said.knowledge.slice(0, 12))) : "",
    said.documents ? h("span", {}, `${said.documents} documents`) : "",
    said.warning ? h("strong", { role: "alert" }, `Not taken over: ${said.warning}`) : "",
  );
}
