// Asks a kernel of the pages in node, by the pages' own vm.js: node ask.mjs FOLDER < scenarios.jsonl
// Each line out is the line in with "kernel" and "model", or "refused", and "ms", how long it took;
// the first line's "ms" is from nothing to the answer. FOLDER is an absolute path.
import { readFileSync } from "node:fs";
import { pathToFileURL } from "node:url";

const start = performance.now();
const folder = process.argv[2];
await import(pathToFileURL(`${folder}/vm.js`));
const files = {
  bytes: async (name) => new Uint8Array(readFileSync(`${folder}/${name}`)),
  engine: async () => (await import(pathToFileURL(`${folder}/libv86.mjs`))).V86,
};

async function answer(machine, scenario) {
  try {
    return await machine.ask(scenario.text ?? scenario.steps, { model: true });
  } catch (error) {
    if (!error.refused) throw error;
    return { refused: error.message };
  }
}

const scenarios = readFileSync(0, "utf8").split("\n").filter(Boolean).map((line) => JSON.parse(line));
const machine = await globalThis.loVm.open("", { files });
let since = start;
for (const scenario of scenarios) {
  const given = await answer(machine, scenario);
  const ms = Math.round(performance.now() - since);
  process.stdout.write(`${JSON.stringify({ ...scenario, ...given, ms })}\n`);
  since = performance.now();
}
await machine.stop();
// A pipe takes what is written bit by bit; leaving at once would cut a long answer.
process.stdout.write("", () => process.exit(0));
