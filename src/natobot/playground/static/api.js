// Requests to the local Slack that serves this page, each with the token that stands in the page alone.

const token = document.querySelector('meta[name="token"]').content;

async function ask(path, options = {}) {
  const response = await fetch(path, {
    ...options,
    credentials: "omit",
    headers: { "X-Page-Token": token, "Content-Type": "application/json" },
  });
  if (response.status === 403) throw new Gone();
  if (!response.ok) throw response.status === 404 ? new Missing() : new Error(`HTTP ${response.status}`);
  return response.json();
}

// The local Slack was started anew since this page was loaded.
export class Gone extends Error {}

// Who or what was asked for is not there (any more).
export class Missing extends Error {}

export const look = (user, since, signal) =>
  ask(`/page/state?user=${encodeURIComponent(user)}&since=${encodeURIComponent(since)}`, { signal });
export const details = (key) => ask(`/page/traffic/${encodeURIComponent(key)}`);
export const act = (user, name, args) =>
  ask("/page/do", { method: "POST", body: JSON.stringify({ user, act: name, args }) });
