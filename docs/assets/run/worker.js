// Runs Python in a worker of its own, so that the page stays alive whatever the code does.
let given; // in the sandbox, every file by its name: it can fetch nothing

const NOWHERE = "https://sandbox.invalid/"; // what files are asked for by, where there is no site
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

async function start() {
  tell("stage", "loading Python 3.14");
  const began = ["base.zip.xz", "boot.py", "packs.json", "samples.json"].map((name) =>
    get(name, { xz: "arrayBuffer", py: "text", json: "json" }[name.split(".").pop()]),
  );
  const [, , packs] = began;
  const { loadPyodide } = await load("pyodide/pyodide.mjs");
  const python = await loadPyodide({
    ...(given && { createPyodideModule: (await load("pyodide/pyodide.asm.mjs")).default }),
    indexURL: here("pyodide/"),
    stdLibURL: here("python.zip"),
    lockFileContents: packs.then(({ lock }) => lock),
  });
  tell("stage", "installing botbuilder");
  const [base, boot, { index }, samples] = await Promise.all(began);
  python.FS.writeFile("boot.py", boot);
  const ready = python.pyimport("boot");
  ready.install(new Uint8Array(base), python.toPy(index), getNow, python.toPy(samples));
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
  try {
    const boot = await (ready ??= start());
    tell("done", await deeds[data.does](boot, data), data.id);
  } catch (error) {
    tell("broken", String(error.message ?? error), data.id);
  }
};
