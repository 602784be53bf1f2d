// One message, drawn: who sent it and when, its text and its cards.
import { drawCard } from "./cards.js";
import { element, face } from "./elements.js";
import { drawText } from "./message-text.js";

export const isBot = (account) => account.id.startsWith("28:");
const IMPORTANCE = { high: "Important!", urgent: "Urgent!" };

export function drawMessage(message, { tag = "li", again = false, mine = false, pressed }) {
  const item = element(tag, undefined, "message");
  item.classList.toggle("again", again);
  item.classList.toggle("mine", mine);
  const head = element("div", undefined, "head");
  const sent = new Date(message.timestamp);
  const clock = { hour: "2-digit", minute: "2-digit" };
  const time = element("time", sent.toLocaleTimeString([], clock));
  time.dateTime = message.timestamp;
  time.title = sent.toLocaleString();
  head.append(element("span", message.from.name, "who"));
  if (isBot(message.from)) head.append(element("span", "App", "app"));
  head.append(time);
  if (message.edited && !message.deleted) head.append(element("span", "Edited", "mark"));
  const importance = !message.deleted && IMPORTANCE[message.importance];
  if (importance) head.append(element("span", importance, "mark important"));
  const body = element("div", undefined, "body");
  if (message.deleted) {
    body.append(element("div", "This message has been deleted.", "said deleted"));
  } else if (message.text) body.append(drawText(message));
  for (const attachment of message.attachments ?? []) {
    if (attachment.content) body.append(drawCard(attachment, message, pressed));
  }
  if (message.summary) body.append(element("div", `Notification: ${message.summary}`, "note"));
  item.append(face(message.from.name, message.from.id), head, body);
  return item;
}
