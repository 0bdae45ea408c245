// Runs a program in the pages' own Python, in node: its compiler is the one that a page's Python understands.
//
//     node in_pyodide.mjs PYODIDE LIBRARY.zip PROGRAM.py FOLDER
//
// The program has the folder as `/given`.
import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { pathToFileURL } from "node:url";

// Else node prints the line of the source, which has a million signs here.
process.on("uncaughtException", ({ message }) => {
  console.error(message);
  process.exit(1);
});
const [pyodide, library, program, folder] = process.argv.slice(2).map((path) => resolve(path));
const { loadPyodide } = await import(pathToFileURL(`${pyodide}/pyodide.mjs`));
const python = await loadPyodide({
  indexURL: `${pyodide}/`,
  stdLibURL: library,
  // The same code from the same files: the order of a set is in it.
  env: { HOME: "/home/reader", PYTHONHASHSEED: "0" },
});
python.mountNodeFS("/given", folder);
python.runPython(readFileSync(program, "utf8"));
