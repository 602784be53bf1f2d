// Runs Python in a worker of its own, so that the page stays alive whatever the code does.
import { loadPyodide } from "./pyodide/pyodide.mjs";

const here = (name) => new URL(name, import.meta.url).href;
const tell = (kind, what, id) => postMessage({ kind, what, id });

async function get(name, as) {
  const answer = await fetch(here(name));
  if (!answer.ok) throw new Error(`${name} could not be loaded: ${answer.status}`);
  return answer[as]();
}

// An import cannot wait for a promise; in a worker, a request may be waited for.
function getNow(name) {
  const request = new XMLHttpRequest();
  request.open("GET", here(name), false);
  request.responseType = "arraybuffer";
  request.send();
  return new Uint8Array(request.response);
}

// The browser inflates in a fraction of the time that Python would take, and meanwhile.
async function inflated(name) {
  const stream = await get(name, "blob").then((blob) => blob.stream());
  return new Response(stream.pipeThrough(new DecompressionStream("deflate"))).arrayBuffer();
}

let stage;
const enter = (next) => tell("stage", (stage = next));

async function start() {
  enter("loading Python 3.14");
  const texts = ["boot.py", "samples.json", "modules.json"].map((name) => get(name, "text"));
  const packs = get("packs.json", "json");
  const began = Promise.all([inflated("base.zip.deflate"), packs, ...texts]);
  const python = await loadPyodide({
    indexURL: here("pyodide/"),
    stdLibURL: here("python.zip"),
    lockFileContents: packs.then(({ lock }) => lock),
  });
  enter("installing botbuilder");
  const [base, { index }, boot, samples, modules] = await began;
  python.FS.writeFile("boot.py", boot);
  for (const [name, text] of Object.entries(JSON.parse(samples))) {
    const path = `samples/${name}`;
    python.FS.mkdirTree(path.replace(/\/[^/]*$/, ""));
    python.FS.writeFile(path, text);
  }
  const ready = python.pyimport("boot");
  ready.install(new Uint8Array(base), JSON.stringify(index), getNow, samples, modules);
  stage = undefined;
  return ready;
}

const say = (kind, what) => tell(kind, JSON.parse(what));
let ready;
let playground;

// What the page can ask for: one run in a world of its own, or a playground whose world stays.
const deeds = {
  run(boot, { sample, files }) {
    tell("stage", "running");
    return boot.run(sample, JSON.stringify(files), say);
  },
  async open(boot) {
    await playground?.close(); // the one before: Python stays
    playground = boot.Playground(say);
    await playground.open();
  },
  begin: (_, { sample, files }) => playground.begin(sample, JSON.stringify(files)),
  let: (_, { sample, number }) => playground.let(sample, number),
  stop: () => playground.stop(),
  ask: (_, { method, path, body }) => playground.ask(method, path, body),
  watch: () => playground.watch(),
};

onmessage = async ({ data }) => {
  // Only begin, for a reader who is about to run something; what goes wrong is said then.
  if (data.does === "start") return (ready ??= start()).catch(() => {});
  try {
    if (stage) enter(stage); // it began before anybody listened
    const boot = await (ready ??= start());
    tell("done", await deeds[data.does](boot, data), data.id);
  } catch (error) {
    tell("broken", String(error.message ?? error), data.id);
  }
};
