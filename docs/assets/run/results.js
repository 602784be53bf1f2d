// What comes of a start or a step, shown where its button is: what arrived, and what did not.
import { make } from "./run.js";

export class Results {
  // `open(row)` opens a conversation in Local Teams; `rowOf(refusal)` names a refusal.
  constructor({ open, rowOf }) {
    this.open = open;
    this.rowOf = rowOf;
    this.known = new Map(); // conversation id -> how many messages it had
    this.failedUntil = 0; // the number of the last send that failed
  }

  // From now on things come of this: they go into `place`.
  into(place) {
    this.place = place;
    this.lines = new Map();
    this.opened = false;
  }

  // Local Teams says what changed; gives the last refusal that is new.
  changed({ conversations, failed }) {
    for (const said of conversations) {
      const more = said.messages - (this.known.get(said.id) ?? 0);
      this.known.set(said.id, said.messages);
      if (more > 0) this.said(said);
    }
    const lost = failed.filter(({ number }) => number > this.failedUntil);
    for (const one of lost) this.lost(one);
    this.failedUntil = Math.max(this.failedUntil, ...lost.map(({ number }) => number));
    return lost.at(-1);
  }

  touch(row) {
    if (this.place && !this.opened) this.open(row);
    this.opened = true;
  }

  // One line for each conversation and kind.
  line(key, ...parts) {
    let line = this.lines.get(key);
    if (!line) {
      line = make("p", { className: "playground-line" });
      this.lines.set(key, line);
      this.place.append(line);
    }
    line.replaceChildren(...parts);
    line.scrollIntoView({ block: "nearest" });
    return line;
  }

  said({ id, person, name, from, text }) {
    if (!this.place) return;
    const row = person ?? id;
    this.touch(row);
    if (from === name) return; // the person's own
    const show = make("button", { type: "button", className: "run-link", textContent: name });
    show.onclick = () => this.open(row);
    this.line(id, show, ` got “${text || "a card"}”`);
  }

  lost({ row, status, code, text, arrived }) {
    if (!this.place) return;
    this.touch(row);
    const { href, label } = this.rowOf({ status, code });
    const link = make("a", { href, textContent: label || "The connection dropped" });
    const what = arrived ? ": the bot got this error, although the message arrived: " : ": not delivered: ";
    this.line(`lost ${row} ${status} ${code}`, link, `${what}“${text}”`).classList.add("bad");
  }
}
