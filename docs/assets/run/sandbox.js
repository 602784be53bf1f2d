// Where code runs that came with a link: a worker in a frame that has neither the origin of this site
// nor the network. It is used as a Worker is. See sandbox.html for the frame.
import { asset, json, make } from "./run.js";

const FIRST = [
  "pyodide/pyodide.mjs",
  "pyodide/pyodide.asm.mjs",
  "pyodide/pyodide.asm.wasm",
  "python.zip",
  "base.zip.deflate",
  "boot.py",
  "packs.json",
  "samples.json",
  "modules.json",
];

async function load(name) {
  const answer = await fetch(asset(name));
  if (!answer.ok) throw new Error(`${name} could not be loaded: ${answer.status}`);
  return answer.arrayBuffer();
}

// All that Python may import: it cannot ask for more once it runs.
async function everything() {
  const { index } = await json("packs.json");
  const packs = [...new Set(Object.values(index))].map((name) => `${name}.xz`);
  const names = [...FIRST, ...packs];
  const loaded = await Promise.all(names.map(load));
  return Object.fromEntries(names.map((name, place) => [name, loaded[place]]));
}

export class SandboxedWorker {
  constructor() {
    const [sandbox, src] = ["allow-scripts", asset("sandbox.html")];
    this.frame = make("iframe", { hidden: true, title: "Sandbox", sandbox, src });
    this.heard = ({ source, data }) => {
      if (source !== this.frame.contentWindow || !data) return;
      if (data.kind === "error") this.onerror(data);
      else this.onmessage({ data });
    };
    addEventListener("message", this.heard);
    const there = new Promise((done) => (this.frame.onload = done));
    document.body.append(this.frame);
    this.ready = this.begin(there);
    this.ready.catch(({ message }) => this.onerror({ message }));
  }

  async begin(there) {
    await undefined; // until who made this listens
    this.onmessage({ data: { kind: "stage", what: "loading Python 3.14" } });
    const [program, files] = await Promise.all([load("worker.js"), everything(), there]);
    this.hand({ program });
    this.hand({ does: "take", files }, Object.values(files));
  }

  // Any origin will do: the frame has one that nobody can name, and nothing can lead it elsewhere.
  hand(data, moved = []) {
    this.frame.contentWindow?.postMessage(data, "*", moved);
  }

  postMessage(data) {
    this.ready.then(() => this.hand(data), () => {});
  }

  terminate() {
    removeEventListener("message", this.heard);
    this.frame.remove();
  }
}
