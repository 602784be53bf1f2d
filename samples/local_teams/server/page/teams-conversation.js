// <teams-conversation> draws one conversation: on the page of Local Teams, and on the site for recorded and live runs.
// It takes {title, kind, messages} (messages: activities as Local Teams stores them, oldest first) as its `data`
// property, or as JSON in a <template> child. Without scripts, its other children show.
// With the attribute `live` it leaves its title to the page, offers to reply in threads (event `reply`, detail: the
// post), and tells of pressed buttons of cards (event `card-action`, detail: {message, title, type, data}).

const STYLE = `
  :host {
    display: block;
    --ink: light-dark(#22252b, #eceef2);
    --quiet: light-dark(#5a606c, #a9b0bd);
    --line: light-dark(#dcdfe5, #3a3f4a);
    --ground: light-dark(#f5f6f8, #17191e);
    --surface: light-dark(#ffffff, #23262d);
    --mine: light-dark(#e2eafd, #2a3a63);
    --accent: light-dark(#2f52b8, #a8bdff);
    --good: light-dark(#1a6b35, #7fd39a);
    --warning: light-dark(#7d4f00, #f0c063);
    --attention: light-dark(#ad2318, #ff9d94);
    font: 0.9em/1.45 "Segoe UI Variable Text", "Segoe UI", system-ui, sans-serif;
    color: var(--ink);
    background: var(--ground);
    border: 1px solid var(--line);
    border-radius: 8px;
    overflow: hidden;
  }
  :host([live]) { border: 0; border-radius: 0; overflow: visible; background: none; }
  * { box-sizing: border-box; }
  header { padding: 0.6em 1em; border-bottom: 1px solid var(--line); background: var(--surface); font-weight: 600; }
  ol { list-style: none; margin: 0; padding: 1em; display: flex; flex-direction: column; gap: 0.85em; }
  .message { display: grid; grid-template-columns: 2.3em minmax(0, 1fr); gap: 0 0.65em; }
  .again { margin-top: -0.55em; }
  .face {
    grid-row: span 2; width: 2.3em; height: 2.3em; border-radius: 50%; display: grid; place-items: center; user-select: none;
    background: light-dark(hsl(var(--hue) 55% 88%), hsl(var(--hue) 30% 30%));
    color: light-dark(hsl(var(--hue) 70% 25%), hsl(var(--hue) 75% 90%));
  }
  .face span { font-size: 0.78em; font-weight: 700; letter-spacing: 0.02em; }
  .face.bot { border-radius: 30%; background: var(--accent); color: var(--surface); }
  .head { display: flex; flex-wrap: wrap; align-items: baseline; gap: 0 0.55em; min-height: 1.4em; margin-bottom: 0.15em; }
  .who { font-weight: 600; }
  .app, time, .mark, .note { color: var(--quiet); font-size: 0.86em; }
  .app { border: 1px solid var(--line); border-radius: 4px; padding: 0 0.35em; line-height: 1.3; }
  .important { color: var(--attention); font-weight: 600; }
  .body { display: grid; grid-template-columns: minmax(0, 1fr); gap: 0.4em; justify-items: start; }
  .said {
    max-width: min(100%, 38em); padding: 0.5em 0.8em; border-radius: 8px; background: var(--surface);
    box-shadow: 0 0 0 1px var(--line); white-space: pre-wrap; overflow-wrap: anywhere;
  }
  .said a { color: var(--accent); }
  code { font-size: 0.92em; padding: 0.1em 0.3em; border-radius: 4px; background: var(--ground); }
  .at { color: var(--accent); font-weight: 600; }
  .deleted { color: var(--quiet); font-style: italic; background: none; }
  .mine { grid-template-columns: minmax(0, 1fr); padding-left: 12%; }
  .mine .face, .mine .who { display: none; }
  .mine .head { justify-content: flex-end; }
  .mine .body { justify-items: end; }
  .mine .said:not(.deleted) { background: var(--mine); box-shadow: none; }
  .again .face { visibility: hidden; height: 0; }
  .again .who, .again .app, .again time { position: absolute; clip-path: inset(50%); width: 1px; height: 1px; overflow: hidden; }
  .again .head { min-height: 0; margin: 0; }
  .day { display: flex; align-items: center; gap: 1em; color: var(--quiet); font-size: 0.86em; }
  .day::before, .day::after { content: ""; flex: 1; border-top: 1px solid var(--line); }
  .thread {
    background: var(--surface); border-radius: 8px; box-shadow: 0 0 0 1px var(--line), 0 1px 3px rgb(0 0 0 / 0.06); overflow: hidden;
  }
  .thread > .message { padding: 0.85em 1em; }
  .thread .said:not(.card) { padding: 0; border-radius: 0; box-shadow: none; background: none; max-width: 100%; }
  .replies { padding: 0.8em 1em 0.8em 1.6em; border-top: 1px solid var(--line); background: light-dark(#fafbfc, #1f2228); }
  .replies .face { width: 1.9em; height: 1.9em; margin-left: 0.4em; }
  .reply {
    font: inherit; font-weight: 600; color: var(--accent); background: none; border: 0; border-top: 1px solid var(--line); cursor: pointer;
    width: 100%; text-align: left; padding: 0.5em 1em 0.5em 1.6em;
  }
  .reply:hover { background: var(--ground); }
  :focus-visible { outline: 2px solid var(--accent); outline-offset: -2px; }
  .none { margin: 0; padding: 1em; color: var(--quiet); }

  .card { white-space: normal; width: min(100%, 32em); padding: 0.8em 1em; box-shadow: 0 0 0 1px var(--line), 0 1px 4px rgb(0 0 0 / 0.08); }
  .mine .card { text-align: left; }
  .card.drawn { padding: 0; }
  .card.drawn > .note { padding: 0 14px 10px; }
  .card .title { font-weight: 600; }
  .card dl { margin: 0.4em 0; display: grid; grid-template-columns: auto 1fr; gap: 0 1em; }
  .card dt { font-weight: 600; } .card dd { margin: 0; }
  .card .action { display: inline-block; border: 1px solid var(--line); border-radius: 4px; padding: 0.2em 0.7em; margin: 0.4em 0.4em 0 0; }
  .card p { margin: 0; }
  .ac-adaptiveCard:focus { outline: none; }
  .ac-pushButton {
    font: inherit; font-weight: 600; color: var(--ink); background: var(--surface); border: 1px solid light-dark(#c3c8d1, #59606d);
    border-radius: 4px; padding: 0.35em 0.9em; min-height: 2.2em; cursor: pointer;
  }
  .ac-pushButton:hover { background: var(--ground); border-color: var(--quiet); }
  .ac-pushButton.style-positive { background: var(--accent); border-color: var(--accent); color: var(--surface); }
  .ac-pushButton.style-destructive { color: var(--attention); border-color: var(--attention); }
  .ac-pushButton:focus-visible { outline-offset: 2px; }
  .ac-input:not(.ac-toggleInput, .ac-choiceSetInput-expanded, .ac-choiceSetInput-multiSelect) {
    font: inherit; color: var(--ink); background: var(--ground); border: 1px solid light-dark(#8a909c, #7b828f); border-radius: 4px;
    padding: 0.35em 0.6em; width: 100%; min-height: 2.2em;
  }
  ::placeholder { color: var(--quiet); }
  .ac-input-validation-failed { border-color: var(--attention) !important; }
  .ac-anchor { color: var(--accent); }
  .ac-factset td, .ac-factset th { padding-block: 1px; vertical-align: top; }
`;

// The look of cards, for Microsoft's library: colors are those of the page, so that they follow light and dark.
const shade = (name, subtle = name) => ({ default: `var(--${name})`, subtle: `var(--${subtle})` });
const COLORS = {
  default: shade("ink", "quiet"), dark: shade("ink", "quiet"), light: shade("quiet"), accent: shade("accent"),
  good: shade("good"), warning: shade("warning"), attention: shade("attention"),
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
    maxActions: 6, spacing: "default", buttonSpacing: 8, actionsOrientation: "horizontal", actionAlignment: "left",
    showCard: { actionMode: "inline", inlineTopMargin: 8, style: "emphasis" },
  },
  adaptiveCard: { allowCustomStyle: true },
  factSet: {
    title: { weight: "bolder", wrap: true, maxWidth: 150 }, value: { wrap: true }, spacing: 16,
  },
};

function element(tag, text, className) {
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

// The part of Markdown that messages use, made of elements and texts: nothing in it can become HTML.
const MARKDOWN = /\*\*(?<bold>[^*\n]+)\*\*|`(?<code>[^`\n]+)`|\[(?<label>[^\]\n]+)\]\((?<link>https?:\/\/[^\s)]+)\)|(?<url>https?:\/\/[^\s<>"')\]]+[^\s<>"')\].,;:!?])/g;
function markdown(text) {
  const made = document.createDocumentFragment();
  let end = 0;
  for (const found of text.matchAll(MARKDOWN)) {
    const { bold, code, label, link, url } = found.groups;
    made.append(text.slice(end, found.index));
    end = found.index + found[0].length;
    if (bold) made.append(element("strong", bold));
    else if (code) made.append(element("code", code));
    else {
      const anchor = element("a", label ?? url);
      Object.assign(anchor, { href: link ?? url, target: "_blank", rel: "noopener" });
      made.append(anchor);
    }
  }
  made.append(text.slice(end));
  return made;
}

// What a message says. `<at>Name</at>` is a mention when an entity has the same words. Everything else is text, never HTML.
function drawText({ text, entities, textFormat }) {
  const said = element("div", undefined, "said");
  const mentions = new Set((entities ?? []).filter((entity) => entity.type === "mention").map((entity) => entity.text));
  for (const part of text.split(/(<at>.*?<\/at>)/)) {
    if (mentions.has(part)) said.append(element("span", part.slice("<at>".length, -"</at>".length), "at"));
    else said.append(textFormat === "plain" ? part : markdown(part));
  }
  return said;
}

// Microsoft's library, fetched when the first card is drawn; null where npm has not put it.
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

function paragraphs(text) {
  const holder = document.createElement("div");
  for (const part of text.split(/\n{2,}/)) {
    const paragraph = document.createElement("p");
    part.split("\n").forEach((line, number) => paragraph.append(...(number ? [document.createElement("br")] : []), markdown(line)));
    holder.append(paragraph);
  }
  return holder.innerHTML; // of elements made here: texts come out escaped
}

// A card without the library: its texts, its facts and the names of its actions.
function plainly(content) {
  const parts = [];
  for (const part of [content.title, content.subtitle, content.text].filter(Boolean)) parts.push(element("div", part));
  const walk = (list) => {
    for (const part of list ?? []) {
      if (part.type === "FactSet") {
        const facts = element("dl");
        for (const fact of part.facts) facts.append(element("dt", fact.title), element("dd", fact.value));
        parts.push(facts);
      } else if (part.text ?? part.label) parts.push(element("div", part.text ?? part.label, part.weight === "Bolder" ? "title" : ""));
      walk(part.items ?? part.columns);
    }
  };
  walk(content.body);
  const actions = content.actions ?? content.buttons ?? [];
  if (actions.length) parts.push(element("div"));
  for (const action of actions) parts.at(-1).append(element("span", action.title, "action"));
  return parts;
}

// A card at once in plain form, then as Microsoft's library draws it.
function drawCard({ contentType, content }, message, pressed) {
  const place = element("div", undefined, "said card");
  place.append(...plainly(content));
  if (contentType !== "application/vnd.microsoft.card.adaptive") return place;
  cards().then((lib) => {
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
    card.onExecuteAction = (action) => {
      const type = action.getJsonTypeName();
      if (type === "Action.OpenUrl") {
        if (/^https?:/i.test(action.url)) window.open(action.url, "_blank", "noopener");
        return;
      }
      place.querySelector(".note")?.remove();
      const note = element("div", `You pressed ${action.title}.`, "note");
      note.setAttribute("role", "status");
      place.append(note);
      pressed({ message, title: action.title, type, data: action.data });
    };
    card.parse(content);
    place.replaceChildren(card.render());
    place.classList.add("drawn");
  });
  return place;
}

const isBot = (account) => account.id.startsWith("28:");
const IMPORTANCE = { high: "Important!", urgent: "Urgent!" };

function drawMessage(message, { tag = "li", again = false, mine = false, pressed }) {
  const item = element(tag, undefined, "message");
  item.classList.toggle("again", again);
  item.classList.toggle("mine", mine);
  const head = element("div", undefined, "head");
  const time = element("time", new Date(message.timestamp).toLocaleTimeString([], { hour: "2-digit", minute: "2-digit" }));
  time.dateTime = message.timestamp;
  time.title = new Date(message.timestamp).toLocaleString();
  head.append(element("span", message.from.name, "who"));
  if (isBot(message.from)) head.append(element("span", "App", "app"));
  head.append(time);
  if (message.edited && !message.deleted) head.append(element("span", "Edited", "mark"));
  const importance = !message.deleted && IMPORTANCE[message.importance];
  if (importance) head.append(element("span", importance, "mark important"));
  const body = element("div", undefined, "body");
  if (message.deleted) body.append(element("div", "This message has been deleted.", "said deleted"));
  else if (message.text) body.append(drawText(message));
  for (const attachment of message.attachments ?? []) {
    if (attachment.content) body.append(drawCard(attachment, message, pressed));
  }
  if (message.summary) body.append(element("div", `Notification: ${message.summary}`, "note"));
  item.append(face(message.from.name, message.from.id), head, body);
  return item;
}

// In a channel, the messages of one thread share a conversation id: the first is the post, the others are replies.
function threads(messages) {
  const found = new Map();
  for (const message of messages) {
    const thread = message.conversation.id;
    if (!found.has(thread)) found.set(thread, []);
    found.get(thread).push(message);
  }
  return [...found.values()];
}

const dayOf = (message) => new Date(message.timestamp).toDateString();
const soon = (one, other) => Math.abs(new Date(one.timestamp) - new Date(other.timestamp)) < 5 * 60_000;

// Give a list these children, and touch only what differs: a button that is still there keeps its focus.
export function arrange(list, wanted) {
  wanted.forEach((child, place) => {
    if (list.children[place] !== child) list.insertBefore(child, list.children[place] ?? null);
  });
  while (list.children.length > wanted.length) list.lastElementChild.remove();
}

class TeamsConversation extends HTMLElement {
  #root = this.attachShadow({ mode: "open" });
  #drawn = new Map(); // what was drawn last, by key: {told, node}
  #next = new Map();

  connectedCallback() {
    if (Object.hasOwn(this, "data")) { // given before this script was there
      const given = this.data;
      delete this.data;
      this.data = given;
    }
    const json = this.querySelector("template");
    if (json) this.data = JSON.parse(json.content.textContent);
  }

  // The node for what is told: that of the last time when nothing differs.
  #keep(key, told, make) {
    const before = this.#drawn.get(key);
    const text = JSON.stringify(told);
    const kept = before?.text === text ? before : { text, node: make() };
    this.#next.set(key, kept);
    return kept.node;
  }

  set data({ title, kind, messages }) {
    if (!this.#root.firstChild) this.#root.append(element("style", STYLE), element("section"));
    const section = this.#root.querySelector("section");
    section.setAttribute("aria-label", title);
    const parts = [];
    if (!this.hasAttribute("live")) parts.push(this.#keep("title", title, () => element("header", title)));
    if (messages.length) {
      const list = this.#keep("list", kind, () => element("ol"));
      arrange(list, kind === "channel" ? this.#posts(messages) : this.#chat(kind, messages));
      parts.push(list);
    } else {
      parts.push(this.#keep("none", "", () => element("p", "Nothing here yet.", "none")));
    }
    arrange(section, parts);
    this.#drawn = this.#next;
    this.#next = new Map();
  }

  #chat(kind, messages) {
    return messages.flatMap((message, place) => {
      const before = messages[place - 1];
      const newDay = !before || dayOf(before) !== dayOf(message);
      const mine = kind === "personal" && !isBot(message.from);
      const again = !newDay && before.from.id === message.from.id && soon(before, message);
      const drawn = this.#keep(message.id, [message, mine, again], () => drawMessage(message, { mine, again, pressed: this.#pressed }));
      return newDay ? [this.#day(message), drawn] : [drawn];
    });
  }

  #posts(messages) {
    let day;
    return threads(messages).flatMap((thread) => {
      const [post, ...replies] = thread;
      const item = this.#keep(`thread ${post.id}`, "", () => element("li", undefined, "thread"));
      const parts = [this.#keep(post.id, post, () => drawMessage(post, { tag: "div", pressed: this.#pressed }))];
      if (replies.length) {
        const list = this.#keep(`replies ${post.id}`, "", () => element("ol", undefined, "replies"));
        arrange(list, replies.map((reply) => this.#keep(reply.id, reply, () => drawMessage(reply, { pressed: this.#pressed }))));
        parts.push(list);
      }
      if (this.hasAttribute("live")) parts.push(this.#keep(`reply ${post.id}`, "", () => this.#replyButton(post)));
      arrange(item, parts);
      const newDay = dayOf(post) !== day;
      day = dayOf(post);
      return newDay ? [this.#day(post), item] : [item];
    });
  }

  #day(message) {
    return this.#keep(`day ${dayOf(message)}`, "", () => {
      const names = { weekday: "long", month: "long", day: "numeric" };
      return element("li", new Date(message.timestamp).toLocaleDateString([], names), "day");
    });
  }

  #replyButton(post) {
    const button = element("button", "Reply", "reply");
    button.type = "button";
    button.addEventListener("click", () => this.dispatchEvent(new CustomEvent("reply", { detail: post })));
    return button;
  }

  #pressed = (detail) => this.dispatchEvent(new CustomEvent("card-action", { detail }));
}

if (!customElements.get("teams-conversation")) customElements.define("teams-conversation", TeamsConversation);
