// Pictures of cards. None is loaded from elsewhere: its host would learn who reads the message, and when.
import { element } from "./elements.js";

// In place of such a picture, until the card is drawn: one of a single point, with the address.
const POINT = "data:image/gif;base64,R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7#";

// The address of a picture that is not in the card itself and not on this host; else undefined.
function elsewhere(address) {
  try {
    const url = new URL(address, location.href);
    return url.protocol === "data:" || url.origin === location.origin ? undefined : url;
  } catch {
    return undefined; // nothing is loaded from what is not an address
  }
}

function stand(url, alt) {
  const text = `Picture from ${url.host || url.protocol}${alt ? `: ${alt}` : ""}`;
  const made = element("a", text, "elsewhere");
  return Object.assign(made, { href: url.href, target: "_blank", rel: "noopener noreferrer" });
}

// Takes pictures from elsewhere out of a card, which changes; gives what shows in their place once it
// is drawn.
export function withoutPictures(card) {
  const others = []; // backgrounds and icons, which have no place of their own
  const walk = (part, key) => {
    if (Array.isArray(part)) return part.forEach((one) => walk(one, key));
    if (part === null || typeof part !== "object") return;
    for (const name of ["backgroundImage", "iconUrl", "poster"]) {
      const url = elsewhere(part[name]?.url ?? part[name]);
      if (!url) continue;
      others.push(url);
      delete part[name];
    }
    const opens = String(part.type).startsWith("Action.") && key !== "images";
    const url = opens ? undefined : elsewhere(part.url);
    if (url) Object.assign(part, { url: POINT + encodeURIComponent(url.href), forceLoad: false });
    for (const [name, one] of Object.entries(part)) if (name !== "data") walk(one, name);
  };
  walk(card);
  return (drawn) => {
    for (const picture of drawn.querySelectorAll("img")) {
      if (!picture.src.startsWith(POINT)) continue;
      const url = new URL(decodeURIComponent(picture.src.slice(POINT.length)));
      const link = stand(url, picture.alt);
      // What is pressed as a whole has no link inside.
      if (picture.closest("[role=button], [role=link]")) link.removeAttribute("href");
      picture.replaceWith(link);
    }
    if (others.length) {
      const note = element("div", "Not loaded: ", "note");
      for (const url of others) note.append(stand(url), " ");
      drawn.append(note);
    }
  };
}
