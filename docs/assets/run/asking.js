// The question before code that came with a link runs for the first time.
import { button, make } from "./run.js";

const SAFE =
  "It runs in a sandbox: without the network, and without access to what this site stores.";

// Whether the answer is yes.
export function asked(place, about) {
  if (place.querySelector("dialog")) return false; // being asked
  const question = make("p", { textContent: `${about} ${SAFE} Run it?`, id: "run-question" });
  const yes = button("Run it", () => dialog.close("yes"), "run-button--go");
  const bar = make("div", { className: "run-bar" }, button("Cancel", () => dialog.close()), yes);
  const dialog = make("dialog", { className: "run-question" }, question, bar);
  dialog.setAttribute("aria-labelledby", question.id);
  place.append(dialog);
  dialog.showModal();
  return new Promise((done) => {
    dialog.onclose = () => {
      dialog.remove();
      done(dialog.returnValue === "yes");
    };
  });
}
