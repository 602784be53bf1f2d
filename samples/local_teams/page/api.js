// What the page asks of Local Teams.

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
