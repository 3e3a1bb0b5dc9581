// Light or dark: as the system has it, until somebody chooses.

const NEXT = { auto: "light", light: "dark", dark: "auto" };

export function theme() {
  set(localStorage.getItem("theme") ?? "auto");
}

export function chosen() {
  return document.documentElement.dataset.theme;
}

export function turn() {
  set(NEXT[chosen()] ?? "auto");
  localStorage.setItem("theme", chosen());
}

function set(name) {
  document.documentElement.dataset.theme = NEXT[name] ? name : "auto";
}
