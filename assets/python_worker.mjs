// Python for the cells of one page: Pyodide, and the book's model beside it. A module worker, so that
// the page never waits for a cell, and so that one without an end can be ended.
//
// In:  {base, about}, once; then {run: number, source}.
// Out: {doing: "loading", bytes, of}, {doing: "ready"}, {shown: kind, number, data}, {ended: number, ok};
// {failed: why} where Python cannot be loaded, {lost: why} where a cell has ended it.

let shows = 0;

const text = new TextDecoder();

/** The bytes of a file that is compressed as it is. */
async function bytesOf(url) {
  const answer = await fetch(url);
  if (!answer.ok) throw new Error(`${url} cannot be read (${answer.status})`);
  const unpacked = answer.body.pipeThrough(new DecompressionStream("gzip"));
  return new Uint8Array(await new Response(unpacked).arrayBuffer());
}

/** Says after each file how many bytes have come. The browser counts them: a stream that were read on its
    way to the compiler could not be kept compiled. */
function tellOf(files, base, names) {
  const size = new Map(names.map((name) => [base + name, files[name].gzip]));
  const of = [...size.values()].reduce((sum, each) => sum + each, 0);
  let bytes = 0;
  new PerformanceObserver((list) => {
    for (const { name } of list.getEntries()) {
      bytes += size.get(name) ?? 0;
      size.delete(name);
    }
    postMessage({ doing: "loading", bytes, of });
  }).observe({ type: "resource", buffered: true });
}

/** The files of a bundle (tools/python/build.py), put into Python's file system. */
function unpack(bundle, FS, root) {
  const length = new DataView(bundle.buffer).getUint32(0, true);
  let at = 4 + length;
  const made = new Set();
  for (const [name, size] of JSON.parse(text.decode(bundle.subarray(4, at)))) {
    const folder = `${root}/${name}`.replace(/\/[^/]*$/, "");
    if (!made.has(folder)) FS.mkdirTree(folder);
    made.add(folder);
    FS.writeFile(`${root}/${name}`, bundle.subarray(at, (at += size)), { canOwn: false });
  }
}

/** A ready-made table, while Python waits for it. */
function table(base, name) {
  if (!name) return undefined;
  const asked = new XMLHttpRequest();
  asked.open("GET", base + name, false);
  asked.responseType = "arraybuffer";
  asked.send();
  return asked.status === 200 ? new Uint8Array(asked.response) : undefined;
}

async function start({ base, about }) {
  const { library, site, runtime, tables, files } = about;
  tellOf(files, base, [library, site, ...Object.keys(files).filter((name) => name.startsWith(runtime))]);
  const bundle = bytesOf(base + site);
  const { loadPyodide } = await import(`${base}${runtime}pyodide.mjs`);
  const python = await loadPyodide({
    indexURL: base + runtime,
    stdLibURL: base + library,
    lockFileContents: { info: about.info, packages: {} },
    packageBaseUrl: base,
    env: { HOME: "/home/reader" },
  });
  unpack(await bundle, python.FS, "/lib/site");
  const gunzipped = (name) => table(base, tables[name]);
  python.runPython("import sys; sys.path.insert(0, '/lib/site'); sys.dont_write_bytecode = True");
  const page = python.pyimport("lomodel_page");
  page.start((kind, data) => postMessage({ shown: kind, number: shows, data }), gunzipped);
  return (number, source) => {
    shows = number;
    return page.run(number, source);
  };
}

let ready;

onmessage = async ({ data }) => {
  try {
    if (data.base) {
      ready = start(data);
      await ready;
      return postMessage({ doing: "ready" });
    }
    const run = await ready;
    postMessage({ ended: data.run, ok: run(data.run, data.source) });
  } catch (error) {
    postMessage({ [data.base ? "failed" : "lost"]: error.message });
  }
};
