// Reads links as the page does: a line of JSON with a hash or a text comes in, a line goes out.
import { readFileSync } from "node:fs";
import { createInterface } from "node:readline";

// Node takes a file named .js for a script; a browser is told that this one is a module.
const source = readFileSync(new URL("../../docs/assets/run/packed.js", import.meta.url), "utf-8");
const module = `data:text/javascript,${encodeURIComponent(source)}`;
const { linkedCode, squeeze, unsqueeze } = await import(module);

async function answer({ hash, text }) {
  if (text !== undefined) return { packed: await squeeze(text) };
  const { file, packed } = linkedCode(hash);
  if (file === undefined) return {};
  try {
    return { file, text: await unsqueeze(packed) };
  } catch (error) {
    return { file, error: String(error) };
  }
}

for await (const line of createInterface({ input: process.stdin })) {
  console.log(JSON.stringify(await answer(JSON.parse(line))));
}
