// What a reader takes along: a link with the code, small enough for an address, or a project.
import { asset, json, make, without } from "./run.js";

export async function squeeze(text) {
  const packed = new Blob([text]).stream().pipeThrough(new CompressionStream("deflate-raw"));
  const bytes = new Uint8Array(await new Response(packed).arrayBuffer());
  const binary = Array.from(bytes, (byte) => String.fromCharCode(byte)).join("");
  return btoa(binary).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
}

export async function unsqueeze(packed) {
  const binary = atob(packed.replaceAll("-", "+").replaceAll("_", "/"));
  const bytes = Uint8Array.from(binary, (character) => character.charCodeAt(0));
  const text = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("deflate-raw"));
  return new Response(text).text();
}

// Downloads the sample that `code` shows, as it is now, with all that it needs.
export async function download(code) {
  const { missing, projects } = await json("run.json");
  if (missing) return code.say(without(missing));
  const { name, file } = code;
  const [{ project }, samples, text] = await Promise.all([
    import(asset("project.js")),
    json("samples.json"),
    code.code(),
  ]);
  const data = project(name, projects[name], { ...samples, [file]: text });
  const href = URL.createObjectURL(new Blob([data], { type: "application/zip" }));
  make("a", { href, download: `${name}.zip` }).click();
  URL.revokeObjectURL(href);
  code.say(`${name}.zip is downloaded.`);
}
