// Reads links as the page does: a line of JSON with a hash or a text comes in, a line goes out.
import { readFileSync } from "node:fs";
import { createInterface } from "node:readline";

// Node takes a file named .js for a script; a browser is told that these are modules.
const load = (name) => {
  const source = readFileSync(new URL(`../../docs/assets/run/${name}`, import.meta.url), "utf-8");
  return import(`data:text/javascript,${encodeURIComponent(source)}`);
};
const { linkedCode } = await load("packed.js");
const { squeeze, unsqueeze } = await load("sharing.js");

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
