import { make } from "./run.js";

// The line where it went wrong, marked, with those around it.
export function excerpt(source, file, line) {
  const lines = source.split("\n");
  const first = Math.max(0, line - 3);
  const code = make("code");
  lines.slice(first, line + 2).forEach((text, index) => {
    const number = first + index + 1;
    const textContent = `${String(number).padStart(4)}  ${text}\n`;
    code.append(make(number === line ? "mark" : "span", { textContent }));
  });
  return make(
    "div",
    { className: "run-excerpt" },
    make("p", { className: "run-title", textContent: `samples/${file}, line ${line}` }),
    make("pre", { tabIndex: 0 }, code),
  );
}
