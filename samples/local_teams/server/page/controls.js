// What a person does in the open conversation, and the faults that Teams is told to have.
import { NO_BOT, ask, get } from "./api.js";

const form = document.getElementById("compose");
const text = document.getElementById("text");
const who = document.getElementById("who");
const mention = document.getElementById("mention");
const replying = document.getElementById("replying");
const told = document.getElementById("told");
const install = document.getElementById("install");
const block = document.getElementById("block");
let place = null; // the open row, with `where` and `people`
let bot = "";
let post = null; // the post whose thread is continued

function tell(line, bad = false) {
  told.textContent = line;
  told.classList.toggle("bad", bad);
}

async function happen(happening) {
  const happened = { who: who.value, where: place.where, ...happening };
  try {
    const { sent, delivered, trouble } = await ask("POST", "_local/happenings", happened);
    if (trouble?.length) tell(trouble[0], true);
    else if (!sent.length) tell(happening.does === "says" ? unheard() : "");
    else tell(delivered ? "The bot was told." : NO_BOT);
    return true;
  } catch (error) {
    tell(error.message, true);
    return false;
  }
}

function unheard() {
  return place.installed ? "The bot was not told: here it gets only what mentions it." : "The bot was not told: the app is not installed here.";
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
    tell("");
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
    replying.firstElementChild.textContent = `Reply to ${post.from.name}: ${post.text ?? post.summary ?? "a card"}`;
    text.focus();
  }
  text.placeholder = post ? "Reply" : place?.kind === "channel" ? `Start a post in ${place.name}` : place?.kind === "personal" ? `Write to ${bot}` : "Write a message";
}

form.addEventListener("submit", async (event) => {
  event.preventDefault();
  const written = text.value.trim();
  if (!written) return;
  const said = place.kind === "personal" ? written : written.replaceAll(`@${bot}`, `<at>${bot}</at>`);
  if (await happen({ does: "says", text: said, ...(post ? { reply_to: post.id } : {}) })) {
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
replying.querySelector("button").addEventListener("click", () => { continueThread(null); text.focus(); });
install.addEventListener("click", () => happen({ does: place.installed ? "removes" : "installs" }));
block.addEventListener("click", () => happen({ does: place.blocked ? "unblocks" : "blocks" }));

// -- faults --

const menu = document.getElementById("weather");
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

function name(fault) {
  const what = fault.drop ? (fault.after ? "dropped after it is done" : "dropped") : fault.status || "slow";
  const extra = [fault.retry_after ? `Retry-After: ${fault.retry_after}` : "", fault.delay ? `${fault.delay} s` : ""].filter(Boolean);
  return `${[what, ...extra].join(", ")}: ${fault.times ? `next ${fault.times === 1 ? "request" : `${fault.times} requests`}` : "every request"}`;
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
  change("POST", { ...FAULTS[faults.elements.fault.value][1], times: faults.elements.times.valueAsNumber });
});
faults.elements.clear.addEventListener("click", async () => {
  await change("DELETE");
  faults.elements.fault.focus(); // the button is gone
});
menu.addEventListener("keydown", (event) => {
  if (event.key === "Escape") {
    menu.open = false;
    menu.firstElementChild.focus();
  }
});
document.addEventListener("pointerdown", ({ target }) => { if (!menu.contains(target)) menu.open = false; });
