// Runs Python in a worker of its own, so that the page stays alive whatever the code does.
let given; // in the sandbox, every file by its name: it can fetch nothing

const NOWHERE = "https://sandbox.invalid/"; // what files are asked for by, where there is no site
const PAGE = "samples/local_teams/server/page";
const here = (name) => new URL(name, given ? NOWHERE : import.meta.url).href;
const tell = (kind, what, id) => postMessage({ kind, what, id });

// From now on these are all the files there are.
function take(files) {
  given = files;
  self.fetch = async (url) => {
    const name = String(url).replace(NOWHERE, "");
    const headers = { "Content-Type": name.endsWith(".wasm") ? "application/wasm" : "" };
    return name in given
      ? new Response(given[name], { headers })
      : new Response(null, { status: 404 });
  };
}

// Import a module of this site.
function load(name) {
  if (!given) return import(here(name));
  const text = new Blob([given[name]], { type: "text/javascript" });
  return import(URL.createObjectURL(text));
}

async function get(name, as) {
  const answer = await fetch(here(name));
  if (!answer.ok) throw new Error(`${name} could not be loaded: ${answer.status}`);
  return answer[as]();
}

// An import cannot wait for a promise; in a worker, a request may be waited for.
function getNow(name) {
  if (given) return new Uint8Array(given[name]);
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
  const { loadPyodide } = await load("pyodide/pyodide.mjs");
  const python = await loadPyodide({
    ...(given && { createPyodideModule: (await load("pyodide/pyodide.asm.mjs")).default }),
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
  python.FS.mkdirTree(PAGE); // the server of Local Teams looks for it; who asks for its files is elsewhere
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
  if (data.does === "take") return take(data.files);
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
