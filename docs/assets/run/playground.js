// The playground: a sample that a reader starts in a world that stays, and the page of Local Teams
// in a frame, which asks that world what it asks a server elsewhere.
import { linked } from "./link.js";
import { PAGE } from "./python.js";
import { Results } from "./results.js";
import { Code, button, json, make, rowOf, without } from "./run.js";
import { World } from "./world.js";

const TEAMS = new URL("../local-teams/index.html", import.meta.url).href;
const PATIENCE = 2000; // milliseconds that a bot gets to stop of its own accord
const BEGIN = [
  "Press Start. Python and the sample load, once for each visit.",
  "Press the steps in order, or write to the bot here as Ada.",
  "Change the code, and start it again. The chats stay.",
];

// All changes so far as one, for a page that begins to listen; there is a first before it does.
function joined(before, what) {
  if (!before) return what;
  const all = [...before.conversations, ...what.conversations];
  return {
    ...what,
    world: true,
    conversations: [...new Map(all.map((one) => [one.id, one])).values()],
    failed: [...before.failed, ...what.failed].slice(-1000),
  };
}

export class Playground {
  constructor(place) {
    this.samples = JSON.parse(place.querySelector("template").content.textContent);
    this.starting = button("Start", () => this.start(), "playground-start run-button--go");
    this.stopping = button("Stop", () => this.stop());
    this.renewing = button("Begin anew", () => this.renew());
    this.stopping.disabled = this.renewing.disabled = true;
    this.choice = make("select", { className: "run-button", onchange: () => this.choose() });
    for (const [label, serves] of [["Bots", true], ["Programs that send", false]]) {
      const these = this.samples.filter((sample) => sample.serves === serves);
      const options = these.map(({ title, name }) => new Option(title, name));
      this.choice.append(make("optgroup", { label }, ...options));
    }
    this.status = make("span", { className: "run-status", role: "status" });
    this.says = make("p", { className: "playground-says" });
    const label = make("label", {}, "Sample ", this.choice);
    const buttons = [this.starting, this.stopping, this.renewing];
    const bar = make("div", { className: "run-bar" }, label, ...buttons, this.status);
    place.replaceChildren(bar, this.says, this.panes());
    this.results = new Results({
      open: (row) => this.show(row),
      rowOf: (refusal) => rowOf(this.errors, refusal),
    });
    this.end("");
    const came = this.samples.find((sample) => linked(sample) !== undefined);
    this.choice.value = (came ?? this.samples[0]).name;
    this.choose();
    const colors = new MutationObserver(() => this.dress());
    colors.observe(document.body, { attributes: true, attributeFilter: ["data-md-color-scheme"] });
    // Material replaces what a page shows and stays itself: Python goes when its place has gone.
    const watching = globalThis.document$?.subscribe(() => {
      if (place.isConnected) return;
      this.end("");
      colors.disconnect();
      watching.unsubscribe();
    });
  }

  // Two panes: what the reader makes happen with the code, and Local Teams.
  panes() {
    this.started = make("div", { className: "playground-result run-output" });
    this.steps = make("ol", { className: "playground-steps" });
    this.output = make("div", { className: "playground-result run-output" });
    const scrolls = { className: "playground-story", ariaLabel: "Steps", tabIndex: 0 };
    this.story = make("section", scrolls);
    this.story.append(this.started, this.steps, this.output);
    this.code = make("section", { className: "playground-code", ariaLabel: "Code" });
    this.teams = make("div", { className: "playground-teams" });
    const left = make("div", { className: "playground-left" }, this.story, this.code);
    return make("div", { className: "playground-panes" }, left, this.teams);
  }

  say(...parts) {
    this.status.replaceChildren(...parts);
    this.status.classList.remove("run-status--bad");
  }

  // Say that Teams refused, with the row of the table of errors.
  sayRefused(refusal) {
    const { href, label } = rowOf(this.errors, refusal);
    this.say("Not delivered: ", make("a", { href, textContent: label || "the connection dropped" }));
    this.status.classList.add("run-status--bad");
  }

  // What comes from now on is of this, and shows there.
  into(place) {
    place.replaceChildren();
    this.editor.into(place);
    this.results.into(place);
  }

  clear() {
    for (const result of this.story.querySelectorAll(".playground-result")) result.replaceChildren();
  }

  // -- the sample ---------------------------------------------------------------------------------

  async choose() {
    this.sample = this.samples.find(({ name }) => name === this.choice.value);
    const { name, file, was, says, page, serves, steps } = this.sample;
    this.stop();
    this.starting.textContent = serves ? "Start" : "Run";
    const reading = page ? [make("a", { href: page, textContent: "Read its page" })] : [];
    this.says.replaceChildren(`${says} `, ...reading);
    this.clear();
    this.steps.replaceChildren(...steps.map((step) => this.step(step)));
    const first = steps.length ? "Press Start, and then these steps in order." : "Press Run.";
    this.started.append(make("p", { textContent: first }));
    const block = make("div");
    const place = make("div", { className: "run" });
    this.code.replaceChildren(place, block);
    const came = linked(this.sample); // asked before the editor takes it
    const code = new Code(place, { name, file, was, block, output: this.output });
    this.editor = place.sample = code;
    const { missing } = await json("run.json");
    if (missing) return this.say(without(missing));
    if (!came) await code.show();
  }

  step({ label, number }) {
    const made = button(label, () => this.let(number, made));
    made.disabled = true;
    return make("li", {}, made, make("div", { className: "playground-result run-output" }));
  }

  get stepButtons() {
    return [...this.steps.querySelectorAll(":scope > li > button")];
  }

  async start() {
    if (this.beginning) return; // twice at once is as good as once
    this.beginning = this.starting.disabled = true;
    const { editor, sample } = this;
    try {
      const { missing, errors } = await json("run.json");
      if (missing) return this.say(without(missing));
      this.errors = errors;
      const where = await editor.where();
      if (!where) return;
      const files = editor.fresh();
      this.clear();
      this.into(this.started);
      this.stopping.disabled = false;
      await this.open(where);
      this.say("starting …");
      const serves = await this.world.call("begin", { sample: sample.name, files });
      this.runs(serves);
      if (serves) this.say("The bot runs: talk to it.");
      else if (editor.failed) this.sayFailed();
      else this.say("It has run.");
    } catch (error) { // not of the sample, which tells of its own: of what runs it
      this.end(error.message);
      this.runs(false);
    } finally {
      this.beginning = this.starting.disabled = false;
    }
  }

  sayFailed() {
    const { href, label } = this.editor.refused ?? {};
    const link = href ? [" ", make("a", { href, textContent: label })] : [];
    this.say("It ended with an error.", ...link);
    this.status.classList.add("run-status--bad");
  }

  // Whether a bot runs now. The next thing to press is the first step then, and else Start.
  runs(serves) {
    this.running = serves;
    this.starting.textContent = serves ? "Start again" : this.sample.serves ? "Start" : "Run";
    this.stopping.disabled = !serves;
    for (const step of this.stepButtons) {
      step.disabled = !serves;
      step.classList.remove("run-done");
    }
    this.mark();
  }

  mark() {
    const steps = this.stepButtons;
    const next = this.running && steps.find((step) => !step.classList.contains("run-done"));
    for (const one of [...steps, this.starting]) {
      one.classList.toggle("run-button--go", one === (next || this.starting));
    }
    return next;
  }

  async let(number, step) {
    const { editor } = this;
    const result = step.nextElementSibling;
    this.into(result);
    editor.failed = false;
    editor.refused = undefined;
    result.setAttribute("aria-busy", "true");
    step.disabled = true;
    try {
      await this.world.call("let", { sample: this.sample.name, number });
      step.classList.add("run-done");
      if (editor.failed) this.sayFailed();
    } catch (error) {
      this.say(error.message);
    }
    result.removeAttribute("aria-busy");
    step.disabled = !this.running;
    const next = this.mark();
    result.scrollIntoView({ block: "nearest" });
    if ([document.body, step].includes(document.activeElement)) {
      (next || step).focus({ preventScroll: true });
    }
  }

  // Stop the bot; whether Python still answers.
  async halt() {
    const late = new Promise((done) => setTimeout(done, PATIENCE, "late"));
    const stopped = !this.beginning
      && (await Promise.race([this.world.call("stop"), late])) !== "late";
    if (!stopped) this.end("Stopped. It did not stop by itself, so the world begins anew.");
    this.runs(false);
    return stopped;
  }

  async stop() {
    if (!this.world || this.stopping.disabled) return;
    if (await this.halt()) this.say("Stopped.");
  }

  hear(kind, what) {
    if (kind === "stage") this.say(`${what} …`);
    if (kind === "printed") this.editor.print(what);
    if (kind === "failed") this.editor.fail(what);
    if (kind === "changed") {
      const refusal = this.results.changed(what);
      if (refusal && !this.editor.failed) this.sayRefused(refusal); // else how it ended says it
      this.all = joined(this.all, what);
      this.report(what);
    }
  }

  // Tell the page in the frame.
  report(what) {
    this.changes?.dispatchEvent(new MessageEvent("message", { data: JSON.stringify(what) }));
  }

  // -- the world ----------------------------------------------------------------------------------

  // A sandbox may run the guide's code too, and nothing else may run what came with a link.
  async open(where) {
    if (this.world && ![PAGE, this.world.where].includes(where)) this.end("");
    if (this.world) return;
    this.world = new World(where, (kind, what) => this.hear(kind, what));
    await this.begin();
  }

  // Begin with nothing said; Python, once loaded, stays.
  async begin() {
    const { place } = this.results;
    await this.world.call("open");
    this.results = new Results(this.results);
    this.all = this.changes = undefined;
    if (place) this.results.into(place);
    await this.world.call("watch");
    this.frame = make("iframe", { title: "Local Teams", src: TEAMS, onload: () => this.dress() });
    this.frame.localTeams = this.served();
    this.teams.replaceChildren(this.frame);
    this.renewing.disabled = false;
  }

  end(why) {
    this.world?.end(why);
    this.world = this.frame = undefined;
    const list = make("ol", {}, ...BEGIN.map((textContent) => make("li", { textContent })));
    const nothing = "Local Teams opens here when the sample starts.";
    const hint = make("div", {}, make("p", { textContent: nothing }), list);
    this.teams.replaceChildren(hint);
    this.renewing.disabled = true;
    this.say(why);
  }

  async renew() {
    this.renewing.disabled = this.starting.disabled = true;
    const answers = await this.halt();
    if (answers) {
      this.clear();
      this.results.into(undefined);
      await this.begin();
      this.say("Everybody's chats are empty again.");
    }
    this.starting.disabled = false;
  }

  // Open a conversation in Local Teams, now or as soon as it is loaded.
  show(row) {
    if (!this.frame) return;
    const { localTeams } = this.frame;
    if (localTeams.open) localTeams.open(row);
    else localTeams.wanted = row;
  }

  // What the page in the frame uses instead of what a browser asks a server with.
  served() {
    const { world } = this;
    const playground = this;
    return {
      async fetch(path, { method = "GET", body } = {}) {
        // What comes of what the reader does in Local Teams shows there; only output shows here.
        if (path === "_local/happenings") {
          playground.editor.into(playground.output);
          playground.editor.failed = false;
          playground.results.into(undefined);
        }
        const [status, text] = JSON.parse(await world.call("ask", { method, path, body }));
        return new Response(text || null, { status });
      },
      explain: (status, code) => status && rowOf(playground.errors, { status, code }).href,
      EventSource: class extends EventTarget {
        constructor() {
          super();
          playground.changes = this;
          setTimeout(() => {
            this.dispatchEvent(new Event("open"));
            if (playground.all) playground.report(playground.all); // else the first is to come
          });
        }
      },
    };
  }

  // The frame wears the colors of the site.
  dress() {
    const dark = document.body.dataset.mdColorScheme === "slate";
    const page = this.frame?.contentDocument?.documentElement;
    if (page) page.style.colorScheme = dark ? "dark" : "light";
  }
}
