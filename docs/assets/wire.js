// What went over the wire: drawn after a run, and loaded when a reader opens a fold of the page.
const make = (tag, className, ...children) => {
  const element = Object.assign(document.createElement(tag), { className });
  element.append(...children);
  return element;
};

// The parts of JSON that have a color: the name of a field, a text, a number, a word.
const COLORED = /("(?:[^"\\]|\\.)*")(\s*:)?|-?\d[\d.eE+-]*|\b(?:true|false|null)\b/g;

function colored(text) {
  const code = make("code");
  let end = 0;
  for (const found of text.matchAll(COLORED)) {
    const [word, quoted, colon] = found;
    const color = colon ? "nt" : quoted ? "s2" : /\d/.test(word) ? "mi" : "kc";
    code.append(text.slice(end, found.index), make("span", color, quoted ?? word));
    end = found.index + (quoted ?? word).length;
  }
  code.append(text.slice(end));
  return code;
}

let blocks = 0;

// As Material shows code: with a title, and a button that Material's own script hears.
function block(title, payload) {
  const text = typeof payload === "string" ? payload : JSON.stringify(payload, null, 2);
  const pre = make("pre", "", colored(text));
  pre.id = `wire-${++blocks}`;
  pre.lastChild.tabIndex = 0; // it scrolls
  const copy = make("button", "md-code__button");
  copy.title = "Copy to clipboard";
  copy.dataset.clipboardTarget = `#${pre.id} > code`;
  copy.dataset.mdType = "copy";
  pre.prepend(make("div", "md-code__nav", copy));
  return make("div", "language-json highlight", make("span", "filename", title), pre);
}

// A request and its answer.
export function drawn({ method, path, body, status, answer, retry_after: wait }) {
  const parts = [make("p", "", make("code", "", `${method} ${path}`))];
  if (body !== null) parts.push(block("Request body", body));
  const after = wait ? `, Retry-After: ${wait}` : "";
  if (status === null) parts.push(make("p", "", "No answer came back."));
  else if (answer === null) parts.push(make("p", "", `Answer: ${status}${after}, without a body.`));
  else parts.push(block(`Answer: ${status}${after}`, answer));
  return parts;
}

async function open(fold) {
  const place = fold.querySelector("[data-wire]:not([data-opened])");
  if (!place) return;
  place.dataset.opened = "";
  const link = place.querySelector("a");
  try {
    const answer = await fetch(link.href);
    if (!answer.ok) throw new Error(answer.statusText);
    const loaded = await answer.json();
    const exchanges = place.dataset.wire ? [loaded[place.dataset.wire]] : loaded;
    place.replaceChildren(...exchanges.flatMap(drawn));
  } catch {
    delete place.dataset.opened; // a reader who opens it again tries again
  }
}

// A fold's toggle does not bubble.
document.addEventListener("toggle", ({ target }) => target.open && open(target), true);
