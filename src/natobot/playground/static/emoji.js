// Emoji by Slack's names: the usual ones as characters, any other by its name.

import { h } from "./dom.js";

const KNOWN = {
  "+1": "👍", "-1": "👎", thumbsup: "👍", thumbsdown: "👎", white_check_mark: "✅", heavy_check_mark: "✔️", x: "❌",
  warning: "⚠️", information_source: "ℹ️", question: "❓", exclamation: "❗", bulb: "💡", mag: "🔍", book: "📖", books: "📚",
  bookmark: "🔖", newspaper: "📰", scroll: "📜", memo: "📝", pencil: "📝", speech_balloon: "💬", left_speech_bubble: "🗨️",
  calendar: "📆", date: "📅", clock9: "🕘", hourglass: "⌛", bell: "🔔", no_bell: "🔕", lock: "🔒", eyes: "👀", eye: "👁️",
  wave: "👋", pray: "🙏", tada: "🎉", smile: "😄", slightly_smiling_face: "🙂", thinking_face: "🤔", rocket: "🚀", star: "⭐",
  fire: "🔥", link: "🔗", pushpin: "📌", round_pushpin: "📍", globe_with_meridians: "🌐", earth_africa: "🌍", classical_building: "🏛️",
  heart: "❤️", arrow_right: "➡️", arrow_left: "⬅️", robot_face: "🤖", page_facing_up: "📄", balance_scale: "⚖️", scales: "⚖️",
};

export function emoji(name, unicode) {
  const known = unicode ? unicode.split("-").map((code) => String.fromCodePoint(parseInt(code, 16))).join("") : KNOWN[name];
  return known ? h("span", { class: "emoji", role: "img", "aria-label": name.replace(/_/g, " ") }, known) : `:${name}:`;
}
