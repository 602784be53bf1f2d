// Python in workers: one of the site for its own code, one in a sandbox for code that came with a link.
// Once started, they serve every page of a visit.
import { asset, json } from "./run.js";

export const PAGE = "page";
export const SANDBOX = "sandbox";

const workers = {};
let Sandboxed;
let running; // where something runs, or ran last
let listener;

// Before the first worker is started there.
export async function loadSandbox() {
  ({ SandboxedWorker: Sandboxed } = await import(asset("sandbox.js")));
}

export function newWorker(where) {
  if (where === SANDBOX) return new Sandboxed();
  return new Worker(asset("worker.js"), { type: "module" });
}

function end() {
  workers[running]?.terminate();
  delete workers[running];
}

export function stop() {
  end();
  listener?.({ kind: "stopped" });
  listener = undefined;
}

// Begins to load Python, for a reader who is about to run something.
async function prepare() {
  const { missing } = await json("run.json");
  if (workers[PAGE] || missing) return;
  workers[PAGE] = newWorker(PAGE);
  workers[PAGE].onerror = () => delete workers[PAGE]; // the next one says why
  workers[PAGE].postMessage({ does: "start" });
}

// Prepares once the pointer rests on the button, or presses it: a click comes a moment later.
export function prepareFor(button) {
  let resting;
  button.addEventListener("pointerenter", () => {
    if (!navigator.connection?.saveData) resting = setTimeout(prepare, RESTS);
  });
  button.addEventListener("pointerleave", () => clearTimeout(resting));
  button.addEventListener("pointerdown", prepare);
}

const RESTS = 100; // milliseconds: a pointer that passes by is gone sooner

// Runs a sample with the files that the reader changed; `hear` is called with all that happens.
export function start(sample, files, where, hear) {
  if (listener) stop();
  const worker = (workers[where] ??= newWorker(where));
  running = where;
  listener = hear;
  const heard = (data) => {
    if (listener !== hear) return; // what an earlier run left behind
    if (data.kind === "done" || data.kind === "broken") listener = undefined;
    if (data.kind === "broken") end();
    hear(data);
  };
  worker.onmessage = ({ data }) => heard(data);
  worker.onerror = ({ message }) => heard({ kind: "broken", what: message || "The worker failed." });
  worker.postMessage({ does: "run", sample, files });
}
