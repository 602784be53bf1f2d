// <teams-conversation> draws one conversation: on the page of Local Teams, and on the site for
// recorded and live runs. Give it {title, kind, messages} (messages: activities as Local Teams
// stores them, oldest first) as its `data` property, or as JSON in a <template> child. Without
// scripts, its other children show. `failed` (see undelivered in server/refusals.py) are what the bot
// sent in vain; `explain(status, code)` gives the address of what to do then; `viewer` is the id of
// the person whose cards show.
// With the attribute `live` it leaves its title to the page, offers to reply in threads (event
// `reply`, detail: the post), and to look at the wire (event `show-exchange`, detail: the number).
// Pressed buttons of cards are the event `card-action`, detail: {message, title, which, inputs}; who
// takes it calls preventDefault and sets `came` in the detail, a promise of {text, bad}.
import { STYLE } from "./conversation-style.js";
import { arrange, element } from "./elements.js";
import { drawFailed, drawMessage, isBot, timeOf } from "./message.js";

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
  #places = new Map(); // id of a message -> the item of the list with it
  #viewer;
  #explain;

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

  set data({ title, kind, messages, failed = [], explain, viewer }) {
    this.#viewer = viewer;
    this.#explain = explain;
    if (!this.#root.firstChild) this.#root.append(element("style", STYLE), element("section"));
    const section = this.#root.querySelector("section");
    section.setAttribute("aria-label", title);
    const parts = [];
    if (!this.hasAttribute("live")) {
      parts.push(this.#keep("title", title, () => element("header", title)));
    }
    if (messages.length || failed.length) {
      const list = this.#keep("list", kind, () => element("ol"));
      const drawn = kind === "channel" ? this.#posts(messages) : this.#chat(kind, messages);
      arrange(list, this.#withFailed(drawn, failed));
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
      const sameMinute = !newDay && timeOf(before) === timeOf(message);
      const drawn = this.#message(message, { mine, again, sameMinute });
      this.#places.set(message.id, drawn);
      return newDay ? [this.#day(message), drawn] : [drawn];
    });
  }

  #posts(messages) {
    let day;
    return threads(messages).flatMap((thread) => {
      const [post, ...replies] = thread;
      const item = this.#keep(`thread ${post.id}`, "", () => element("li", undefined, "thread"));
      for (const { id } of thread) this.#places.set(id, item);
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

  #message(message, given = {}) {
    const options = message.shown ? { ...given, viewer: this.#viewer } : given;
    const make = () => drawMessage(message, { ...options, pressed: this.#pressed });
    return this.#keep(message.id, [message, options], make);
  }

  // What failed comes after the message that was the last one then; the same in a row is one.
  #withFailed(drawn, failed) {
    const parts = [...drawn];
    const groups = [];
    for (const one of failed) {
      const alike = ({ after, status, code, text }) => JSON.stringify([after, status, code, text]);
      const before = groups.at(-1);
      if (before && alike(before) === alike(one)) before.times += 1;
      else groups.push({ ...one, times: 1 });
    }
    for (const group of groups.reverse()) {
      const options = { explain: this.#explain, show: this.hasAttribute("live") && this.#show };
      const item = this.#keep(`failed ${group.number}`, group, () => drawFailed(group, options));
      const place = this.#places.get(group.after);
      parts.splice(place ? parts.indexOf(place) + 1 : 0, 0, item);
    }
    this.#places.clear();
    return parts;
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

  #show = (detail) => this.dispatchEvent(new CustomEvent("show-exchange", { detail }));

  #pressed = (detail) => {
    const event = new CustomEvent("card-action", { detail, cancelable: true });
    return this.dispatchEvent(event) ? undefined : detail.came;
  };
}

if (!customElements.get("teams-conversation")) {
  customElements.define("teams-conversation", TeamsConversation);
}
