// The playground: a sample that a reader starts in a world that stays, and the page of Local Teams
// in a frame, which asks that world what it asks a server elsewhere.
import { Code, asset, button, json, linked, make, without } from "./run.js";

const TEAMS = new URL("../local-teams/index.html", import.meta.url).href;
const PATIENCE = 2000; // milliseconds that a bot gets to stop of its own accord

// Python in a worker, and what it is asked to do.
class World {
  constructor(hear) {
    this.worker = new Worker(asset("worker.js"), { type: "module" });
    this.waiting = new Map();
    this.worker.onmessage = ({ data: { kind, what, id } }) => {
      if (id === undefined) return hear(kind, what);
      const { done, failed } = this.waiting.get(id);
      this.waiting.delete(id);
      if (kind === "broken") failed(new Error(what));
      else done(what);
    };
    this.worker.onerror = (event) => this.end(event.message || "The worker failed.");
  }

  call(does, data = {}) {
    const id = (this.asked = (this.asked ?? 0) + 1);
    this.worker.postMessage({ does, id, ...data });
    return new Promise((done, failed) => this.waiting.set(id, { done, failed }));
  }

  end(why) {
    this.worker.terminate();
    for (const { failed } of this.waiting.values()) failed(new Error(why));
  }
}

export class Playground {
  constructor(place) {
    this.samples = JSON.parse(place.querySelector("template").content.textContent);
    this.starting = button("Start", () => this.start(), "run-button--go");
    this.stopping = button("Stop", () => this.stop());
    this.renewing = button("Begin anew", () => this.renew());
    this.stopping.hidden = this.renewing.hidden = true;
    this.choice = make("select", { className: "run-button", onchange: () => this.choose() });
    for (const [label, serves] of [["Bots", true], ["Programs that send", false]]) {
      const these = this.samples.filter((sample) => sample.serves === serves);
      const options = these.map(({ name }) => new Option(name, name));
      this.choice.append(make("optgroup", { label }, ...options));
    }
    this.status = make("span", { className: "run-status", role: "status" });
    this.says = make("p");
    this.steps = make("div", { className: "run-bar", role: "group", ariaLabel: "Let it happen" });
    this.teams = make("div", { className: "playground-teams" });
    this.code = make("div");
    const label = make("label", {}, "Sample ", this.choice);
    const buttons = [this.starting, this.stopping, this.renewing];
    const bar = make("div", { className: "run-bar" }, label, ...buttons, this.status);
    place.replaceChildren(bar, this.says, this.steps, this.teams, this.code);
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

  say(text) {
    this.status.textContent = text;
  }

  // -- the sample ---------------------------------------------------------------------------------

  async choose() {
    this.sample = this.samples.find(({ name }) => name === this.choice.value);
    const { name, file, was, says, serves, steps } = this.sample;
    this.stop();
    this.starting.textContent = serves ? "Start" : "Run";
    this.says.textContent = says;
    this.steps.replaceChildren(
      ...steps.map(({ label, number }) => {
        const made = button(label, () => this.let(number, made));
        made.disabled = true;
        return made;
      }),
    );
    const block = make("div");
    const place = make("div", { className: "run" });
    this.code.replaceChildren(place, block);
    const came = linked(this.sample); // asked before the editor takes it
    const code = new Code(place, { name, file, was, block });
    this.editor = place.sample = code;
    const { missing } = await json("run.json");
    if (missing) return this.say(without(missing));
    if (!came) await code.show();
  }

  async start() {
    const { editor, sample } = this;
    const { missing } = await json("run.json");
    if (missing) return this.say(without(missing));
    const files = editor.fresh();
    this.stopping.hidden = false;
    this.beginning = this.starting.disabled = true;
    try {
      await this.open();
      this.say("starting …");
      const serves = await this.world.call("begin", { sample: sample.name, files });
      this.runs(serves);
      if (serves) this.say("The bot runs: talk to it.");
      else this.say(editor.failed ? "It ended with an error." : "It has run.");
    } catch (error) { // not of the sample, which tells of its own: of what runs it
      this.end(error.message);
      this.runs(false);
    } finally {
      this.beginning = this.starting.disabled = false;
    }
  }

  // Whether a bot runs now.
  runs(serves) {
    this.starting.textContent = serves ? "Start again" : this.sample.serves ? "Start" : "Run";
    this.stopping.hidden = !serves;
    for (const step of this.steps.children) {
      step.disabled = !serves;
      step.classList.remove("run-done");
    }
  }

  async let(number, step) {
    step.disabled = true;
    try {
      await this.world.call("let", { sample: this.sample.name, number });
      step.classList.add("run-done");
    } catch (error) {
      this.say(error.message);
    }
    step.disabled = this.stopping.hidden;
  }

  async stop() {
    if (!this.world || this.stopping.hidden) return;
    const late = new Promise((done) => setTimeout(done, PATIENCE, "late"));
    if (this.beginning || (await Promise.race([this.world.call("stop"), late])) === "late") {
      this.end("Stopped. It did not stop by itself, so the world begins anew.");
    } else {
      this.say("Stopped.");
    }
    this.runs(false);
  }

  hear(kind, what) {
    if (kind === "stage") this.say(`${what} …`);
    if (kind === "printed") this.editor.print(what);
    if (kind === "failed") this.editor.fail(what);
    if (kind === "changed") {
      const data = JSON.stringify(what);
      this.changes?.dispatchEvent(new MessageEvent("message", { data }));
    }
  }

  // -- the world ----------------------------------------------------------------------------------

  async open() {
    if (this.world) return;
    this.world = new World((kind, what) => this.hear(kind, what));
    await this.world.call("open");
    this.frame = make("iframe", { title: "Local Teams", src: TEAMS, onload: () => this.dress() });
    this.frame.localTeams = this.served();
    this.teams.replaceChildren(this.frame);
    this.renewing.hidden = false;
  }

  end(why) {
    this.world?.end(why);
    this.world = this.frame = undefined;
    const nothing = "Local Teams opens here when the sample starts.";
    this.teams.replaceChildren(make("p", { textContent: nothing }));
    this.renewing.hidden = true;
    this.say(why);
  }

  renew() {
    this.end("The next start begins anew.");
    this.runs(false);
  }

  // What the page in the frame uses instead of what a browser asks a server with.
  served() {
    const { world } = this;
    const playground = this;
    return {
      async fetch(path, { method = "GET", body } = {}) {
        const [status, text] = JSON.parse(await world.call("ask", { method, path, body }));
        return new Response(text || null, { status });
      },
      EventSource: class extends EventTarget {
        constructor() {
          super();
          playground.changes = this;
          setTimeout(() => {
            this.dispatchEvent(new Event("open"));
            world.call("watch");
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
