// <teams-conversation> draws one conversation: on the page of Local Teams, and on the site for recorded runs.
// It takes {title, kind, messages} (messages: activities as Local Teams stores them, oldest first) as its `data`
// property, or as JSON in a <script type="application/json"> child. Without scripts, its other children show.

const STYLE = `
  :host {
    display: block;
    --line: light-dark(#d9d9e0, #45454d);
    --quiet: light-dark(#595962, #b4b4bd);
    --bubble: light-dark(#ffffff, #2b2b33);
    --ground: light-dark(#f4f4f8, #1d1d23);
    --accent: light-dark(#4a4fb5, #a9aef7);
    font: 0.875rem/1.45 system-ui, sans-serif;
    color: light-dark(#1f1f26, #ececf1);
    background: var(--ground);
    border: 1px solid var(--line);
    border-radius: 8px;
    overflow: hidden;
  }
  header { padding: 0.6rem 1rem; border-bottom: 1px solid var(--line); background: var(--bubble); font-weight: 600; }
  ol { list-style: none; margin: 0; padding: 0.75rem 1rem; display: grid; gap: 0.75rem; }
  ol ol { padding: 0.5rem 0 0 0.75rem; margin-top: 0.5rem; border-left: 2px solid var(--line); }
  li { display: grid; grid-template-columns: 2rem minmax(0, 1fr); gap: 0 0.6rem; }
  .face {
    grid-row: span 2; width: 2rem; height: 2rem; border-radius: 6px; display: grid; place-items: center;
    background: var(--accent); color: var(--bubble); font-size: 0.75rem; font-weight: 700;
  }
  .who { font-weight: 600; }
  time { color: var(--quiet); font-size: 0.8rem; margin-left: 0.5rem; }
  .said {
    justify-self: start; max-width: 100%; margin-top: 0.2rem; padding: 0.5rem 0.75rem; border-radius: 6px;
    background: var(--bubble); border: 1px solid var(--line); white-space: pre-wrap; overflow-wrap: anywhere;
  }
  .replies { grid-column: 2; }
  .at { color: var(--accent); font-weight: 600; }
  .mark { color: var(--quiet); font-size: 0.8rem; font-weight: 400; margin-left: 0.5rem; }
  .note { color: var(--quiet); font-size: 0.8rem; margin-top: 0.2rem; }
  .deleted { color: var(--quiet); font-style: italic; }
  .card { display: grid; gap: 0.4rem; white-space: normal; border-left: 3px solid var(--accent); margin-top: 0.4rem; }
  .card .title { font-weight: 700; }
  .card dl { margin: 0; display: grid; grid-template-columns: auto 1fr; gap: 0 0.75rem; }
  .card dt { color: var(--quiet); } .card dd { margin: 0; }
  .card .action { border: 1px solid var(--line); border-radius: 4px; padding: 0.2rem 0.6rem; margin-right: 0.4rem; }
  .none { margin: 0; padding: 0.75rem 1rem; color: var(--quiet); }
`;

function element(tag, text, className) {
  const made = document.createElement(tag);
  if (text !== undefined) made.textContent = text;
  if (className) made.className = className;
  return made;
}

function initials(name) {
  return name.split(/\s+/).map((word) => word[0]).join("").slice(0, 2).toUpperCase();
}

// What a message says. `<at>Name</at>` is a mention when an entity has the same words. Everything else is text, never HTML.
function drawText({ text, entities }) {
  const said = element("div", undefined, "said");
  const mentions = new Set((entities ?? []).filter((entity) => entity.type === "mention").map((entity) => entity.text));
  for (const part of text.split(/(<at>.*?<\/at>)/)) {
    said.append(mentions.has(part) ? element("span", part.slice("<at>".length, -"</at>".length), "at") : part);
  }
  return said;
}

// The parts of an Adaptive Card that the samples use: text, facts and the names of its actions.
function drawCard(content) {
  const card = element("div", undefined, "said card");
  for (const part of content.body ?? []) {
    if (part.type === "TextBlock") {
      card.append(element("div", part.text, part.weight === "Bolder" ? "title" : ""));
    } else if (part.type === "FactSet") {
      const list = element("dl");
      for (const fact of part.facts) list.append(element("dt", fact.title), element("dd", fact.value));
      card.append(list);
    }
  }
  const actions = element("div");
  actions.append(...(content.actions ?? []).map((action) => element("span", action.title, "action")));
  if (content.actions?.length) card.append(actions);
  return card;
}

function drawMessage(message) {
  const item = element("li");
  const face = element("span", initials(message.from.name), "face");
  face.setAttribute("aria-hidden", "true");
  const head = element("div");
  const time = element("time", new Date(message.timestamp).toLocaleTimeString([], { hour: "2-digit", minute: "2-digit" }));
  time.dateTime = message.timestamp;
  head.append(element("span", message.from.name, "who"), time);
  if (message.edited) head.append(element("span", "Edited", "mark"));
  if (!message.deleted && message.importance && message.importance !== "normal") head.append(element("span", message.importance, "mark"));
  const body = element("div");
  if (message.deleted) body.append(element("div", "This message has been deleted.", "said deleted"));
  else if (message.text) body.append(drawText(message));
  for (const attachment of message.attachments ?? []) {
    if (attachment.content) body.append(drawCard(attachment.content));
  }
  if (message.summary) body.append(element("div", `Notification: ${message.summary}`, "note"));
  item.append(face, head, body);
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

function drawThread([post, ...replies]) {
  const item = drawMessage(post);
  if (replies.length) {
    const list = element("ol", undefined, "replies");
    list.append(...replies.map(drawMessage));
    item.append(list);
  }
  return item;
}

class TeamsConversation extends HTMLElement {
  #root = this.attachShadow({ mode: "open" });

  connectedCallback() {
    const json = this.querySelector('script[type="application/json"]');
    if (json) this.data = JSON.parse(json.textContent);
  }

  set data({ title, kind, messages }) {
    const style = element("style", STYLE);
    const section = element("section");
    section.setAttribute("aria-label", title);
    section.append(element("header", title));
    if (messages.length) {
      const list = element("ol");
      list.append(...(kind === "channel" ? threads(messages).map(drawThread) : messages.map(drawMessage)));
      section.append(list);
    } else {
      section.append(element("p", "Nothing here yet.", "none"));
    }
    this.#root.replaceChildren(style, section);
  }
}

if (!customElements.get("teams-conversation")) customElements.define("teams-conversation", TeamsConversation);
