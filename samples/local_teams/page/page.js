// The page of Local Teams: chats and channels at the left, the chosen one at the right, live.

const nav = document.querySelector("nav");
const view = document.querySelector("teams-conversation");
const seen = new Map(); // conversation id -> how many of its messages have been on screen
let chosen = new URLSearchParams(location.search).get("conversation");

async function get(path) {
  const answer = await fetch(path);
  if (!answer.ok) throw new Error(`${path}: ${answer.status}`);
  return answer.json();
}

// The world as a list of groups of rows: what stands in the left column.
function groups(world) {
  const note = (has) => (has ? "" : "no app");
  return [
    ["Chats", world.people.filter((p) => p.chatId).map((p) =>
      ({ id: p.chatId, kind: "personal", name: p.name, note: p.blocked ? "blocked the bot" : note(p.installed) }))],
    ["Group chats", world.groupChats.map((c) => ({ id: c.id, kind: "groupChat", name: c.name, note: note(c.installed) }))],
    ...world.teams.map((t) => [t.name + (t.installed ? "" : " (no app)"),
      t.channels.map((c) => ({ id: c.id, kind: "channel", name: c.name, note: "" }))]),
  ];
}

function drawRow(row, messages) {
  const item = document.createElement("li");
  const button = document.createElement("button");
  const name = document.createElement("span");
  name.textContent = row.name;
  if (row.note) {
    const note = document.createElement("span");
    note.className = "note";
    note.textContent = ` ${row.note}`;
    name.append(note);
  }
  button.append(name);
  const unread = messages.length - (seen.get(row.id) ?? 0);
  if (unread > 0 && row.id !== chosen) {
    const mark = document.createElement("span");
    mark.className = "new";
    mark.textContent = `${unread} new`;
    button.append(mark);
  }
  if (row.id === chosen) button.setAttribute("aria-current", "true");
  button.dataset.id = row.id;
  button.addEventListener("click", () => { chosen = row.id; draw(); });
  item.append(button);
  return item;
}

async function draw() {
  const world = await get("_local/world");
  document.getElementById("service-url").textContent = world.serviceUrl;
  document.getElementById("tenant").textContent = world.tenantId;
  const listed = groups(world);
  const rows = listed.flatMap(([, group]) => group);
  const messages = new Map(await Promise.all(rows.map(async (row) =>
    [row.id, await get(`_local/conversations/${encodeURIComponent(row.id)}`)])));
  // Until the reader chooses, show where something arrived last.
  const newest = (row) => messages.get(row.id).at(-1)?.timestamp ?? "";
  chosen ??= rows.reduce((best, row) => (newest(row) > newest(best) ? row : best)).id;
  const current = rows.find((row) => row.id === chosen) ?? rows[0];
  seen.set(current.id, messages.get(current.id).length);
  const focused = document.activeElement?.dataset?.id;
  nav.replaceChildren(...listed.flatMap(([heading, group]) => {
    const title = document.createElement("h2");
    title.textContent = heading;
    const list = document.createElement("ul");
    list.append(...group.map((row) => drawRow(row, messages.get(row.id))));
    return [title, list];
  }));
  if (focused) nav.querySelector(`[data-id="${CSS.escape(focused)}"]`)?.focus();
  view.data = { title: current.name, kind: current.kind, messages: messages.get(current.id) };
}

new EventSource("_local/changes").addEventListener("message", draw);
