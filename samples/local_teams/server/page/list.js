// The column of chats and channels: searched by name, walked with the arrow keys, and drawn anew
// only where something differs.
import { arrange, element, face } from "./elements.js";

const column = document.getElementById("rows");
const search = document.getElementById("search");
const nodes = new Map(); // a row's key -> its list item

function when(timestamp) {
  const then = new Date(timestamp);
  const today = then.toDateString() === new Date().toDateString();
  return today
    ? then.toLocaleTimeString([], { hour: "2-digit", minute: "2-digit" })
    : then.toLocaleDateString([], { month: "short", day: "numeric" });
}

function item(row, open) {
  const made = element("li", undefined, row.kind);
  const button = element("button", undefined, "row");
  button.type = "button";
  button.addEventListener("click", () => open(made.dataset.key));
  made.dataset.key = row.key;
  made.append(button);
  return made;
}

function fill(made, row, current) {
  const shown = JSON.stringify([row, current]);
  if (made.shown === shown) return;
  made.shown = shown;
  const button = made.firstElementChild;
  button.dataset.id = row.id;
  made.classList.toggle("unread", row.unread > 0);
  made.classList.toggle("off", Boolean(row.note));
  if (current) button.setAttribute("aria-current", "true");
  else button.removeAttribute("aria-current");
  const text = element("span", undefined, "text");
  const name = element("span", row.name, "name");
  if (row.note) name.append(" ", element("span", row.note, "note"));
  text.append(name);
  if (row.kind !== "channel" && row.text) {
    text.append(" ", element("span", row.text, row.failed ? "last bad" : "last"));
  }
  const right = element("span", undefined, "right");
  if (row.kind !== "channel" && row.newest) right.append(element("span", when(row.newest), "when"));
  if (row.unread > 0) {
    const mark = element("span", row.unread > 99 ? "99+" : row.unread, "new");
    mark.append(element("span", " new", "unseen"));
    right.append(" ", mark);
  }
  button.replaceChildren(...(row.kind === "channel" ? [] : [face(row.name)]), text, right);
}

// Groups: [{heading, note, rows}], rows: {key, id, kind, name, note, unread, newest, text};
// open(key) is called on a choice.
export function drawList(groups, chosen, open) {
  const words = search.value.trim().toLowerCase();
  const focused = column.contains(document.activeElement) ? document.activeElement : null;
  const parts = [];
  for (const { heading, note, rows } of groups) {
    const whole = heading.toLowerCase().includes(words);
    const matches = (row) => row.name.toLowerCase().includes(words);
    const found = words && !whole ? rows.filter(matches) : rows;
    if (!found.length) continue;
    const key = `group ${heading}`;
    if (!nodes.has(key)) nodes.set(key, [element("h2"), element("ul")]);
    const [title, list] = nodes.get(key);
    const shown = `${heading}\n${note}`;
    if (title.shown !== shown) {
      title.shown = shown;
      title.replaceChildren(heading, ...(note ? [element("span", note, "note")] : []));
    }
    arrange(list, found.map((row) => {
      if (!nodes.has(row.key)) nodes.set(row.key, item(row, open));
      fill(nodes.get(row.key), row, row.key === chosen);
      return nodes.get(row.key);
    }));
    parts.push(title, list);
  }
  if (!parts.length) {
    parts.push(element("p", `Nobody and nothing is called “${search.value}”.`, "none note"));
  }
  arrange(column, parts);
  const kept = focused?.isConnected ? focused : null;
  if (kept && document.activeElement !== kept) kept.focus({ preventScroll: true });
  reach(kept ?? column.querySelector("[aria-current]") ?? column.querySelector(".row"));
}

// One row is reached with Tab, the others from it with the arrow keys.
function reach(button) {
  const reachable = column.querySelectorAll('.row[tabindex="0"], .row:not([tabindex])');
  for (const other of reachable) other.tabIndex = -1;
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
