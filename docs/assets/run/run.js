// Run in the page: buttons beside a sample, and what a run of it brings. Nothing of Python is loaded
// before the first click; from then on one worker serves every page of the visit.
const asset = (name) => new URL(name, import.meta.url).href;
const site = new URL("../../", import.meta.url);
const told = {};
const json = (name) => (told[name] ??= fetch(asset(name)).then((answer) => answer.json()));

const make = (tag, properties = {}, ...children) => {
  const element = Object.assign(document.createElement(tag), properties);
  element.append(...children);
  return element;
};

// -- Python ----------------------------------------------------------------------------------------

let worker;
let listener;

function stop() {
  worker?.terminate();
  worker = undefined;
  listener?.({ kind: "stopped" });
  listener = undefined;
}

// Runs a sample with the files that the reader changed; `hear` is called with all that happens.
function start(sample, files, hear) {
  if (listener) stop();
  worker ??= new Worker(asset("worker.js"), { type: "module" });
  listener = hear;
  worker.onmessage = ({ data }) => {
    if (data.kind === "done" || data.kind === "broken") listener = undefined;
    if (data.kind === "broken") {
      worker.terminate();
      worker = undefined;
    }
    hear(data);
  };
  worker.onerror = (event) => hear({ kind: "broken", what: event.message || "The worker failed." });
  worker.postMessage({ sample, files });
}

// -- code in a link --------------------------------------------------------------------------------

async function squeeze(text) {
  const packed = new Blob([text]).stream().pipeThrough(new CompressionStream("deflate-raw"));
  const bytes = new Uint8Array(await new Response(packed).arrayBuffer());
  const binary = Array.from(bytes, (byte) => String.fromCharCode(byte)).join("");
  return btoa(binary).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
}

async function unsqueeze(packed) {
  const binary = atob(packed.replaceAll("-", "+").replaceAll("_", "/"));
  const bytes = Uint8Array.from(binary, (character) => character.charCodeAt(0));
  const text = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("deflate-raw"));
  return new Response(text).text();
}

// -- one sample ------------------------------------------------------------------------------------

class Sample {
  constructor(place) {
    this.place = place;
    place.sample = this;
    this.name = place.dataset.run;
    this.file = place.dataset.file;
    this.block = place.previousElementSibling;
    this.run = this.button("Run", () => (this.running ? stop() : this.start()), "run-button--go");
    this.editing = this.button("Edit", () => this.edit());
    this.resetting = this.button("Reset", () => this.reset());
    this.resetting.hidden = true;
    this.sharing = this.button("Copy a link to this code", () => this.share());
    this.downloading = this.button("Download as a project", () => this.download());
    this.status = make("span", { className: "run-status", role: "status" });
    this.output = make("div", { className: "run-output" });
    place.append(
      make(
        "div",
        { className: "run-bar" },
        ...[this.run, this.editing, this.resetting, this.sharing, this.downloading, this.status],
      ),
      this.output,
    );
    this.takeLink();
  }

  button(label, onclick, more = "") {
    return make("button", { type: "button", className: `run-button ${more}`, textContent: label, onclick });
  }

  get original() {
    return json("samples.json").then((samples) => samples[this.file]);
  }

  // What the reader sees now: the editor's text, or the sample's.
  async code() {
    return this.editor ? this.editor.text : this.original;
  }

  without(missing) {
    return `This site was built without what runs code in the page: ${missing}.`;
  }

  async start() {
    const { missing } = await json("run.json");
    if (missing) return (this.status.textContent = this.without(missing));
    this.output.replaceChildren();
    this.editor?.mark(0);
    this.failed = undefined;
    this.printed = undefined;
    this.wire = [];
    this.shown = this.editor ? { [this.file]: this.editor.text } : {};
    this.running = performance.now();
    this.run.textContent = "Stop";
    start(this.name, this.shown, (happened) => this.hear(happened));
  }

  hear({ kind, what }) {
    if (kind === "stage") this.status.textContent = `${what} …`;
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
    this.run.textContent = "Run";
    const how = this.failed ? "ended with an error" : kind === "stopped" ? "stopped" : "done";
    this.status.textContent = `${how} after ${took} s`;
    this.place.dataset.ended = kind;
  }

  print(text) {
    if (!this.printed) {
      this.printed = make("pre", { className: "run-printed", tabIndex: 0 });
      this.output.append(this.section("Printed", this.printed));
    }
    this.printed.append(text);
  }

  section(title, ...content) {
    return make("section", {}, make("p", { className: "run-title", textContent: title }), ...content);
  }

  arrive(conversations) {
    if (!conversations.length) this.output.append(this.section("Nothing arrived."));
    for (const conversation of conversations) {
      const drawn = make("teams-conversation");
      drawn.data = conversation;
      this.output.append(make("div", { className: "arrived" }, drawn));
    }
    const requests = this.wire.length === 1 ? "1 request" : `${this.wire.length} requests`;
    const shown = this.wire.map(({ method, path, body, status, answer }) => {
      const parts = [`${method} ${path}`, body, String(status), answer];
      return parts
        .filter((part) => part !== null)
        .map((part) => (typeof part === "string" ? part : JSON.stringify(part, null, 2)))
        .join("\n");
    });
    this.output.append(
      make(
        "details",
        { className: "note" },
        make("summary", { textContent: `On the wire: ${requests}` }),
        make("pre", { tabIndex: 0, textContent: shown.join("\n\n") }),
      ),
    );
  }

  async fail({ text, file, line, refusal }) {
    this.failed = true;
    const content = [make("pre", { className: "run-error", tabIndex: 0, textContent: text })];
    const place = make("div");
    this.output.append(this.section("Error", ...content, place));
    if (file) {
      const source = this.shown[file] ?? (await json("samples.json"))[file];
      place.append(excerpt(source, file, line));
      if (file === this.file) this.editor?.mark(line);
    }
    if (refusal) {
      const { errors } = await json("run.json");
      const row = errors[`${refusal.status} ${refusal.code}`] ?? "";
      const href = new URL(`reference/errors-and-limits/${row && `#${row}`}`, site).href;
      const label = `${refusal.status} ${refusal.code}`.trim();
      place.append(make("p", {}, "What to do: ", make("a", { href, textContent: `${label} in the table of errors` })));
    }
  }

  async edit(text) {
    if (this.editor) return this.editor.focus();
    const { missing } = await json("run.json");
    if (missing) return (this.status.textContent = this.without(missing));
    const [{ edit }, original] = await Promise.all([import(asset("editor.js")), this.original]);
    const frame = make("div", { className: "run-editor" });
    this.block.after(frame);
    this.block.hidden = true;
    this.editor = edit(frame, text ?? original, {
      label: `The code of samples/${this.file}`,
      changed: () => (this.resetting.hidden = false),
    });
    this.frame = frame;
    this.editing.hidden = true;
    this.resetting.hidden = text === undefined || text === original;
    this.editor.focus();
  }

  reset() {
    this.editor.close();
    this.frame.remove();
    this.block.hidden = false;
    this.editor = undefined;
    this.editing.hidden = false;
    this.resetting.hidden = true;
    this.editing.focus();
  }

  async share() {
    const link = new URL(location.href);
    link.hash = `run=${this.file}~${await squeeze(await this.code())}`;
    history.replaceState(history.state, "", link);
    try {
      await navigator.clipboard.writeText(link.href);
      this.status.textContent = "The link is copied.";
    } catch {
      this.status.textContent = "The link is in the address bar.";
    }
  }

  async takeLink() {
    const [file, packed] = decodeURIComponent(location.hash).replace("#run=", "").split("~");
    if (file !== this.file || !packed) return;
    try {
      await this.edit(await unsqueeze(packed));
      this.status.textContent = "This code came with the link. Read it before you run it.";
    } catch {
      this.status.textContent = "The link holds no code that can be read.";
    }
    this.place.scrollIntoView({ block: "center" });
  }

  async download() {
    const { missing, projects } = await json("run.json");
    if (missing) return (this.status.textContent = this.without(missing));
    const [{ project }, samples, code] = await Promise.all([
      import(asset("project.js")),
      json("samples.json"),
      this.code(),
    ]);
    const data = project(this.name, projects[this.name], { ...samples, [this.file]: code });
    const href = URL.createObjectURL(new Blob([data], { type: "application/zip" }));
    make("a", { href, download: `${this.name}.zip` }).click();
    URL.revokeObjectURL(href);
    this.status.textContent = `${this.name}.zip is downloaded.`;
  }
}

// The line where it went wrong, marked, with those around it.
function excerpt(source, file, line) {
  const lines = source.split("\n");
  const first = Math.max(0, line - 3);
  const code = make("code");
  lines.slice(first, line + 2).forEach((text, index) => {
    const number = first + index + 1;
    const textContent = `${String(number).padStart(4)}  ${text}\n`;
    code.append(make(number === line ? "mark" : "span", { textContent }));
  });
  return make(
    "div",
    { className: "run-excerpt" },
    make("p", { className: "run-title", textContent: `samples/${file}, line ${line}` }),
    make("pre", { tabIndex: 0 }, code),
  );
}

// -- on each page ----------------------------------------------------------------------------------

function mount() {
  for (const place of document.querySelectorAll("[data-run]:not([data-mounted])")) {
    place.dataset.mounted = "";
    new Sample(place);
  }
}

addEventListener("run:mount", mount); // for who adds places later
if (globalThis.document$) document$.subscribe(mount);
else addEventListener("DOMContentLoaded", mount);
