// A sample as a project of its own, as a ZIP archive.
import { strToU8, zipSync } from "fflate";

// name: the sample; files: paths below samples/; texts: the files beside samples/, by their name;
// samples: the text of each file by its path below samples/.
export function project(name, { files, texts }, samples) {
  const content = { ...texts };
  for (const path of files) content[`samples/${path}`] = samples[path];
  const folder = Object.entries(content).map(([path, text]) => [`${name}/${path}`, strToU8(text)]);
  return zipSync(Object.fromEntries(folder));
}
