// What a person does in the open conversation, and the faults that Teams has.
import { NO_BOT, ask, get } from "./api.js";

const form = document.getElementById("compose");
const text = document.getElementById("text");
const who = document.getElementById("who");
const mention = document.getElementById("mention");
const replying = document.getElementById("replying");
const outcome = document.getElementById("outcome");
const install = document.getElementById("install");
const block = document.getElementById("block");
let place = null; // the open row, with `where` and `people`
let bot = "";
let post = null; // the post whose thread is continued

function report(line, bad = false) {
  outcome.textContent = line;
  outcome.classList.toggle("bad", bad);
}

// The person as whom the reader acts.
export const actingAs = () => who.value;

// Press a button of a card; what to say under it.
export async function press({ message, title, which, inputs = {} }) {
  const action = { does: "presses", text: title, reply_to: message.id, which, inputs };
  const payload = { who: who.value, where: place.where, ...action };
  try {
    const { sent, delivered, trouble, shown } = await ask("POST", "_local/happenings", payload);
    if (trouble.length) return { text: trouble[0], bad: true };
    if (!sent.length) return { text: "Not delivered: the app is not installed here.", bad: true };
    if (!delivered) return { text: NO_BOT, bad: true };
    if (shown.error) return { text: `The bot answered ${shown.error}.`, bad: true };
    return { text: shown.text ?? `${who.selectedOptions[0].text} pressed ${title}.`, bad: false };
  } catch (error) {
    return { text: error.message, bad: true };
  }
}

who.addEventListener("change", () => dispatchEvent(new Event("acting")));

async function act(action) {
  const payload = { who: who.value, where: place.where, ...action };
  try {
    const { sent, delivered, trouble } = await ask("POST", "_local/happenings", payload);
    if (trouble?.length) report(trouble[0], true);
    else if (!sent.length) report(action.does === "says" ? unheard() : "");
    else report(delivered ? "Delivered to the bot." : NO_BOT);
    return true;
  } catch (error) {
    report(error.message, true);
    return false;
  }
}

function unheard() {
  return place.installed
    ? "Not delivered: here the bot gets only messages that mention it."
    : "Not delivered: the app is not installed here.";
}

// Show what can be done in this place; `fresh` when it is another one than before.
export function offer(row, botName, fresh) {
  place = row;
  bot = botName;
  const people = row.people.map(({ id, name }) => new Option(name, id));
  if (fresh || people.length !== who.options.length) {
    const before = who.value;
    who.replaceChildren(...people);
    if (row.people.some(({ id }) => id === before)) who.value = before;
  }
  if (fresh) {
    continueThread(null);
    report("");
  }
  who.disabled = row.people.length < 2;
  mention.hidden = row.kind === "personal";
  install.textContent = row.installed ? "Remove the app" : "Install the app";
  block.hidden = row.kind !== "personal";
  block.textContent = row.blocked ? "Unblock the bot" : "Block the bot";
}

export function continueThread(message) {
  post = message;
  replying.hidden = !post;
  if (post) {
    const about = post.text ?? post.summary ?? "a card";
    replying.firstElementChild.textContent = `Reply to ${post.from.name}: ${about}`;
    text.focus();
  }
  text.placeholder = invitation();
}

function invitation() {
  if (post) return "Reply";
  if (place?.kind === "channel") return `Start a post in ${place.name}`;
  return place?.kind === "personal" ? `Write to ${bot}` : "Write a message";
}

form.addEventListener("submit", async (event) => {
  event.preventDefault();
  const written = text.value.trim();
  if (!written) return;
  const mentioning = written.replaceAll(`@${bot}`, `<at>${bot}</at>`);
  const said = place.kind === "personal" ? written : mentioning;
  if (await act({ does: "says", text: said, ...(post ? { reply_to: post.id } : {}) })) {
    text.value = "";
    continueThread(null);
  }
});
text.addEventListener("keydown", (event) => {
  if (event.key === "Enter" && !event.shiftKey && !event.isComposing) {
    event.preventDefault();
    form.requestSubmit();
  } else if (event.key === "Escape") continueThread(null);
});
mention.addEventListener("click", () => {
  text.setRangeText(`@${bot} `, text.selectionStart, text.selectionEnd, "end");
  text.focus();
});
replying.querySelector("button").addEventListener("click", () => {
  continueThread(null);
  text.focus();
});
install.addEventListener("click", () => act({ does: place.installed ? "removes" : "installs" }));
block.addEventListener("click", () => act({ does: place.blocked ? "unblocks" : "blocks" }));

// -- faults --

const menu = document.getElementById("faults");
const faults = menu.querySelector("form");
const FAULTS = [
  ["429, with Retry-After: 5", { status: 429, retry_after: 5 }],
  ["429, without Retry-After", { status: 429 }],
  ...[412, 500, 502, 503, 504].map((status) => [String(status), { status }]),
  ["The answer takes 10 seconds", { delay: 10 }],
  ["The connection drops, nothing is done", { drop: true }],
  ["Done, then the connection drops: a retry doubles it", { drop: true, after: true }],
];
faults.elements.fault.append(...FAULTS.map(([label], number) => new Option(label, number)));

function name({ status, drop, after, delay, times, retry_after: retryAfter }) {
  const parts = [drop ? (after ? "dropped after it is done" : "dropped") : status || "slow"];
  if (retryAfter) parts.push(`Retry-After: ${retryAfter}`);
  if (delay) parts.push(`${delay} s`);
  const which = { 0: "every request", 1: "next request" }[times ?? 0] ?? `next ${times} requests`;
  return `${parts.join(", ")}: ${which}`;
}

let active = 0;
export async function drawFaults() {
  const list = await get("_local/weather");
  active = list.length;
  const count = menu.querySelector(".count");
  count.hidden = !active;
  count.textContent = active;
  faults.elements.clear.hidden = !active;
  faults.querySelector("ul").replaceChildren(...list.map((fault) => {
    const item = document.createElement("li");
    item.textContent = name(fault);
    return item;
  }));
}

// Faults are used up by requests: look again while there are some.
export function requestsCame() {
  if (active) drawFaults();
}

async function change(method, body) {
  const line = faults.querySelector('[role="status"]');
  try {
    await ask(method, "_local/weather", body);
    line.textContent = "";
    await drawFaults();
  } catch (error) {
    line.textContent = error.message;
    line.className = "bad";
  }
}

faults.addEventListener("submit", (event) => {
  event.preventDefault();
  const { fault, times } = faults.elements;
  change("POST", { ...FAULTS[fault.value][1], times: times.valueAsNumber });
});
faults.elements.clear.addEventListener("click", async () => {
  await change("DELETE");
  faults.elements.fault.focus(); // the button is gone
});
// Every menu closes with Escape, and when the reader presses elsewhere.
for (const each of document.querySelectorAll(".menu")) {
  each.addEventListener("keydown", (event) => {
    if (event.key === "Escape") {
      each.open = false;
      each.firstElementChild.focus();
    }
  });
  document.addEventListener("pointerdown", ({ target }) => {
    if (!each.contains(target)) each.open = false;
  });
}
