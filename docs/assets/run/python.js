// Python in a worker: of the site for its own code, in a sandbox for code that came with a link.
import { asset } from "./run.js";
import { SandboxedWorker } from "./sandbox.js";

export const PAGE = "page";
export const SANDBOX = "sandbox";

export function newWorker(where) {
  if (where === SANDBOX) return new SandboxedWorker();
  return new Worker(asset("worker.js"), { type: "module" });
}

// Once started, a worker serves every page of the visit.
const workers = {};
let running; // where something runs, or ran last
let listener;

function end() {
  workers[running]?.terminate();
  delete workers[running];
}

export function stop() {
  end();
  listener?.({ kind: "stopped" });
  listener = undefined;
}

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
