// Run in the page: buttons beside a sample, and the output of its run. Nothing of Python is loaded
// before a reader points at Run; from then on one worker serves every page of the visit.
import { drawn } from "../wire.js";
import { isOwn, keepAsOwn, linked, taken } from "./link.js";
import { PAGE, SANDBOX, loadSandbox, prepareFor, start, stop } from "./python.js";

export const asset = (name) => new URL(name, import.meta.url).href;
export const site = new URL("../../", import.meta.url);
const loaded = {};
export const json = (name) =>
  (loaded[name] ??= fetch(asset(name)).then((answer) => answer.json()));

// A sample's code with its colors, as the build made it: a fraction of all samples, or of an editor.
const colored = (file) =>
  (loaded[file] ??= fetch(asset(`code/${file}.html`)).then((answer) => answer.text()));

export const make = (tag, properties = {}, ...children) => {
  const element = Object.assign(document.createElement(tag), properties);
  element.append(...children);
  return element;
};

// -- the code of one sample -----------------------------------------------------------------------

export const without = (missing) =>
  `This site was built without what runs code in the page: ${missing}.`;

// The row of a refusal in the table of errors: its address and its name.
export function rowOf(errors, { status, code }) {
  const row = errors[`${status} ${code}`] ?? "";
  const href = new URL(`reference/errors-and-limits/${row && `#${row}`}`, site).href;
  return { href, label: `${status} ${code}`.trim() };
}

export const button = (label, onclick, more = "") =>
  make("button", { type: "button", className: `run-button ${more}`, textContent: label, onclick });

const CAME = "This code came with the link";

// What a reader can do with a sample's code, and the output of a run: buttons go into `place`, output
// there or into `output`, and the editor replaces `block`, which shows the code as it came.
export class Code {
  constructor(place, { name, file, was, block, output, first = [], last = [] }) {
    Object.assign(this, { place, name, file, was, block });
    this.editing = button("Edit", () => this.edit());
    this.resetting = button("Reset", () => this.reset());
    this.copying = button("Copy", () => this.copy());
    this.resetting.hidden = this.copying.hidden = true;
    this.sharing = button("Copy link", () => this.share());
    this.downloading = button("Download project", () => this.download());
    this.status = make("span", { className: "run-status", role: "status" });
    this.output = output ?? make("div", { className: "run-output" });
    const buttons = [this.editing, this.resetting, this.copying, this.sharing, this.downloading];
    place.append(
      make("div", { className: "run-bar" }, ...first, ...buttons, ...last, this.status),
      ...(output ? [] : [this.output]),
    );
    this.takeLink();
  }

  say(...parts) {
    this.status.replaceChildren(...parts);
    this.status.classList.remove("run-status--bad");
  }

  get original() {
    return colored(this.file).then((innerHTML) => make("code", { innerHTML }).textContent);
  }

  // What the reader sees now: the editor's text, or the sample's.
  async code() {
    return this.editor ? this.editor.text : this.original;
  }

  // Whether code can run in this page; says so when it cannot.
  async runs() {
    const { missing } = await json("run.json");
    if (missing) this.say(without(missing));
    return !missing;
  }

  // Whether somebody else may have written the code: it came with a link.
  async isForeign() {
    return Boolean(this.came) && (await this.code()) !== (await this.original);
  }

  // What to know of it before it runs anywhere.
  get warning() {
    return `${CAME}. Read it before you run it.${this.hidden}`;
  }

  // What to know of code that can look like other code.
  get hidden() {
    const count = this.editor?.hidden;
    if (!count) return "";
    return ` It has ${count} hidden character${count > 1 ? "s" : ""}, which the editor marks.`;
  }

  // Where the code may run; asks once about code that came with a link. Null when it may not.
  async where() {
    if (!(await this.runs())) return null;
    if (!(await this.isForeign())) return PAGE;
    const { asked } = await import(asset("asking.js"));
    this.agreed ||= await asked(this.place, `${CAME}, not from this guide.${this.hidden}`);
    if (this.agreed) await loadSandbox();
    else this.say("Not run.");
    return this.agreed ? SANDBOX : null;
  }

  // What is printed from now on goes here.
  into(output) {
    if (this.output === output) return;
    this.output = output;
    this.printed = undefined;
  }

  // Makes room for the output of another run; answers with the files that the reader changed.
  fresh() {
    this.output.replaceChildren();
    this.editor?.mark(0);
    this.failed = false;
    this.printed = this.refused = undefined;
    this.shown = this.editor ? { [this.file]: this.editor.text } : {};
    return this.shown;
  }

  print(text) {
    if (!this.printed) {
      this.printed = make("pre", { className: "run-printed", tabIndex: 0 });
      this.output.append(section("Printed", this.printed));
    }
    this.printed.append(text);
  }

  async fail({ text, file, line, refusal }) {
    this.failed = true;
    const place = make("div");
    const error = make("pre", { className: "run-error", tabIndex: 0, textContent: text });
    const remedy = make("p");
    this.output.append(section("Error", error, place, ...(refusal ? [remedy] : [])));
    if (refusal) {
      this.refused = rowOf((await json("run.json")).errors, refusal);
      const { href, label } = this.refused;
      remedy.append("What to do: ", make("a", { href, textContent: `${label} in the table of errors` }));
    }
    if (file) {
      const source = this.shown[file] ?? (await json("samples.json"))[file];
      const { excerpt } = await import(asset("excerpt.js"));
      place.append(excerpt(source, file, line));
      if (file === this.file) this.editor?.mark(line);
    }
  }

  // Say how it ended, in red and with the row of the refusal where there is one.
  sayFailed(text) {
    const { href, label } = this.refused ?? {};
    this.say(text, ...(href ? [": ", make("a", { href, textContent: label })] : []));
    this.status.classList.add("run-status--bad");
  }

  // Shows the code as it came, in `block`; who wants to change it gets the editor.
  async show() {
    const code = make("code", { innerHTML: await colored(this.file), tabIndex: 0, role: "region" });
    code.ariaLabel = `The code of samples/${this.file}`;
    const pre = make("pre", { onclick: () => this.edit() }, code);
    this.block.replaceChildren(make("div", { className: "language-python highlight" }, pre));
  }

  async edit(text, { focus = true } = {}) {
    if (this.editor) return this.editor.focus();
    if (!(await this.runs())) return;
    const [{ edit }, original] = await Promise.all([import(asset("editor.js")), this.original]);
    const frame = make("div", { className: "run-editor" });
    this.block.after(frame);
    this.block.hidden = true;
    this.editor = edit(frame, text ?? original, {
      label: `The code of samples/${this.file}`,
      changed: () => (this.resetting.hidden = false),
    });
    this.editing.hidden = true;
    this.copying.hidden = false;
    this.resetting.hidden = text === undefined || text === original;
    if (focus) this.editor.focus();
  }

  async reset() {
    this.editor.text = await this.original;
    this.resetting.hidden = true;
    this.editor.focus();
  }

  async copy() {
    try {
      await navigator.clipboard.writeText(this.editor.text);
      this.say("The code is copied.");
    } catch {
      this.say("This browser does not let a page copy. Select the code and copy it.");
    }
  }

  // The code as it stands, for the address of a page.
  async link(page) {
    const link = new URL(page);
    const { squeeze } = await import(asset("sharing.js"));
    link.hash = `run=${this.file}~${await squeeze(await this.code())}`;
    return link.href;
  }

  // Not through the address bar, where Material writes the section in view as the reader scrolls.
  async share() {
    const link = await this.link(location.href);
    try {
      await navigator.clipboard.writeText(link);
      this.say("The link is copied.");
    } catch {
      const named = make("a", { href: link, textContent: "this link" });
      this.status.replaceChildren("This browser does not let a page copy. Copy ", named, " yourself.");
    }
  }

  async takeLink() {
    const packed = linked(this);
    if (!packed) return;
    taken();
    try {
      const { unsqueeze } = await import(asset("sharing.js"));
      const text = await unsqueeze(packed);
      await this.edit(text);
      this.came = !isOwn(packed);
      if (await this.isForeign()) this.say(this.warning);
    } catch {
      this.say("The link holds no code that can be read.");
    }
    const tab = this.place.closest(".tabbed-block");
    if (tab) {
      const all = [...tab.parentNode.children];
      tab.closest(".tabbed-set").querySelectorAll(":scope > input")[all.indexOf(tab)].click();
    }
    this.place.scrollIntoView({ block: "center" });
  }

  async download() {
    const { download } = await import(asset("sharing.js"));
    await download(this);
  }
}

export const section = (title, ...content) =>
  make("section", {}, make("p", { className: "run-title", textContent: title }), ...content);

// -- Run, with a sample ---------------------------------------------------------------------------

function starter(onclick) {
  const run = button("Run", onclick, "run-button--go");
  prepareFor(run);
  return run;
}

// The title bars of a program: that of the part which is shown, and that of the whole file.
const titleBars = (block, file) =>
  [block.previousElementSibling, block]
    .flatMap((one) => [...(one?.querySelectorAll(".filename") ?? [])])
    .filter((bar) => bar.textContent === `samples/${file}`);

class Sample extends Code {
  constructor(place) {
    const { run: name, file, was = "" } = place.dataset;
    const run = starter(() => this.toggle());
    const opening = button("Open in playground", () => this.open());
    const block = place.previousElementSibling;
    const old = was.split(" ").filter(Boolean);
    super(place, { name, file, was: old, block, first: [run], last: [opening] });
    place.sample = this;
    this.starters = [run];
    for (const bar of titleBars(block, file)) this.putInto(bar);
  }

  // Run, in a title bar: it stays in view while a long program is scrolled.
  putInto(bar) {
    const run = starter(() => this.toggleAbove());
    run.textContent = this.starters[0].textContent;
    this.starters.push(run);
    bar.append(run);
  }

  label(text) {
    for (const run of this.starters) run.textContent = text;
  }

  toggle() {
    if (this.running) stop();
    else this.start();
  }

  // From a title bar: what comes of the run is under the code, so the reader goes there.
  toggleAbove() {
    if (!this.running) {
      this.place.firstElementChild.scrollIntoView({ block: "nearest" });
      this.starters[0].focus({ preventScroll: true });
    }
    this.toggle();
  }

  async edit(...how) {
    const had = this.editor;
    await super.edit(...how);
    if (had || !this.editor) return;
    const textContent = `samples/${this.file}`;
    const bar = make("span", { className: "filename", textContent });
    this.block.nextElementSibling.prepend(bar);
    this.putInto(bar);
  }

  async open() {
    const link = await this.link(new URL("playground/", site));
    if (!(await this.isForeign())) keepAsOwn(link.split("~")[1]);
    location.assign(link);
  }

  async start() {
    const where = await this.where();
    if (!where) return;
    this.wire = [];
    this.running = performance.now();
    this.label("Stop");
    start(this.name, this.fresh(), where, (happened) => this.hear(happened));
  }

  hear({ kind, what }) {
    if (kind === "stage") this.say(`${what} …`);
    if (kind === "printed") this.print(what);
    if (kind === "wire") this.wire.push(what);
    if (kind === "arrived") this.arrive(what);
    if (kind === "failed") this.fail(what);
    if (kind === "broken") this.fail({ text: what });
    if (["done", "stopped", "broken"].includes(kind)) this.end(kind);
  }

  end(kind) {
    const took = ((performance.now() - this.running) / 1000).toFixed(1);
    this.running = undefined;
    this.label("Run");
    const how = this.failed ? "ended with an error" : kind === "stopped" ? "stopped" : "done";
    if (this.failed) this.sayFailed(`${how} after ${took} s`);
    else this.say(`${how} after ${took} s`);
    this.place.dataset.ended = kind;
    this.replaceRecording();
  }

  // What this run brought stands in for what an earlier one brought, which stays at hand.
  replaceRecording() {
    const fresh = `[data-recorded="${this.name}"]:not(:has(> .run-replaced))`;
    for (const recorded of document.querySelectorAll(fresh)) {
      const before = make("details", { className: "run-replaced" });
      const textContent = "Your own run is under the code. Show the recording";
      before.append(make("summary", { textContent }));
      before.append(...recorded.childNodes);
      recorded.append(before);
    }
  }

  arrive(conversations) {
    if (!conversations.length) this.output.append(section("Nothing arrived."));
    for (const conversation of conversations) {
      const drawn = make("teams-conversation");
      drawn.data = conversation;
      this.output.append(make("div", { className: "arrived" }, drawn));
    }
    const requests = this.wire.length === 1 ? "1 request" : `${this.wire.length} requests`;
    const summary = make("summary", { textContent: `On the wire: ${requests}` });
    const exchanges = this.wire.flatMap(drawn);
    this.output.append(make("details", { className: "note" }, summary, ...exchanges));
  }
}

// -- on each page ---------------------------------------------------------------------------------

function mount() {
  for (const place of document.querySelectorAll("[data-run]:not([data-mounted])")) {
    place.dataset.mounted = "";
    new Sample(place);
  }
  const playground = document.querySelector("[data-playground]:not([data-mounted])");
  if (playground) {
    playground.dataset.mounted = "";
    import(asset("playground.js")).then(({ Playground }) => new Playground(playground));
  }
}

addEventListener("run:mount", mount); // for who adds places later
// A link with code, opened where its page is already, changes nothing but the address.
addEventListener("hashchange", () => location.hash.startsWith("#run=") && location.reload());
if (globalThis.document$) document$.subscribe(mount);
else addEventListener("DOMContentLoaded", mount);
