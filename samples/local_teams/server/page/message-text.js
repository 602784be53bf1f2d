// What a message says, drawn: mentions and the part of Markdown that messages use.
import { element } from "./elements.js";

// The part of Markdown that messages use, made of elements and texts: nothing in it becomes HTML.
const MARKDOWN = new RegExp([
  /\*\*(?<bold>[^*\n]+)\*\*/,
  /`(?<code>[^`\n]+)`/,
  /\[(?<label>[^\]\n]+)\]\((?<link>https?:\/\/[^\s)]+)\)/,
  /(?<url>https?:\/\/[^\s<>"')\]]+[^\s<>"')\].,;:!?])/,
].map(({ source }) => source).join("|"), "g");

export function markdown(text) {
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

// A name in a mention is markup: `&` is written `&amp;` there.
const NAMED = { "&amp;": "&", "&lt;": "<", "&gt;": ">" };
const unescaped = (name) => name.replace(/&(amp|lt|gt);/g, (found) => NAMED[found]);

// The quoted message above an answer: who wrote it, and its first words.
function drawQuote({ senderName, preview, isReplyDeleted }) {
  const quote = element("blockquote", undefined, "quote");
  if (senderName) quote.append(element("strong", senderName), " ");
  quote.append(isReplyDeleted ? "This message has been deleted." : preview || "A message");
  return quote;
}

// What a message says. `<at>Name</at>` is a mention when an entity has the same words. Everything
// else is text, never HTML.
export function drawText({ text, entities, textFormat }) {
  const said = element("div", undefined, "said");
  const mentioning = (entities ?? []).filter((entity) => entity.type === "mention");
  const mentions = new Set(mentioning.map((entity) => entity.text));
  const quotes = new Map(
    (entities ?? [])
      .filter((entity) => entity.type === "quotedReply")
      .map(({ quotedReply }) => [`<quoted messageId="${quotedReply.messageId}"/>`, quotedReply]),
  );
  for (const part of text.split(/(<at>.*?<\/at>|<quoted messageId="[^"]*"\/>)/)) {
    if (quotes.has(part)) said.append(drawQuote(quotes.get(part)));
    else if (mentions.has(part)) {
      const name = part.slice("<at>".length, -"</at>".length);
      said.append(element("span", unescaped(name), "at"));
    } else said.append(textFormat === "plain" ? part : markdown(part));
  }
  return said;
}
