// Requests of the page to Local Teams: to the server that it came from; or to the page around it,
// in the guide's playground, where Local Teams runs in the browser too.
const playground = frameElement?.localTeams;
const { fetch, EventSource } = playground ?? window;

// The address of what to do when Teams refuses; the guide's playground knows it.
export const explain = playground?.explain;

// Let the page around this one open a conversation here, now that there are some.
export function openedByPlayground(open) {
  if (!playground || playground.open) return;
  playground.open = open;
  if (playground.wanted) open(playground.wanted);
}

export const NO_BOT = playground
  ? "No bot runs: start one."
  : "No bot listens. Start Local Teams with --bot and the address of yours.";

export async function ask(method, path, body) {
  const answer = await fetch(path, {
    method,
    headers: body === undefined ? {} : { "Content-Type": "application/json" },
    body: body === undefined ? undefined : JSON.stringify(body),
  });
  const text = await answer.text();
  let payload = null;
  try { payload = text ? JSON.parse(text) : null; } catch { /* the answer is not JSON */ }
  if (!answer.ok) {
    const errorText = `Local Teams answered ${answer.status} to ${method} ${path}.`;
    throw new Error(payload?.error ?? errorText);
  }
  return payload;
}

export const get = (path) => ask("GET", path);

export const changes = () => new EventSource("_local/changes");
