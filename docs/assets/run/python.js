// Python in a worker of its own, one for every page of a visit, and what it hears.
import { asset, json } from "./run.js";

let worker;
let listener;

export function stop() {
  worker?.terminate();
  worker = undefined;
  listener?.({ kind: "stopped" });
  listener = undefined;
}

const newWorker = () => new Worker(asset("worker.js"), { type: "module" });

// Begins to load Python, for a reader who is about to run something.
async function prepare() {
  const { missing } = await json("run.json");
  if (worker || missing) return;
  worker = newWorker();
  worker.onerror = () => (worker = undefined); // the next one says why
  worker.postMessage({ does: "start" });
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
export function start(sample, files, hear) {
  if (listener) stop();
  worker ??= newWorker();
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
  worker.postMessage({ does: "run", sample, files });
}
