// Python in a worker: of the site for its own code, in a sandbox for code that came with a link.
import { asset } from "./run.js";
import { SandboxedWorker } from "./sandbox.js";

export const PAGE = "page";
export const SANDBOX = "sandbox";

export function newWorker(where) {
  if (where === SANDBOX) return new SandboxedWorker();
  return new Worker(asset("worker.js"), { type: "module" });
}

// From now on one worker serves every page of the visit.
let worker;
let within; // where it is
let listener;

function end() {
  worker?.terminate();
  worker = undefined;
}

export function stop() {
  end();
  listener?.({ kind: "stopped" });
  listener = undefined;
}

// Runs a sample with the files that the reader changed; `hear` is called with all that happens.
export function start(sample, files, where, hear) {
  if (listener) stop();
  if (within !== where) end();
  within = where;
  worker ??= newWorker(where);
  listener = hear;
  const heard = (data) => {
    if (data.kind === "done" || data.kind === "broken") listener = undefined;
    if (data.kind === "broken") end();
    hear(data);
  };
  worker.onmessage = ({ data }) => heard(data);
  worker.onerror = ({ message }) => heard({ kind: "broken", what: message || "The worker failed." });
  worker.postMessage({ does: "run", sample, files });
}
