// Python's own library for the page, compiled where a cell's first run would compile it:
//
//     node compiled.mjs PYODIDE LIBRARY.zip SITE.zip OUT.zip
//
// The compiler that the page's Python will understand is that Python's own, so it runs here, in node.
// What it does is in `compiled.py`.
import { readFileSync, writeFileSync } from "node:fs";
import { resolve } from "node:path";
import { pathToFileURL } from "node:url";

const [pyodide, library, site, out] = process.argv.slice(2).map((path) => resolve(path));
// Else node prints the line of the source, which has a million signs here.
process.on("uncaughtException", ({ message }) => {
  console.error(message);
  process.exit(1);
});
const { loadPyodide } = await import(pathToFileURL(`${pyodide}/pyodide.mjs`));
const python = await loadPyodide({
  indexURL: `${pyodide}/`,
  stdLibURL: library,
  // The same code from the same files: the order of a set is in it.
  env: { HOME: "/home/reader", PYTHONHASHSEED: "0" },
});
python.unpackArchive(new Uint8Array(readFileSync(site)), "zip", { extractDir: "/lib/site" });
python.FS.writeFile("/library.zip", readFileSync(library));
python.runPython(readFileSync(new URL("compiled.py", import.meta.url), "utf8"));
writeFileSync(out, python.FS.readFile("/out.zip"));
