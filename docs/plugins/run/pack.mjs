// Puts together what Run in the page loads: `node pack.mjs PLAN OUT`, from anywhere.
import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { loadPyodide } from "../../../node_modules/pyodide/pyodide.mjs";

const inProject = (path) => resolve(import.meta.dirname, "../../..", path);

const [plan, out] = process.argv.slice(2);
// Column numbers of code are of use only beside the source, and the page has bytecode.
const python = await loadPyodide({ env: { PYTHONNODEBUGRANGES: "1" } });
const { FS } = python;

const mount = (at, folder) => {
  FS.mkdirTree(at);
  FS.mount(FS.filesystems.NODEFS, { root: resolve(folder) }, at);
};
mount("/wheels", JSON.parse(readFileSync(plan, "utf8")).folder);
mount("/samples", inProject("samples"));
mount("/out", out);
const put = (at, file) => FS.writeFile(at, readFileSync(file));
put("/plan.json", plan);
put("/stdlib.zip", inProject("node_modules/pyodide/python_stdlib.zip"));
put("/boot.py", inProject("docs/assets/run/boot.py"));
put("/pack.py", inProject("docs/plugins/run/pack.py"));

await python.runPythonAsync(`
import json, sys
sys.path.insert(0, "/")
import pack
await pack.pack(json.load(open("/plan.json")))
`);
// What bots left waiting would keep Node alive.
process.stdout.write("", () => process.exit());
