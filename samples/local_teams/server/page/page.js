// The page of Local Teams: chats and channels at the left, the open one in the middle, the wire at
// the right, live.
import { changes, explain, get, openedByPlayground } from "./api.js";
import { actingAs, continueThread, drawFaults, offer, press, requestsCame } from "./controls.js";
import { drawList, focusRow } from "./list.js";
import { drawIds } from "./ids.js";
import { face } from "./elements.js";
import "./hint.js";
import "./teams-conversation.js";
import { sendsFailed, showExchange, wireIsAt } from "./wire.js";

const LAST = 200; // messages that are drawn, until the reader asks for more
const view = document.querySelector("teams-conversation");
const scroll = document.getElementById("scroll");
const earlier = document.getElementById("earlier");
const dropped = document.getElementById("dropped");
const search = document.getElementById("search");
const narrow = matchMedia("(max-width: 36rem)"); // as in page.css
const failed = new Map(); // a row's key -> the sends that failed there, oldest first
const stats = new Map(); // conversation id -> {messages, newest, from, text}
const seen = new Map(); // conversation id -> how many of its messages have been on screen
let world = null;
let rows = new Map(); // key -> what the list and the header show; a person's key is their id
let groups = [];
let chosen = null; // key of the open row
let drawn = null; // key of the row whose messages are drawn
let last = LAST;
let restarted = false;

// -- the world, as rows --

const plain = (text) => text.replace(/<\/?at>/g, "");

function makeRows() {
  const people = new Map(world.people.map((person) => [person.id, person.name]));
  const those = (ids) => ids.map((id) => ({ id, name: people.get(id) }));
  groups = [
    {
      heading: "Chats",
      rows: world.people.map((p) => ({
        key: p.id, id: p.chatId ?? p.id, kind: "personal", name: p.name, where: "",
        people: those([p.id]), empty: !p.chatId, installed: p.installed, blocked: p.blocked,
        note: p.blocked ? "blocked the bot" : p.installed ? "" : "no app",
        about: "Personal chat",
      })),
    },
    {
      heading: "Group chats",
      rows: world.groupChats.map((c) => ({
        key: c.id, id: c.id, kind: "groupChat", name: c.name, where: c.id,
        people: those(c.members), installed: c.installed, note: c.installed ? "" : "no app",
        about: `Group chat of ${those(c.members).map(({ name }) => name).join(", ")}`,
      })),
    },
    ...world.teams.map((t) => ({
      heading: t.name,
      note: t.installed ? "" : "no app",
      rows: t.channels.map((c) => ({
        key: c.id, id: c.id, kind: "channel", name: c.name, where: c.id,
        people: those(t.members), installed: t.installed, about: `Channel in ${t.name}`,
      })),
    })),
  ];
  rows = new Map(groups.flatMap((group) => group.rows).map((row) => [row.key, row]));
}

function show() {
  let unread = 0;
  for (const row of rows.values()) {
    const { messages = 0, newest = "", from = "", text = "" } = stats.get(row.id) ?? {};
    if (row.key === chosen && reading()) seen.set(row.id, messages);
    row.unread = Math.max(0, messages - (seen.get(row.id) ?? 0));
    row.newest = newest;
    const byBot = row.kind === "personal" && from !== row.name;
    row.text = text && `${byBot ? "" : `${from.split(" ")[0]}: `}${plain(text)}`;
    const lastFailed = failed.get(row.key)?.at(-1);
    row.failed = Boolean(lastFailed && lastFailed.after === (stats.get(row.id)?.last ?? ""));
    if (row.failed) row.text = `Not delivered: ${lastFailed.status || "dropped"} ${lastFailed.code}`;
    unread += row.unread;
  }
  // The newest comes first; rows without messages keep their order.
  const byNewest = (a, b) => (a.newest < b.newest ? 1 : a.newest > b.newest ? -1 : 0);
  for (const group of groups.slice(0, 2)) group.rows.sort(byNewest);
  drawList(groups, chosen, (key) => open(key));
  document.title = unread ? `(${unread}) Local Teams` : "Local Teams";
  drawHeader();
}

// On a narrow screen the list or the conversation shows, not both.
const reading = () => !narrow.matches || document.body.classList.contains("reading");

function drawHeader() {
  const row = rows.get(chosen);
  if (!row) return;
  const picture = document.getElementById("place-face");
  if (picture.title !== row.key) {
    picture.title = row.key;
    picture.replaceChildren(row.kind === "channel" ? face("#") : face(row.name));
  }
  document.getElementById("place-name").textContent = row.name;
  const installed = row.installed ? "app installed" : "app not installed";
  const note = row.blocked ? "blocked the bot" : installed;
  document.getElementById("place-note").textContent = `${row.about} · ${note}`;
  offer(row, world.bot.name, drawn !== row.key);
  drawIds(world, row);
}

// -- the open conversation --

let fetching = false;
let stale = false;

async function drawMessages() {
  if (fetching) { stale = true; return; }
  fetching = true;
  try {
    do {
      stale = false;
      const row = rows.get(chosen);
      const another = drawn !== row.key;
      const atEnd = another || scroll.scrollHeight - scroll.scrollTop - scroll.clientHeight < 60;
      const path = `_local/conversations/${encodeURIComponent(row.id)}?last=${last}`;
      const messages = row.empty ? [] : await get(path);
      if (row.key !== chosen) { stale = true; continue; }
      // There were more than came: the oldest are not kept.
      const ever = stats.get(row.id)?.messages ?? 0;
      dropped.hidden = messages.length >= Math.min(last, ever);
      earlier.hidden = ever <= last || !dropped.hidden;
      const lost = failed.get(row.key) ?? [];
      const viewer = actingAs();
      view.data = { title: row.name, kind: row.kind, messages, failed: lost, explain, viewer };
      drawn = row.key;
      if (atEnd) scroll.scrollTop = scroll.scrollHeight;
    } while (stale);
  } finally {
    fetching = false;
  }
}

// Cards grow when they are drawn: stay at the end when the reader is there.
let height = 0;
new ResizeObserver(() => {
  if (height - scroll.scrollTop - scroll.clientHeight < 60) scroll.scrollTop = scroll.scrollHeight;
  height = scroll.scrollHeight;
}).observe(view);

// `quietly`: the focus stays where it is.
function open(key, { byReader = true, quietly = false } = {}) {
  chosen = key;
  last = LAST;
  if (byReader) {
    const address = `?conversation=${encodeURIComponent(rows.get(key).id)}`;
    if (address !== location.search) history.pushState(null, "", address);
    document.body.classList.add("reading");
  }
  show();
  drawMessages();
  if (byReader && narrow.matches && !quietly) document.getElementById("back").focus();
}

// The row that the address names, or else the one where something was said last.
function fromAddress() {
  const asked = new URLSearchParams(location.search).get("conversation");
  const named = [...rows.values()].find((row) => row.id === asked || row.key === asked);
  document.body.classList.toggle("reading", Boolean(named));
  if (named) return named.key;
  const newest = (row) => stats.get(row.id)?.newest ?? "";
  return [...rows.values()].reduce((best, row) => (newest(row) > newest(best) ? row : best)).key;
}

document.getElementById("back").addEventListener("click", () => {
  history.pushState(null, "", location.pathname);
  document.body.classList.remove("reading");
  show();
  focusRow(chosen);
});
addEventListener("popstate", () => { if (world) open(fromAddress(), { byReader: false }); });
narrow.addEventListener("change", () => { if (world) show(); });
search.addEventListener("input", () => show());
search.addEventListener("search", () => show());
earlier.addEventListener("click", () => {
  last *= 2;
  drawMessages();
});
view.addEventListener("reply", ({ detail }) => continueThread(detail));
view.addEventListener("show-exchange", ({ detail }) => showExchange(detail));
view.addEventListener("card-action", (event) => {
  event.preventDefault();
  event.detail.came = press(event.detail);
});
addEventListener("acting", () => { if (drawn) drawMessages(); });
document.getElementById("ids").addEventListener("toggle", () => drawIds(world, rows.get(chosen)));

// -- changes --

async function apply({ world: another, conversations, failed: lost, wire, first }) {
  if (first) {
    stats.clear();
    failed.clear();
  }
  for (const one of lost) failed.set(one.row, [...(failed.get(one.row) ?? []), one].slice(-LAST));
  for (const said of conversations) stats.set(said.id, said);
  // A chat that is new to the page is that of a person who had none.
  const unknown = conversations.some(({ id, person }) => person && rows.get(person)?.id !== id);
  if (another || unknown || first) {
    world = await get("_local/world");
    makeRows();
    drawFaults();
  }
  if (!rows.has(chosen)) chosen = fromAddress();
  const { id } = rows.get(chosen);
  show();
  const here = conversations.some((said) => said.id === id) || lost.some((one) => one.row === chosen);
  if (first || another || here) drawMessages();
  if (!first) announce(conversations.at(-1), lost.at(-1));
  openedByPlayground((key) => { if (rows.has(key)) open(key, { quietly: true }); });
  wireIsAt(wire);
  sendsFailed(first ? 0 : lost.length);
  requestsCame();
}

// To a screen reader.
function announce(said, lost) {
  const line = document.getElementById("announced");
  if (lost) line.textContent = `Not delivered: ${lost.status || "dropped"} ${lost.code}: ${lost.text}`;
  else if (said) line.textContent = `${said.from}: ${plain(said.text)}`;
}

let waiting = null; // changes that came while others were drawn, as one
let busy = false;

async function take(event) {
  const before = waiting ?? { world: false, conversations: [], failed: [], first: false };
  const conversations = [...before.conversations, ...event.conversations];
  waiting = {
    world: before.world || event.world,
    first: before.first || restarted,
    conversations: [...new Map(conversations.map((said) => [said.id, said])).values()],
    failed: [...before.failed, ...event.failed],
    wire: event.wire,
  };
  restarted = false;
  if (busy) return;
  busy = true;
  while (waiting) {
    const next = waiting;
    waiting = null;
    await apply(next);
  }
  busy = false;
}

const coming = changes();
coming.addEventListener("open", () => { restarted = true; });
coming.addEventListener("message", ({ data }) => take(JSON.parse(data)));
