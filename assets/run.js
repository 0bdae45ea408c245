/* "Run" at the cells of a page: Python in a web worker, one session a page, cells in order.
   Nothing is loaded before a reader presses "Run". `#lo-cells` has what the notebook's cells are. */
(() => {
  const holder = document.querySelector("#lo-cells");
  if (!holder || !globalThis.Worker) return;
  const { cells: given, base, worker: script, explore } = JSON.parse(holder.textContent);
  const AS_FILE = "A page that was opened as a file cannot load Python: “make serve” serves the book to your browser.";
  const AFTER_STOP = "Stopped. What ran before is gone with it; the next “Run” runs the cells above again.";
  const KEYWORDS = /^(?:and|as|assert|async|await|break|class|continue|def|del|elif|else|except|finally|for|from|global|if|import|in|is|lambda|nonlocal|not|or|pass|raise|return|try|while|with|yield)$/;
  const TOKEN = /(#.*)|((?:[rbfu]{0,2})(?:"""[^]*?(?:"""|$)|'''[^]*?(?:'''|$)|"(?:\\.|[^"\\\n])*"?|'(?:\\.|[^'\\\n])*'?))|([A-Za-z_]\w*)|[^]/gi;

  const escape = (words) => words.replace(/[&<>]/g, (sign) => ({ "&": "&amp;", "<": "&lt;", ">": "&gt;" })[sign]);
  const make = (tag, more = {}) => Object.assign(document.createElement(tag), more);

  /** Python in ink, as the book prints it. */
  function inked(source) {
    return source.replace(TOKEN, (all, comment, string, word) => {
      const kind = comment ? "c1" : string ? "s2" : word && KEYWORDS.test(word) ? "k" : "";
      return kind ? `<span class="${kind}">${escape(all)}</span>` : escape(all);
    });
  }

  // --- the session ----------------------------------------------------------------------------------

  /** One worker, when there is one; which cells have run in it, with which source. */
  const session = { worker: null, ready: null, ran: new Map(), end: null, turn: Promise.resolve(), stops: 0 };

  const notLoaded = (why) => new Error(`Python could not be loaded: ${why}`);

  function open() {
    if (session.worker) return session.ready;
    const worker = new Worker(new URL(script, document.baseURI), { type: "module" });
    session.worker = worker;
    session.ran.clear();
    session.ready = new Promise((done, failed) => {
      session.lost = failed;
      worker.onmessage = ({ data }) => {
        if (session.worker !== worker) return;
        if (data.doing === "loading") session.report?.(`loading ${(data.bytes / 1e6).toFixed(1)} of ${(data.of / 1e6).toFixed(1)} MB`);
        else if (data.doing === "ready") done();
        else if ("failed" in data) failed(notLoaded(data.failed));
        else if ("lost" in data) session.lost(new Error(`Python has ended${data.lost && ` (${data.lost})`}; the next “Run” starts it again.`));
        else if (data.shown) session.show?.(data.shown, JSON.parse(data.data));
        else if ("ended" in data) session.end?.(data.ok);
      };
      worker.onerror = (event) => failed(notLoaded(event.message || "the worker cannot be read"));
      const root = new URL(base, document.baseURI).href;
      fetch(`${root}python.json`)
        .then((answer) => answer.ok ? answer.json() : Promise.reject(new Error(`python.json: ${answer.status}`)))
        .then((about) => worker.postMessage({ base: root, about }))
        .catch((error) => failed(notLoaded(error.message)));
    });
    return session.ready;
  }

  function close(why) {
    session.worker?.terminate();
    session.worker = null;
    session.ran.clear();
    session.lost?.(why);
  }

  /** What runs ends, and what waits for it does not begin. */
  function stop() {
    session.stops += 1;
    close(STOPPED);
  }

  /** One cell in the session, and whether it went well. */
  function play(cell) {
    return new Promise((done, failed) => {
      const outputs = [], { source } = cell;
      session.show = (kind, data) => {
        outputs.push({ kind, ...data });
        cell.shown?.(kind, data);
      };
      session.lost = failed;
      session.end = (ok) => {
        session.show = session.end = null;
        session.ran.set(cell.number, source);
        cell.outputs = outputs;
        done(ok);
      };
      session.worker.postMessage({ run: cell.number, source });
    });
  }

  /** The cells that must run before one: what the build found out, or all where one was changed. */
  function neededBy(cell) {
    const above = cells.slice(0, cells.indexOf(cell));
    const changed = [...above, cell].some((each) => each.source !== each.stored);
    return changed ? above : cell.needs.map((at) => cells[at]);
  }

  /** Runs a cell, after those above it that have not run as they stand. */
  async function run(cell, again = true) {
    const { turn: before, stops } = session;
    const asked = cell.asked = {};
    let next, now = cell;
    session.turn = new Promise((done) => { next = done; });
    cell.state("waiting", "waiting for the cell that runs");
    await before;
    try {
      // "Reset" has taken it back while it waited.
      if (cell.asked !== asked) return;
      if (session.stops !== stops) throw STOPPED;
      const above = neededBy(cell);
      if (above.some((each) => session.ran.has(each.number) && session.ran.get(each.number) !== each.source)) close();
      cell.state("loading", session.worker ? "" : "loading Python");
      session.report = (words) => cell.state("loading", words);
      await open();
      for (const each of above) {
        if (session.ran.has(each.number)) continue;
        cell.state("running", "running the cells above");
        now = each.begin();
        // One that fails says so itself; this one is tried all the same, as in a notebook.
        each.finish(await play(each));
      }
      now = cell;
      if (!again && session.ran.has(cell.number)) return cell.finish(true);
      cell.begin();
      cell.finish(await play(cell));
    } catch (error) {
      if (error !== STOPPED) close();
      for (const each of new Set([now, cell]))
        error === STOPPED ? each.state("stopped", AFTER_STOP) : each.state("error", error.message);
    } finally {
      session.report = null;
      next();
    }
  }

  const STOPPED = new Error("stopped");

  // --- what a reader has written --------------------------------------------------------------------

  /** The cells that were changed, as long as the tab lives: whoever comes back finds them. What was
      written over another text of the book is left out. */
  const EDITS = `lomodel cells ${location.pathname}`;
  let edits = {};
  try {
    edits = JSON.parse(sessionStorage.getItem(EDITS)) ?? {};
  } catch {
    // A browser that keeps nothing.
  }

  function keep({ number, stored, source }) {
    if (source === stored) delete edits[number];
    else edits[number] = { stored, source };
    try {
      sessionStorage.setItem(EDITS, JSON.stringify(edits));
    } catch {
      // It keeps nothing, or has no room.
    }
  }

  // --- a cell ---------------------------------------------------------------------------------------

  class Cell {
    constructor({ number, source, shown, needs }) {
      Object.assign(this, { number, source, needs, stored: source, outputs: null });
      this.element = document.querySelector(`.cell.lo-cell-${number}`);
      this.visible = Boolean(shown && this.element?.querySelector("pre"));
      if (this.visible) this.furnish();
    }

    furnish() {
      const { element } = this;
      this.input = element.querySelector(".cell_input");
      this.pre = this.input.querySelector("pre");
      this.place = [...element.children].filter((each) => each.matches(".cell_output, details"));
      element.dataset.run = "idle";
      this.text = make("textarea", { className: "lo-edit", value: this.source, spellcheck: false, autocapitalize: "off", autocomplete: "off" });
      this.text.setAttribute("aria-label", `Cell ${this.number}, Python; Ctrl+Enter runs it`);
      this.pre.parentElement.classList.add("lo-editor");
      // What is read, found and reached is the text area; the print below it is for the eye.
      this.pre.inert = true;
      this.pre.parentElement.append(this.text);
      this.bar = make("div", { className: "lo-run" });
      this.button = make("button", { type: "button", className: "lo-run-button", textContent: "Run" });
      this.reset = make("button", { type: "button", className: "lo-run-button", textContent: "Reset", hidden: true });
      this.said = make("span", { className: "lo-run-said" });
      this.said.setAttribute("role", "status");
      this.bar.append(this.button, this.reset, this.said);
      this.input.after(this.bar);
      // The second click of a double one is none on "Stop".
      this.button.addEventListener("click", ({ detail }) => detail < 2 && this.press());
      this.reset.addEventListener("click", () => this.restore());
      this.text.addEventListener("input", () => this.edited());
      this.text.addEventListener("scroll", () => { this.pre.scrollLeft = this.text.scrollLeft; });
      this.text.addEventListener("keydown", (event) => {
        if (!event.isComposing && this.typed(event)) event.preventDefault();
      });
      this.size();
      const kept = edits[this.number];
      if (kept?.stored !== this.stored) return;
      this.text.value = kept.source;
      this.edited();
    }

    get busy() {
      return ["waiting", "loading", "running"].includes(this.element?.dataset.run);
    }

    /** As high as what is in it. */
    size() {
      this.text.rows = this.source.split("\n").length;
    }

    edited() {
      this.source = this.text.value;
      this.pre.innerHTML = `${inked(this.source)}\n`;
      this.size();
      this.reset.hidden = false;
      keep(this);
    }

    /** What a key does beyond what it does in any text; whether it did. The browser can undo it. */
    typed({ key, ctrlKey, shiftKey, metaKey }) {
      const { selectionStart: at, selectionEnd: end } = this.text;
      const line = this.source.slice(this.source.lastIndexOf("\n", at - 1) + 1, at);
      const indent = line.match(/^[ \t]*/)[0];
      const spaces = indent.match(/ *$/)[0].length;
      const step = indent.includes("\t") ? "\t" : "    ";
      if (key === "Enter" && (ctrlKey || shiftKey || metaKey)) {
        if (!this.busy) this.press();
      } else if (key === "Enter" && (indent || line.endsWith(":"))) {
        document.execCommand("insertText", false, `\n${indent}${line.endsWith(":") ? step : ""}`);
      } else if (key === "Backspace" && at === end && indent && indent === line) {
        this.text.setSelectionRange(at - (spaces ? spaces % 4 || 4 : 1), at);
        document.execCommand("delete");
      } else return false;
      return true;
    }

    /** One line, counted from 1. */
    select(line) {
      const lines = this.source.split("\n");
      const start = lines.slice(0, line - 1).join("\n").length + (line > 1);
      this.text.focus();
      this.text.setSelectionRange(start, start + (lines[line - 1] ?? "").length);
    }

    press() {
      if (this.busy) return stop();
      if (location.protocol === "file:") return this.tell(AS_FILE);
      run(this);
    }

    restore() {
      this.asked = null;
      if (this.busy && this.element.dataset.run !== "waiting") stop();
      // As if typed: the browser can undo it.
      this.text.focus();
      this.text.select();
      if (!document.execCommand("insertText", false, this.stored)) {
        this.text.value = this.stored;
        this.edited();
      }
      this.output?.remove();
      this.output = null;
      for (const each of this.place) each.hidden = false;
      this.reset.hidden = true;
      this.state("idle", "");
    }

    state(name, words) {
      if (!this.visible) return;
      this.element.dataset.run = name;
      this.button.textContent = this.busy ? "Stop" : "Run";
      this.tell(words);
    }

    tell(words) {
      this.said.textContent = words;
    }

    begin() {
      this.state("running", "running");
      if (!this.visible) return this;
      this.output?.remove();
      this.output = make("div", { className: "cell_output docutils container lo-fresh" });
      for (const each of this.place) each.hidden = true;
      (this.place.at(-1) ?? this.bar).after(this.output);
      return this;
    }

    finish(ok) {
      const nothing = this.output?.hasChildNodes() ? "" : "; it shows nothing";
      this.state(ok ? "done" : "error", ok ? `done${nothing}` : "the cell ended with an error");
      if (this.visible) this.reset.hidden = false;
    }

    shown(kind, data) {
      if (!this.visible || !this.output) return;
      if (kind === "stream") return this.stream(data);
      const box = make("div", { className: "output" });
      if (kind === "error") {
        box.classList.add("lo-error");
        box.append(pointing(data.text));
      } else if (data["text/html"] !== undefined) {
        box.classList.add("text_html");
        this.output.append(box);
        return put(box, data["text/html"]);
      } else if (data["image/svg+xml"] !== undefined) {
        box.innerHTML = data["image/svg+xml"];
      } else {
        box.classList.add("text_plain");
        box.append(make("pre", { textContent: `${data["text/plain"]}\n` }));
      }
      this.output.append(box);
    }

    stream({ name, text }) {
      const last = this.output.lastElementChild;
      const goesOn = last?.dataset.stream === name;
      const box = goesOn ? last : make("div", { className: `output stream${name === "stderr" ? " stderr" : ""}` });
      if (!goesOn) {
        box.dataset.stream = name;
        box.append(make("pre"));
        this.output.append(box);
      }
      box.firstChild.append(text);
    }
  }

  // --- what a cell shows ----------------------------------------------------------------------------

  /** An error; the lines of cells that it names can be gone to: no cell shows its number. */
  function pointing(text) {
    const shown = (cell) => cells.find((each) => each.visible && each.number === Number(cell));
    const link = (all, cell, line) => shown(cell) ? `<a href="#" data-cell="${cell}" data-line="${line}">${all}</a>` : all;
    const pre = make("pre", { innerHTML: escape(text).replace(/^cell (\d+), line (\d+)/gm, link) });
    pre.addEventListener("click", (event) => {
      const { cell, line } = event.target.dataset;
      if (!cell) return;
      event.preventDefault();
      shown(cell).select(Number(line));
    });
    return pre;
  }

  let explorers;

  /** The scripts and styles of explorers and figures, once for the page. */
  function dress() {
    if (explorers) return explorers;
    const [style, code] = explore.map((path) => new URL(path, document.baseURI).href);
    const has = (selector, key, url) => [...document.querySelectorAll(selector)].some((each) => each[key].split("?")[0] === url);
    if (!has("link[rel=stylesheet]", "href", style)) document.head.append(make("link", { rel: "stylesheet", href: style }));
    explorers = has("script[src]", "src", code) ? Promise.resolve() : new Promise((done) => {
      document.head.append(make("script", { src: code, onload: done, onerror: done }));
    });
    return explorers;
  }

  /** HTML with its scripts alive; what the page has once is left out of it. */
  function put(box, html) {
    const own = html.replace(/<(style|script) data-lo="[^"]*"[^>]*>[^]*?<\/\1>/g, "");
    if (own !== html || own.includes("lo-")) dress();
    box.innerHTML = own.replace(/href="(\w+)\.ipynb" data-page=""/g, 'href="$1.html" data-page="$1"');
    for (const old of box.querySelectorAll("script:not([type='application/json'])")) {
      const fresh = make("script", { textContent: old.textContent });
      for (const { name, value } of old.attributes) fresh.setAttribute(name, value);
      old.replaceWith(fresh);
    }
  }

  const cells = given.map((each) => new Cell(each));

  /** "Run all", at the first cell: every cell of the page, in a session of its own. */
  const first = cells.find((each) => each.visible);
  const all = make("button", { type: "button", className: "lo-run-button lo-run-all", textContent: "Run all" });
  all.title = "Run every cell of this page";
  all.addEventListener("click", ({ detail }) => detail < 2 && (all.textContent === "Run all" ? runAll() : stop()));
  first?.bar.append(all);

  async function runAll() {
    if (location.protocol === "file:") return first.tell(AS_FILE);
    stop();
    const { stops } = session;
    all.textContent = "Stop all";
    for (const each of cells) {
      if (session.stops !== stops) break;
      // A cell that is not shown has no place of its own to say so.
      if (!session.worker) first.tell("loading Python");
      await run(each, false);
    }
    all.textContent = "Run all";
    if (session.stops !== stops && !first.busy) first.tell(AFTER_STOP);
  }

  globalThis.loRun = { cells, runAll };
})();
