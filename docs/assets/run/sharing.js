// What a reader takes along: a link with the code, small enough for an address, or a project.
import { asset, json, make, without } from "./run.js";

export { squeeze, unsqueeze } from "./packed.js";

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
  const warning = (await code.isForeign()) ? ` ${code.warning}` : "";
  code.say(`${name}.zip is downloaded.${warning}`);
}
