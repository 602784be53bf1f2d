// The panel with each request and its answer, in both directions.
import { get } from "./api.js";

const SHOWN = 300; // rows; older ones go
const panel = document.getElementById("wire");
const list = panel.querySelector("ol");
const opener = document.getElementById("wire-switch");
let last = 0; // the number of the newest exchange that is listed
let asking = null;
let latest = 0;
let unseen = 0; // failed sends since the panel was open
let wanted = 0; // the number of the exchange to open as soon as it is listed

function make(tag, text, className = "") {
  const made = document.createElement(tag);
  made.textContent = text;
  made.className = className;
  return made;
}

// JSON with its keys colored; what is no JSON as it came.
function pretty(body) {
  const shown = make("pre", "");
  shown.tabIndex = 0;
  if (typeof body === "string") shown.textContent = body;
  else {
    for (const line of JSON.stringify(body, null, 2).split("\n")) {
      const [, indent, key, rest] = /^(\s*)("(?:[^"\\]|\\.)*"(?=:))?(.*)$/.exec(line);
      shown.append(indent, ...(key ? [make("span", key, "key")] : []), `${rest}\n`);
    }
  }
  return shown;
}

// A path without its host, with long ids cut; the details show all of it.
const short = (path) => path
  .replace(/^https?:\/\/[^/]+/, "")
  .replace(/[^/?=]{20,}/g, (id) => `${id.slice(0, 8)}…`);

function row(exchange) {
  const item = document.createElement("li");
  const details = document.createElement("details");
  const summary = document.createElement("summary");
  const path = decodeURIComponent(exchange.path);
  const bad = exchange.status >= 400 || exchange.status === 0;
  const clock = { hour: "2-digit", minute: "2-digit", second: "2-digit" };
  const time = new Date(exchange.at).toLocaleTimeString([], clock);
  const direction = exchange.direction === "to Teams" ? "Bot → Teams" : "Teams → bot";
  summary.append(
    make("span", exchange.method, "method"),
    make("code", short(path), "path"),
    make("span", exchange.status || "dropped", bad ? "status bad" : "status"),
    make("span", `${direction} · ${time} · ${exchange.number}`, "when"),
  );
  details.append(summary);
  details.addEventListener("toggle", () => { // drawn when it is opened for the first time
    if (!details.open || details.querySelector(".inside")) return;
    const inside = make("div", "", "inside");
    inside.append(make("h3", `${exchange.method} ${path}`));
    if (exchange.body !== null) inside.append(pretty(exchange.body));
    inside.append(make("h3", `Answer: ${exchange.status || "none, the connection was dropped"}`));
    if (exchange.answer !== null) inside.append(pretty(exchange.answer));
    details.append(inside);
  });
  item.append(details);
  item.dataset.number = exchange.number;
  return item;
}

// Open the exchange that somebody asked to see.
function openWanted() {
  const details = list.querySelector(`[data-number="${wanted}"] details`);
  if (!details) return;
  wanted = 0;
  details.open = true;
  details.firstElementChild.focus({ preventScroll: true });
  details.scrollIntoView({ block: "start" });
}

function drawCount() {
  const count = opener.querySelector(".count");
  count.hidden = !unseen;
  count.replaceChildren(String(unseen), make("span", " failed", "unseen"));
}

export function sendsFailed(many) {
  if (panel.hidden) unseen += many;
  drawCount();
}

async function refresh() {
  if (panel.hidden || asking || latest === last) return;
  asking = get(`_local/wire?after=${last}`);
  try {
    const exchanges = await asking;
    const atEnd = list.scrollHeight - list.scrollTop - list.clientHeight < 40;
    last = exchanges.at(-1)?.number ?? latest;
    list.append(...exchanges.slice(-SHOWN).map(row));
    while (list.children.length > SHOWN) list.firstElementChild.remove();
    panel.querySelector(".none").hidden = list.children.length > 0;
    if (atEnd) list.scrollTop = list.scrollHeight;
    openWanted();
  } finally {
    asking = null;
  }
  if (latest > last) refresh();
}

// The newest exchange has this number now; a lower one than before: the server started anew.
export function wireIsAt(number) {
  if (number < last) {
    list.replaceChildren();
    last = unseen = 0;
    drawCount();
  }
  latest = number;
  refresh();
}

export function showWire(shown) {
  panel.hidden = !shown;
  document.body.classList.toggle("wired", shown);
  opener.setAttribute("aria-expanded", shown);
  if (shown) unseen = 0;
  drawCount();
  refresh();
}

export function showExchange(number) {
  wanted = number;
  showWire(true);
  openWanted();
}

opener.addEventListener("click", () => showWire(panel.hidden));
document.getElementById("wire-close").addEventListener("click", () => {
  showWire(false);
  opener.focus();
});
