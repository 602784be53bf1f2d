// The column of chats and channels: found by name, walked by arrow keys, drawn anew only where something differs.
import { arrange, face } from "./teams-conversation.js";

const column = document.getElementById("rows");
const search = document.getElementById("search");
const nodes = new Map(); // a row's key -> its list item

function part(tag, className, text) {
  const made = document.createElement(tag);
  made.className = className;
  if (text !== undefined) made.textContent = text;
  return made;
}

function when(timestamp) {
  const then = new Date(timestamp);
  const today = then.toDateString() === new Date().toDateString();
  return today
    ? then.toLocaleTimeString([], { hour: "2-digit", minute: "2-digit" })
    : then.toLocaleDateString([], { month: "short", day: "numeric" });
}

function item(row, open) {
  const made = part("li", row.kind);
  const button = part("button", "row");
  button.type = "button";
  button.addEventListener("click", () => open(made.dataset.key));
  made.dataset.key = row.key;
  made.append(button);
  return made;
}

function fill(made, row, current) {
  const told = JSON.stringify([row, current]);
  if (made.told === told) return;
  made.told = told;
  const button = made.firstElementChild;
  button.dataset.id = row.id;
  made.classList.toggle("unread", row.unread > 0);
  made.classList.toggle("off", Boolean(row.note));
  if (current) button.setAttribute("aria-current", "true");
  else button.removeAttribute("aria-current");
  const text = part("span", "text");
  const name = part("span", "name", row.name);
  if (row.note) name.append(" ", part("span", "note", row.note));
  text.append(name);
  if (row.kind !== "channel" && row.text) text.append(" ", part("span", "last", row.text));
  const right = part("span", "right");
  if (row.kind !== "channel" && row.newest) right.append(part("span", "when", when(row.newest)));
  if (row.unread > 0) {
    const mark = part("span", "new", row.unread > 99 ? "99+" : row.unread);
    mark.append(part("span", "unseen", " new"));
    right.append(" ", mark);
  }
  button.replaceChildren(...(row.kind === "channel" ? [] : [face(row.name)]), text, right);
}

// Groups: [{heading, note, rows}], rows: {key, id, kind, name, note, unread, newest, text}; open(key) is called on a choice.
export function drawList(groups, chosen, open) {
  const words = search.value.trim().toLowerCase();
  const focused = column.contains(document.activeElement) ? document.activeElement : null;
  const parts = [];
  for (const { heading, note, rows } of groups) {
    const whole = heading.toLowerCase().includes(words);
    const found = words && !whole ? rows.filter((row) => row.name.toLowerCase().includes(words)) : rows;
    if (!found.length) continue;
    const key = `group ${heading}`;
    if (!nodes.has(key)) nodes.set(key, [part("h2", ""), part("ul", "")]);
    const [title, list] = nodes.get(key);
    const told = `${heading}\n${note}`;
    if (title.told !== told) {
      title.told = told;
      title.replaceChildren(heading, ...(note ? [part("span", "note", note)] : []));
    }
    arrange(list, found.map((row) => {
      if (!nodes.has(row.key)) nodes.set(row.key, item(row, open));
      fill(nodes.get(row.key), row, row.key === chosen);
      return nodes.get(row.key);
    }));
    parts.push(title, list);
  }
  if (!parts.length) parts.push(part("p", "none note", `Nobody and nothing is called “${search.value}”.`));
  arrange(column, parts);
  if (focused?.isConnected && document.activeElement !== focused) focused.focus({ preventScroll: true });
  reach(focused?.isConnected ? focused : column.querySelector("[aria-current]") ?? column.querySelector(".row"));
}

// One row is reached with Tab, the others from it with the arrow keys.
function reach(button) {
  for (const other of column.querySelectorAll('.row[tabindex="0"], .row:not([tabindex])')) other.tabIndex = -1;
  if (button) button.tabIndex = 0;
}

export function focusRow(key) {
  nodes.get(key)?.firstElementChild.focus();
}

column.addEventListener("focusin", ({ target }) => { if (target.matches(".row")) reach(target); });
column.addEventListener("keydown", (event) => {
  const rows = [...column.querySelectorAll(".row")];
  const at = rows.indexOf(document.activeElement);
  const to = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: rows.length - 1 }[event.key];
  if (to === undefined) return;
  event.preventDefault();
  if (to < 0) search.focus();
  else rows[to]?.focus();
});
search.addEventListener("keydown", (event) => {
  const first = column.querySelector(".row");
  if (event.key === "ArrowDown") first?.focus();
  else if (event.key === "Enter") first?.click();
  else return;
  event.preventDefault();
});
