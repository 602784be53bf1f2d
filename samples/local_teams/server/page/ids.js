// The menu with the ids that a program needs, each with a button that copies it.
import { get } from "./api.js";
import { element } from "./elements.js";

const menu = document.getElementById("ids");
const list = menu.querySelector("dl");
const line = menu.querySelector('[role="status"]');

async function copy(name, value, code) {
  try {
    await navigator.clipboard.writeText(value);
    line.textContent = `${name}: copied.`;
  } catch {
    getSelection().selectAllChildren(code);
    line.textContent = "This browser does not let a page copy. The ID is selected: copy it.";
  }
}

function row([name, value]) {
  const code = element("code", value);
  const button = element("button", "Copy");
  button.type = "button";
  button.setAttribute("aria-label", `Copy: ${name}`);
  button.addEventListener("click", () => copy(name, value, code));
  const detail = element("dd");
  detail.append(code, button);
  const part = element("div");
  part.append(element("dt", name), detail);
  return part;
}

// What the open row is, and what is the same everywhere.
function ids(world, open, endpoint) {
  const found = [];
  const person = world.people.find(({ id }) => id === open.key);
  const team = world.teams.find(({ channels }) => channels.some(({ id }) => id === open.key));
  if (!open.empty) found.push(["Conversation ID", open.id]);
  if (person) {
    found.push([`Entra object ID of ${person.name}`, person.aadObjectId]);
    found.push([`Teams ID of ${person.name}`, person.id]);
  }
  if (team) {
    found.push([`Team ID of ${team.name}`, team.id]);
    found.push([`Entra group ID of ${team.name}`, team.aadGroupId]);
  }
  found.push(["Tenant ID", world.tenantId], ["Service URL", world.serviceUrl]);
  found.push(["App ID of the bot", world.bot.appId], ["Bot ID", world.bot.id]);
  for (const { id, name } of world.groups) found.push([`Group ID of ${name}`, id]);
  for (const { id, manifestId, name } of world.catalog) {
    found.push([`Catalog ID of the app ${name}`, id]);
    if (manifestId) found.push([`Manifest ID of the app ${name}`, manifestId]);
  }
  if (endpoint) found.push(["Messaging endpoint of the bot", endpoint]);
  return found;
}

let drawn = "";
export async function drawIds(world, open) {
  if (!menu.open) return;
  const { url } = await get("_local/bot");
  const rows = ids(world, open, url);
  const text = JSON.stringify(rows);
  if (text === drawn) return; // a button that stays keeps its focus
  drawn = text;
  line.textContent = "";
  list.replaceChildren(...rows.map(row));
}
