// Cards: plainly at once, then as Microsoft's library draws them.
import { element } from "./elements.js";
import { markdown } from "./message-text.js";
import { withoutPictures } from "./pictures.js";

// The look of cards, for Microsoft's library: the page's colors, which follow light and dark.
const shade = (name, subtle = name) => ({ default: `var(--${name})`, subtle: `var(--${subtle})` });
const COLORS = {
  default: shade("ink", "quiet"), dark: shade("ink", "quiet"), light: shade("quiet"),
  accent: shade("accent"), good: shade("good"), warning: shade("warning"),
  attention: shade("attention"),
};
const tinted = (color) => ({ backgroundColor: color, foregroundColors: COLORS });
const LOOK = {
  fontFamily: "inherit",
  supportsInteractivity: true,
  fontSizes: { small: 12, default: 14, medium: 16, large: 18, extraLarge: 22 },
  fontWeights: { lighter: 400, default: 400, bolder: 600 },
  lineHeights: { small: 16, default: 20, medium: 22, large: 24, extraLarge: 28 },
  spacing: { small: 4, default: 8, medium: 12, large: 16, extraLarge: 24, padding: 14 },
  separator: { lineThickness: 1, lineColor: "var(--line)" },
  imageSizes: { small: 32, medium: 52, large: 100 },
  containerStyles: {
    default: { backgroundColor: "transparent", foregroundColors: COLORS },
    emphasis: tinted("var(--ground)"), accent: tinted("var(--mine)"),
    good: tinted("light-dark(#e5f4ea, #1d3325)"), warning: tinted("light-dark(#fdf3dc, #3a2f17)"),
    attention: tinted("light-dark(#fdeae8, #40211f)"),
  },
  actions: {
    maxActions: 6, spacing: "default", buttonSpacing: 8,
    actionsOrientation: "horizontal", actionAlignment: "left",
    showCard: { actionMode: "inline", inlineTopMargin: 8, style: "emphasis" },
  },
  adaptiveCard: { allowCustomStyle: true },
  factSet: {
    title: { weight: "bolder", wrap: true, maxWidth: 150 }, value: { wrap: true }, spacing: 16,
  },
};

// Microsoft's library, fetched when the first card comes near; null where npm has not installed it.
let library;
function cards() {
  library ??= new Promise((resolve) => {
    const script = document.createElement("script");
    script.src = new URL("adaptivecards.min.js", import.meta.url);
    script.onload = script.onerror = () => resolve(globalThis.AdaptiveCards ?? null);
    document.head.append(script);
  });
  return library;
}

// Near the screen a card is drawn. On the site, where cards are few things among many, also not before
// the reader does something: the library weighs as much as all the rest of a page.
const NEAR = "400px";
const DEEDS = ["pointermove", "pointerdown", "keydown", "scroll"];
const reads = !globalThis.document$ ? Promise.resolve() : new Promise((resolve) => {
  for (const deed of DEEDS) addEventListener(deed, resolve, { once: true, passive: true });
});
const drawing = new WeakMap();
const watcher = new IntersectionObserver((seen) => {
  for (const { target, isIntersecting } of seen) {
    if (!isIntersecting) continue;
    watcher.unobserve(target);
    reads.then(cards).then(drawing.get(target));
  }
}, { rootMargin: NEAR });

function paragraphs(text) {
  const holder = document.createElement("div");
  for (const part of text.split(/\n{2,}/)) {
    const paragraph = document.createElement("p");
    part.split("\n").forEach((line, number) => {
      if (number) paragraph.append(document.createElement("br"));
      paragraph.append(markdown(line));
    });
    holder.append(paragraph);
  }
  return holder.innerHTML; // of elements made here: texts come out escaped
}

// The parts of a card that are there: a bot may send something else where a list belongs.
const listed = (list) =>
  Array.isArray(list) ? list.filter((part) => part !== null && typeof part === "object") : [];

// A card without the library: its texts, its facts and the names of its actions.
function plainly(content) {
  const parts = [];
  const texts = [content.title, content.subtitle, content.text].filter(Boolean);
  for (const text of texts) parts.push(element("div", text));
  const walk = (list) => {
    for (const part of listed(list)) {
      if (part.type === "FactSet") {
        const facts = element("dl");
        for (const { title, value } of listed(part.facts)) {
          facts.append(element("dt", title), element("dd", value));
        }
        parts.push(facts);
      } else if (part.text ?? part.label) {
        const weight = part.weight === "Bolder" ? "title" : "";
        parts.push(element("div", part.text ?? part.label, weight));
      }
      walk(part.items ?? part.columns);
    }
  };
  walk(content.body);
  const actions = listed(content.actions);
  if (actions.length) parts.push(element("div"));
  for (const action of actions) parts.at(-1).append(element("span", action.title, "action"));
  return parts;
}

// -- buttons --

const SENDING = ["Action.Submit", "Action.Execute"]; // the others never reach the bot

// The actions of an Adaptive Card that reach the bot, in the order of `buttons` in
// events/card_actions.py.
function sending(part) {
  if (Array.isArray(part)) return part.flatMap(sending);
  if (part === null || typeof part !== "object") return [];
  if (SENDING.includes(part.type)) return [part];
  return Object.entries(part).flatMap(([key, one]) => (key === "refresh" ? [] : sending(one)));
}

// How many buttons before this one have its title.
const sameBefore = (actions, at) =>
  actions.slice(0, at).filter(({ title = "" }) => title === (actions[at].title ?? "")).length;

function visit(url) {
  if (/^https?:/i.test(url)) window.open(url, "_blank", "noopener");
}

// Press a button, and say under the card what came of it.
async function press(place, title, pressing) {
  place.querySelector(".note")?.remove();
  const note = element("div", `You pressed ${title}.`, "note");
  note.setAttribute("role", "status");
  place.append(note);
  const came = await pressing;
  if (!came) return;
  note.textContent = came.text;
  note.classList.toggle("bad", came.bad);
}

function botFrameworkButtons(place, content, message, pressed) {
  const buttons = listed(content.buttons);
  const actions = buttons.filter(({ type }) => type !== "openUrl");
  const row = element("div");
  for (const action of buttons) {
    const button = element("button", action.title, "ac-pushButton");
    button.type = "button";
    button.addEventListener("click", () => {
      if (action.type === "openUrl") return visit(action.value);
      const which = sameBefore(actions, actions.indexOf(action));
      press(place, action.title, pressed({ message, title: action.title ?? "", which }));
    });
    row.append(button, " ");
  }
  if (row.firstChild) place.append(row);
}

// A card at once in plain form, then as Microsoft's library draws it.
const cannot = (error) => element("div", `This card cannot be drawn: ${error.message}`, "note bad");

export function drawCard({ contentType, content }, message, pressed) {
  const place = element("div", undefined, "said card");
  place.append(...plainly(content));
  if (contentType !== "application/vnd.microsoft.card.adaptive") {
    botFrameworkButtons(place, content, message, pressed);
    return place;
  }
  drawing.set(place, (lib) => {
    if (!lib) {
      place.append(element("div", "Cards are drawn plainly: run npm ci.", "note"));
      return;
    }
    lib.AdaptiveCard.onProcessMarkdown = (text, result) => {
      result.outputHtml = paragraphs(text);
      result.didProcess = true;
    };
    lib.GlobalSettings.setTabIndexAtCardRoot = false;
    const card = new lib.AdaptiveCard();
    card.hostConfig = new lib.HostConfig(LOOK);
    // The library keeps an action's id: here it is its place in the card.
    const numbered = structuredClone(content);
    const actions = sending(numbered);
    actions.forEach((action, place) => { action.id = String(place); });
    card.onExecuteAction = (action) => {
      if (action.getJsonTypeName() === "Action.OpenUrl") return visit(action.url);
      const { title = "" } = actions[action.id] ?? {};
      const data = Object(action.data);
      const entered = card.getAllInputs().filter(({ id }) => id in data);
      const inputs = Object.fromEntries(entered.map(({ id }) => [id, data[id]]));
      const which = sameBefore(actions, Number(action.id));
      press(place, title, pressed({ message, title, which, inputs }));
    };
    try {
      const replacePictures = withoutPictures(numbered);
      card.parse(numbered);
      place.replaceChildren(card.render() ?? cannot(new Error("it shows nothing")));
      replacePictures(place);
    } catch (error) { // of the library, about a card that is odd: its texts stay
      place.append(cannot(error));
    }
    place.classList.add("drawn");
  });
  watcher.observe(place);
  return place;
}
