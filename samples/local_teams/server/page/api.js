// What the page asks of Local Teams: of the server that it came from, or in the playground of the guide, where Local Teams
// runs in the browser too, of the page around it.
const playground = frameElement?.localTeams;
const { fetch, EventSource } = playground ?? window;

export const NO_BOT = playground ? "No bot runs: start one." : "No bot listens. Start Local Teams with --bot and the address of yours.";

export async function ask(method, path, body) {
  const answer = await fetch(path, {
    method,
    headers: body === undefined ? {} : { "Content-Type": "application/json" },
    body: body === undefined ? undefined : JSON.stringify(body),
  });
  const text = await answer.text();
  let told = null;
  try { told = text ? JSON.parse(text) : null; } catch { /* an answer that is no JSON */ }
  if (!answer.ok) throw new Error(told?.error ?? `Local Teams answered ${answer.status} to ${method} ${path}.`);
  return told;
}

export const get = (path) => ask("GET", path);

export const changes = () => new EventSource("_local/changes");
