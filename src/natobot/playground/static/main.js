// Starts the page: asks the local Slack what there is to see, again whenever something has changed, and draws it.

import { Gone, Missing, act, look } from "./api.js";
import { blocks } from "./blocks.js";
import { filled } from "./inputs.js";
import { h, say, toast } from "./dom.js";
import { Inspector } from "./inspector.js";
import { Modal } from "./modal.js";
import { spoken } from "./mrkdwn.js";
import { Room, Thread } from "./room.js";
import { Sidebar } from "./sidebar.js";
import { status } from "./status.js";
import { theme } from "./theme.js";

const page = {
  // What the server told last, and whether all of it is to be asked for anew.
  state: null,
  fresh: true,
  // Who acts; each tab may be somebody else.
  user: sessionStorage.getItem("user") ?? "",
  // Which channel (or "app"), its tab, and what stands beside it: "", "inspector" or the `ts` of a thread.
  room: "",
  tab: "messages",
  side: "",

  // Names as nodes, for markup and rich text.
  names: {
    find: (id) => page.state.people.find((one) => one.id === id),
    people: () => page.state.people.filter((one) => !one.bot),
    channels: () => page.state.channels.filter((one) => one.kind !== "im"),
    person: (id, label) => {
      const name = page.names.find(id)?.name ?? (label || id);
      return h("span", { class: id === page.state.me ? "mention me" : "mention" }, `@${name}`);
    },
    channel: (id, label) => {
      const known = page.state.channels.find((one) => one.id === id);
      const name = `#${known?.name ?? (label || id)}`;
      return known ? h("a", { class: "mention", href: `#/${id}` }, name) : h("span", { class: "mention" }, name);
    },
  },

  // The channel on the screen; a direct message that nobody has opened yet has none.
  channel: () =>
    page.state.channels.find((one) => (page.room === "app" ? one.kind === "im" : one.id === page.room)) ?? null,

  // The app's name.
  bot: () => page.names.find(page.state.team.bot).name,

  // Does something, and tells what went wrong. Gives the answer.
  async act(name, args) {
    try {
      const answer = await act(page.state.me, name, args);
      answer.told.forEach(toast);
      return answer;
    } catch (error) {
      toast(error instanceof Gone ? "The local Slack was started anew. Load this page again." : `That did not arrive (${error.message}).`);
      return { ok: false, errors: {}, told: [] };
    }
  },

  // What blocks need to know of the message or view they stand in; `root` is where its inputs are.
  where: (place, root) => ({
    names: page.names,
    async press(block, element, value, node) {
      node?.setAttribute("aria-busy", "true");
      if (/^https?:/i.test(element.url ?? "")) window.open(element.url, "_blank", "noopener,noreferrer");
      await page.act("press", { ...place, block_id: block, action_id: element.action_id, value, values: filled(root()) });
      node?.removeAttribute("aria-busy");
    },
  }),

  blocks,

  // Goes somewhere; the address keeps it, so that a reload comes back.
  go(room, { tab = "messages", side = page.side } = {}) {
    const address = `#/${[room, tab === "home" ? "home" : "", side].join("/").replace(/\/+$/, "")}`;
    document.body.dataset.pane = side ? "side" : "room";
    location.hash = address;
    // At once, so that whoever asked can put the focus into what is shown now.
    arrive();
  },

  beside(side) {
    page.go(page.room, { tab: page.tab, side });
  },

  become(user) {
    sessionStorage.setItem("user", user);
    page.user = user;
    page.fresh = true;
    waiting?.abort();
  },
};

const parts = {
  sidebar: new Sidebar(page, document.getElementById("sidebar")),
  room: new Room(page, document.getElementById("room")),
  thread: new Thread(page),
  inspector: new Inspector(page),
  modal: new Modal(page, document.getElementById("modal")),
};

function arrive() {
  if (!page.state) return;
  const [room, tab, side] = location.hash.replace(/^#\//, "").split("/");
  const known = room === "app" || page.state.channels.some((one) => one.id === room);
  const before = `${page.room} ${page.tab}`;
  page.room = known ? room : page.state.channels[0].id;
  page.tab = page.room === "app" && tab === "home" ? "home" : "messages";
  page.side = known ? (side ?? "") : "";
  if (page.room === "app" && before !== `app ${page.tab}`) page.act("open", { tab: page.tab });
  draw();
}

function draw() {
  const aside = document.getElementById("side");
  const thread = /^\d+\.\d+$/.test(page.side);
  if (thread && !page.state.messages.some((one) => one.ts === page.side)) page.side = "";
  aside.hidden = !page.side;
  const shown = page.side === "inspector" ? parts.inspector : page.side ? parts.thread : null;
  if (shown && aside.firstChild !== shown.root) aside.replaceChildren(shown.root);
  if (!shown) aside.replaceChildren();
  aside.setAttribute("aria-label", page.side === "inspector" ? "Inspector" : "Thread");
  if (!page.side && document.body.dataset.pane === "side") document.body.dataset.pane = "room";
  document.body.classList.toggle("wide-side", page.side === "inspector");
  parts.sidebar.draw();
  parts.room.draw();
  shown?.draw();
  parts.modal.draw();
  status(page.state.app.status, document.getElementById("status"));
  if (shown !== parts.thread) parts.thread.opened = "";
  const name = page.room === "app" ? page.bot() : `#${page.channel().name}`;
  document.title = `${name} · ${page.state.team.name}`;
}

// Tells a screen reader of what came in the room or thread on the screen.
function announce(before, now) {
  const known = new Set(before.messages.map((one) => `${one.channel} ${one.ts}`));
  const room = page.channel()?.id;
  for (const one of now.messages) {
    if (known.has(`${one.channel} ${one.ts}`) || one.user === now.me || one.channel !== room) continue;
    const who = page.names.find(one.user)?.name ?? "somebody";
    say(`${who}${one.private ? ", only visible to you" : ""}: ${spoken(one.text, page.names).slice(0, 600)}`);
  }
}

let waiting = null;

// What there is to see for `user`, or null if it could not be had; then somebody must ask again.
async function ask(user, since) {
  waiting = new AbortController();
  try {
    return await look(user, since, waiting.signal);
  } catch (error) {
    // A new run has a new token, which a page that is loaded anew holds.
    if (error instanceof Gone) location.reload();
    // Somebody of an earlier run.
    else if (error instanceof Missing) page.become("");
    else if (error.name !== "AbortError") status({ state: "lost" }, document.getElementById("status"));
    else return null;
    await new Promise((done) => setTimeout(done, error instanceof Missing ? 0 : 1000));
    return null;
  }
}

async function watch() {
  for (;;) {
    const { user } = page;
    const state = await ask(user, page.fresh ? "" : page.state.version);
    if (!state || user !== page.user || (!page.fresh && state.version === page.state.version)) continue;
    const before = page.state;
    page.state = state;
    if (page.fresh) {
      page.fresh = false;
      page.room = "";
      arrive();
    } else {
      announce(before, state);
      draw();
    }
  }
}

theme();
document.querySelector(".skip").addEventListener("click", (event) => {
  // The address says where one is, so it must not change.
  event.preventDefault();
  document.getElementById("composer-room").focus();
});
window.addEventListener("hashchange", arrive);
document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape" || event.defaultPrevented || document.querySelector("dialog[open]")) return;
  if (page.side) parts.room.back(page.side, () => page.beside(""));
});
watch();
