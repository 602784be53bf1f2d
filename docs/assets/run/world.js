// Python in a worker with a world that stays, and what it is asked to do.
import { newWorker } from "./python.js";

export class World {
  constructor(where, hear) {
    this.where = where;
    this.worker = newWorker(where);
    this.waiting = new Map();
    this.worker.onmessage = ({ data: { kind, what, id } }) => {
      if (id === undefined) return hear(kind, what);
      const { done, failed } = this.waiting.get(id) ?? {};
      if (!done) return; // nothing was asked
      this.waiting.delete(id);
      if (kind === "broken") failed(new Error(what));
      else done(what);
    };
    this.worker.onerror = (event) => this.end(event.message || "The worker failed.");
  }

  call(does, data = {}) {
    const id = (this.asked = (this.asked ?? 0) + 1);
    this.worker.postMessage({ does, id, ...data });
    return new Promise((done, failed) => this.waiting.set(id, { done, failed }));
  }

  end(why) {
    this.worker.terminate();
    for (const { failed } of this.waiting.values()) failed(new Error(why));
  }
}
