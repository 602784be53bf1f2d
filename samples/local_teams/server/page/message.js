// One message, drawn: who sent it and when, its text and its cards.
import { drawCard } from "./cards.js";
import { element, face } from "./elements.js";
import { drawText } from "./message-text.js";

export const isBot = (account) => account.id.startsWith("28:");
const IMPORTANCE = new Map([["high", "Important!"], ["urgent", "Urgent!"]]);

const CLOCK = { hour: "2-digit", minute: "2-digit" };
const ADAPTIVE = "application/vnd.microsoft.card.adaptive";

// The attachments as somebody sees them: the bot may have answered a press with another card.
function attachmentsFor(message, viewer) {
  const { shown = {} } = message;
  const attachments = message.attachments ?? [];
  const first = attachments.find(({ contentType }) => contentType === ADAPTIVE);
  const content = shown[viewer];
  if (!content) return attachments;
  return attachments.map((one) => (one === first ? { ...one, content } : one));
}

// The time as a message shows it, in the reader's time zone.
export const timeOf = ({ timestamp }) => new Date(timestamp).toLocaleTimeString([], CLOCK);

export function drawMessage(
  message,
  { tag = "li", again = false, mine = false, sameMinute = false, viewer, pressed },
) {
  const item = element(tag, undefined, "message");
  item.classList.toggle("again", again);
  item.classList.toggle("mine", mine);
  const head = element("div", undefined, "head");
  item.classList.toggle("same-minute", sameMinute);
  const time = element("time", timeOf(message));
  time.dateTime = message.timestamp;
  time.title = new Date(message.timestamp).toLocaleString();
  head.append(element("span", message.from.name, "who"));
  if (isBot(message.from)) head.append(element("span", "App", "app"));
  head.append(time);
  if (message.edited && !message.deleted) head.append(element("span", "Edited", "mark"));
  const importance = !message.deleted && IMPORTANCE.get(message.importance);
  if (importance) head.append(element("span", importance, "mark important"));
  const body = element("div", undefined, "body");
  if (message.deleted) {
    body.append(element("div", "This message has been deleted.", "said deleted"));
  } else if (message.text) body.append(drawText(message));
  for (const attachment of attachmentsFor(message, viewer)) {
    if (attachment.content) body.append(drawCard(attachment, message, pressed));
  }
  if (message.summary) body.append(element("div", `Notification: ${message.summary}`, "note"));
  item.append(face(message.from.name, message.from.id), head, body);
  return item;
}

// What the bot sent and Teams did not deliver, by the wire; `again` counts the same in a row.
export function drawFailed({ status, code, text, arrived, number, times }, { explain, show }) {
  const item = element("li", undefined, "message failed");
  const body = element("div", undefined, "body");
  const error = status ? `${status} ${code}`.trim() : "the connection dropped";
  const what = arrived ? `Delivered, but the bot got an error: ${error}` : `Not delivered: ${error}`;
  const why = element("div", undefined, "why");
  why.append(element("strong", times > 1 ? `${what} (${times} times)` : what));
  const href = explain?.(status, code);
  if (href) {
    const link = element("a", "What to do");
    Object.assign(link, { href, target: "_blank" });
    why.append(" ", link);
  }
  if (show) {
    const button = element("button", "Show on the wire", "link");
    button.type = "button";
    button.addEventListener("click", () => show(number));
    why.append(" ", button);
  }
  body.append(element("div", text, "said"), why);
  item.append(body);
  return item;
}
