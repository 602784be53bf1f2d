// Elements that the page and <teams-conversation> make.

export function element(tag, text, className) {
  const made = document.createElement(tag);
  if (text !== undefined) made.textContent = text;
  if (className) made.className = className;
  return made;
}

function initials(name) {
  return name.split(/\s+/).map((word) => word[0]).join("").slice(0, 2).toUpperCase();
}

// A round picture with the initials of a person; the bot's is a square with round corners.
export function face(name, id = "") {
  const made = element("span", undefined, id.startsWith("28:") ? "face bot" : "face");
  made.setAttribute("aria-hidden", "true");
  let hash = 0x811c9dc5;
  for (const letter of name) hash = Math.imul(hash ^ letter.codePointAt(0), 0x01000193) >>> 0;
  made.style.setProperty("--hue", ((hash >>> 8) % 12) * 30);
  made.append(element("span", initials(name)));
  return made;
}

// Give a list these children, and touch only what differs: a button that stays keeps its focus.
export function arrange(list, wanted) {
  wanted.forEach((child, place) => {
    if (list.children[place] !== child) list.insertBefore(child, list.children[place] ?? null);
  });
  while (list.children.length > wanted.length) list.lastElementChild.remove();
}
