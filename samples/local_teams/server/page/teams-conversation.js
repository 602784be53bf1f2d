// <teams-conversation> draws one conversation: on the page of Local Teams, and on the site for
// recorded and live runs. Give it {title, kind, messages} (messages: activities as Local Teams
// stores them, oldest first) as its `data` property, or as JSON in a <template> child. Without
// scripts, its other children show.
// With the attribute `live` it leaves its title to the page, offers to reply in threads (event
// `reply`, detail: the post), and reports pressed buttons of cards (event `card-action`, detail:
// {message, title, type, data}).
import { STYLE } from "./conversation-style.js";
import { arrange, element } from "./elements.js";
import { drawMessage, isBot } from "./message.js";

// In a channel, the messages of one thread share a conversation id: the first is the post, the
// others are replies.
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
const SOON = 5 * 60_000; // milliseconds
const soon = (one, other) => Math.abs(new Date(one.timestamp) - new Date(other.timestamp)) < SOON;

class TeamsConversation extends HTMLElement {
  #root = this.attachShadow({ mode: "open" });
  #drawn = new Map(); // what was drawn last, by key: {text, node}
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

  // The node that shows some data: that of the last time when nothing differs.
  #keep(key, shown, make) {
    const before = this.#drawn.get(key);
    const text = JSON.stringify(shown);
    const kept = before?.text === text ? before : { text, node: make() };
    this.#next.set(key, kept);
    return kept.node;
  }

  set data({ title, kind, messages }) {
    if (!this.#root.firstChild) this.#root.append(element("style", STYLE), element("section"));
    const section = this.#root.querySelector("section");
    section.setAttribute("aria-label", title);
    const parts = [];
    if (!this.hasAttribute("live")) {
      parts.push(this.#keep("title", title, () => element("header", title)));
    }
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
      const drawn = this.#message(message, { mine, again });
      return newDay ? [this.#day(message), drawn] : [drawn];
    });
  }

  #posts(messages) {
    let day;
    return threads(messages).flatMap((thread) => {
      const [post, ...replies] = thread;
      const item = this.#keep(`thread ${post.id}`, "", () => element("li", undefined, "thread"));
      const parts = [this.#message(post, { tag: "div" })];
      if (replies.length) {
        const makeList = () => element("ol", undefined, "replies");
        const list = this.#keep(`replies ${post.id}`, "", makeList);
        arrange(list, replies.map((reply) => this.#message(reply)));
        parts.push(list);
      }
      if (this.hasAttribute("live")) {
        parts.push(this.#keep(`reply ${post.id}`, "", () => this.#replyButton(post)));
      }
      arrange(item, parts);
      const newDay = dayOf(post) !== day;
      day = dayOf(post);
      return newDay ? [this.#day(post), item] : [item];
    });
  }

  #message(message, options = {}) {
    const make = () => drawMessage(message, { ...options, pressed: this.#pressed });
    return this.#keep(message.id, [message, options], make);
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
    const reply = () => this.dispatchEvent(new CustomEvent("reply", { detail: post }));
    button.addEventListener("click", reply);
    return button;
  }

  #pressed = (detail) => this.dispatchEvent(new CustomEvent("card-action", { detail }));
}

if (!customElements.get("teams-conversation")) {
  customElements.define("teams-conversation", TeamsConversation);
}
