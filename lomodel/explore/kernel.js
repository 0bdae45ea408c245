// "Ask the kernel". A question is a scenario's steps; a kernel plays them, the model of its release
// plays them too, and what the two observe is compared as the laboratory compares (lab/diff.py).
// In a built page kernel and model run in a machine that the page loads with the first question; one
// serves the whole page. In JupyterLab the laboratory is asked through a widget's model.

const NO_KERNEL =
  "This copy of the book has no kernel: “make kernel”, then “make book”, build one in.";
const NO_SCENARIO = "This state is no scenario, so that no kernel can be asked about it.";
const NO_LAB = "Run a cell of this notebook that shows an explorer or a prediction: then your own kernel can be asked.";
const STOPPED = "Stopped: the kernel has not answered. The next question starts it anew.";

/** Why there is no answer, in a sentence for the reader. */
class Refusal extends Error {}

// --- the kernel of a built page ---------------------------------------------------------------------

/** What the build has taken in: `kernels` by release, or `why` there is none. */
function takenIn() {
  const meta = document.querySelector("meta[name='lo-kernels']");
  return { kernels: {}, ...(meta && JSON.parse(meta.content)) };
}

function kernelOf(release) {
  const { kernels, why, base } = takenIn();
  const known = Object.keys(kernels);
  if (known.includes(release))
    return { ...kernels[release], release, base: new URL(`${base}${release}/`, document.baseURI).href };
  throw new Refusal(
    why ?? (known.length
      ? `This is asked of Linux ${release}, and this copy of the book has a kernel ${known.join(" and ")}.`
      : NO_KERNEL));
}

/** What drives a kernel: a classic script that sets `loVm`, since a page from a file may not import. */
function program(base) {
  return new Promise((done, failed) => {
    const script = Object.assign(document.createElement("script"), { src: `${base}vm.js` });
    script.onload = () => done(globalThis.loVm);
    script.onerror = () => failed(new Error(`${script.src} cannot be read`));
    document.head.append(script);
  });
}

/** The one machine, when it is open; `runs` while something runs in it. */
const page = { machine: null, base: "", open: false, runs: false, report() {}, turn: Promise.resolve() };
let loading = new AbortController();

/** The machine of a kernel: the one that there is, or a new one in its place. */
function machineOf(kernel) {
  if (page.machine && page.base === kernel.base) return page.machine;
  endMachine();
  loading = new AbortController();
  const how = { onstate: (state) => page.report(inWords(state, kernel)), signal: loading.signal };
  const machine = program(kernel.base).then(({ open }) => open(kernel.base, how));
  Object.assign(page, { machine, base: kernel.base, open: false });
  machine.then(
    () => { page.open = page.machine === machine; },
    () => page.machine === machine && endMachine());
  return machine;
}

function endMachine() {
  const { machine } = page;
  page.machine = null;
  loading.abort();
  runs(false);
  machine?.then((opened) => opened.stop(), () => {});
}

/** Whoever shows whether a kernel runs is told. */
const watchers = new Set();

function runs(now) {
  page.runs = now;
  watchers.forEach((watcher) => watcher(now));
}

const megabytes = (bytes) => (bytes / 1e6).toFixed(1);

function inWords({ doing, bytes, of, step }, kernel) {
  if (doing === "loading") return `loading ${megabytes(bytes)} of ${megabytes(of)} MB`;
  if (doing === "starting") return `starting Linux ${kernel.version}`;
  if (doing === "playing") return step === undefined ? "playing" : `playing step ${step + 1}`;
  return "";
}

/** What becomes of some work, unless the reader stops it first. */
function untilStopped(work, signal) {
  return new Promise((done, failed) => {
    signal.addEventListener("abort", () => failed(new Refusal(STOPPED)));
    work.then(done, failed);
  });
}

/** The answer of the page's kernel to a question, when those before it have theirs. */
async function askPage({ steps, release }, report, signal) {
  const kernel = kernelOf(release);
  const before = page.turn;
  let end;
  page.turn = new Promise((done) => { end = done; });
  try {
    await before;
    if (signal.aborted) throw new Refusal(STOPPED);
    page.report = report;
    const machine = machineOf(kernel);
    runs(true);
    const answer = machine.then((opened) => opened.ask(steps, { model: true, signal }));
    const { kernel: observed, model } = await untilStopped(answer, signal);
    const name = `Linux ${kernel.version}`;
    return { model, kernel: observed, events: true, release, name, bits: kernel.bits };
  } catch (error) {
    throw refusal(error);
  } finally {
    page.report = () => {};
    end();
  }
}

/** What a reader is told of an error; one that nobody foresaw ends the machine. */
function refusal(error) {
  if (error instanceof Refusal || error.refused) return new Refusal(error.message);
  endMachine();
  return new Refusal(`The kernel has stopped: ${error.message}. The next question starts it anew.`);
}

// --- the laboratory, in JupyterLab ------------------------------------------------------------------

/** The models of widgets that hear questions; any of them serves a figure that is no widget. */
const labs = new Set();
let asked = 0;

function askLab(model, { steps }, report, signal) {
  const number = `${performance.timeOrigin}-${(asked += 1)}`;
  return new Promise((done, failed) => {
    const hear = (answer) => {
      if (answer.asked !== number) return;
      model.off("msg:custom", hear);
      if (answer.refused) failed(new Refusal(answer.refused));
      else done(answer);
    };
    signal.addEventListener("abort", () => failed(new Refusal("Not waited for any longer.")));
    model.on("msg:custom", hear);
    report("asking this machine's kernel");
    model.send({ asked: number, steps });
  });
}

// --- comparing --------------------------------------------------------------------------------------

const ABSENT = undefined;
const isObject = (value) => value !== null && typeof value === "object" && !Array.isArray(value);

/** A value as text, an object's names in order: equal texts, equal values. */
function canonical(value) {
  return JSON.stringify(value, (_, inside) =>
    isObject(inside) ? Object.fromEntries(Object.entries(inside).sort()) : inside);
}

const equal = (a, b) => canonical(a) === canonical(b);
const names = (a, b) => [...new Set([...Object.keys(a), ...Object.keys(b)])];
const range = (count) => Array.from({ length: count }, (_, at) => at);
const longest = (a, b) => range(Math.max(a.length, b.length));

function stepDifferences(step, model, kernel, events) {
  const found = [];
  for (const key of names(model, kernel)) {
    const [one, other] = [model[key], kernel[key]];
    if (equal(one, other) || (key === "events" && !events)) continue;
    if (isObject(one) && isObject(other)) {
      for (const name of names(one, other))
        if (!equal(one[name], other[name]))
          found.push({ step, field: `${key}.${name}`, model: one[name], kernel: other[name] });
    } else if (key === "events" && Array.isArray(one) && Array.isArray(other)) {
      // One event too many moves all that follow, so only the first difference says anything.
      const at = longest(one, other).find((n) => !equal(one[n], other[n]));
      found.push({ step, field: `events[${at}]`, model: one[at], kernel: other[at] });
    } else found.push({ step, field: key, model: one, kernel: other });
  }
  return found;
}

/** Where two `observed` lists differ, as `lomodel.lab.diff.differences` says it. */
function differences(model, kernel, events = true) {
  return longest(model, kernel).flatMap((step) => {
    const [one, other] = [model[step], kernel[step]];
    return one === ABSENT || other === ABSENT
      ? [{ step, field: "", model: one, kernel: other }]
      : stepDifferences(step, one, other, events);
  });
}

// --- words ------------------------------------------------------------------------------------------

const many = (count, what) => `${count} ${what}${count === 1 ? "" : "s"}`;

/** A side of a difference in a few words. */
function short(side) {
  if (side === ABSENT) return "nothing";
  if (side === null) return "none";
  const text = Array.isArray(side) && isObject(side[1])
    ? [side[0], ...Object.entries(side[1]).map(([name, value]) => `${name} ${value}`)].join(" ")
    : JSON.stringify(side).replaceAll('"', "");
  return text.length <= 60 ? text : `${text.slice(0, 57)}...`;
}

/** What both sides say of the last step that says something. */
function gist(observed) {
  const last = observed.findLast((step) => "stats" in step) ?? observed.at(-1) ?? {};
  if (last.error) return `fails with ${last.error}`;
  if (last.stats)
    return `${many(last.stats.tx_packets, "packet")}, ${last.stats.tx_bytes} bytes`;
  const rc = observed.findLast((step) => "rc" in step || step.error);
  if (rc) return rc.error ? `fails with ${rc.error}` : `the call returns ${rc.rc}`;
  return many(observed.length, "step");
}

/** What a socket's buffer holds, and what did not fit. */
const COUNT_MEMORY = /^stats\.rx_dropped$|_alloc$|\bdrops$|RcvbufErrors$/;

/** Structures are smaller on 32 bits, so that limits in bytes of memory are met later. */
function bitsNote(found, bits) {
  const memory = (side) => JSON.stringify(side ?? null).includes("ENOBUFS");
  const ofMemory = found.some(({ field, model, kernel }) =>
    memory(model) || memory(kernel) || COUNT_MEMORY.test(field) ||
    (field === "received" && model?.length !== kernel?.length));
  return bits === 32 && ofMemory
    ? " This kernel has 32 bits: its structures are smaller, so a limit in bytes of memory (truesize) holds more packets."
    : "";
}

const WITHOUT = "; without tracepoints, which are root's to read";

function verdict(run, steps, gistOf = gist) {
  const found = differences(run.model, run.kernel, run.events);
  const without = run.events ? "" : WITHOUT;
  if (!found.length)
    return `equal: ${gistOf(run.kernel)} (${run.name}, model ${run.release}${without})`;
  const [{ step, field, model, kernel }] = found;
  const place = `step ${step + 1}, ${steps[step]?.do ?? "which there is not"}`;
  const more = found.length > 1 ? `, and ${many(found.length - 1, "more difference")}` : "";
  const sides = `model ${run.release} ${short(model)}, ${run.name} ${short(kernel)}`;
  return `different: ${place}${field && `, ${field}`}: ${sides}${more}${without}.${bitsNote(found, run.bits)}`;
}

/** The verdict of several scenarios: of the first that differs, or of all. */
function verdictOfAll(runs, questions) {
  const at = runs.findIndex((run) => differences(run.model, run.kernel, run.events).length);
  const said = verdict(runs.at(at), questions.at(at).steps, () => `all ${many(runs.length, "scenario")}`);
  return at < 0 ? said : said.replace(": ", `: ${questions[at].id}, `);
}

// --- the button -------------------------------------------------------------------------------------

const KERNEL_PAGE = "ask_the_kernel.html";

/**
 * The button and its verdict. Who stands around it may set `steps`, a function that gives the steps
 * (null: no scenario; a text: a whole scenario as typed), `release`, which says of which kernel, and
 * `answered`, which is told of the runs.
 */
class LoAsk extends HTMLElement {
  /** For who shows more of the runs than their verdict. */
  static tools = { differences, equal, isObject, longest, names, written, runs: () => page.runs, watchers };

  connectedCallback() {
    if (this.ready || !this.querySelector("[name='verdict']")) return;
    this.ready = true;
    this.output = this.querySelector("[name='verdict']");
    this.doing = this.querySelector(".lo-doing");
    this.link = this.querySelector("a");
    this.addEventListener("click", (event) => {
      const button = event.target.closest("[data-kernel]");
      if (button) this[button.dataset.kernel]();
    });
  }

  /** With a kernel behind the notebook: `model` is a widget's, which hears questions. */
  connect(model) {
    this.connectedCallback();
    this.model = model;
    labs.add(model);
    return () => {
      labs.delete(model);
      this.model = undefined;
    };
  }

  /** What is asked, mostly one scenario. */
  get questions() {
    const { scenarios, steps: own, release } = this.dataset;
    if (scenarios) return JSON.parse(scenarios).map(([id, steps]) => ({ id, steps, release }));
    const steps = this.steps ? this.steps() : JSON.parse(own);
    if (steps === null) throw new Refusal(NO_SCENARIO);
    return [{ steps, release: this.release?.() ?? release }];
  }

  get inNotebook() {
    return Boolean(this.closest(".jp-OutputArea, .jp-Notebook"));
  }

  /** Who answers here. */
  get asker() {
    const model = this.model ?? [...labs].at(-1);
    if (model) return (...asked) => askLab(model, ...asked);
    if (!this.inNotebook) return askPage;
    throw new Refusal(NO_LAB);
  }

  async ask() {
    if (this.asking) return;
    const mine = new AbortController();
    this.clear();
    this.busy(mine);
    try {
      const { questions, asker } = this;
      const typed = questions.map(({ steps, id }) => ({ id, steps: asSteps(steps) }));
      const runs = [];
      for (const question of questions) {
        const which = question.id ? `${question.id}: ` : "";
        const report = (words) => mine === this.asking && this.report(words && which + words);
        runs.push(await asker(question, report, mine.signal));
        if (mine !== this.asking) return;
      }
      this.show(runs, typed);
    } catch (error) {
      if (!(error instanceof Refusal)) console.error(error);
      if (mine === this.asking) this.say(error.message);
    } finally {
      if (mine === this.asking) this.busy(null);
    }
  }

  /** A question is given up; a machine that has not yet loaded, or that has no question, ends. */
  stop() {
    const idle = !this.asking;
    this.asking?.abort();
    if (idle || !page.open) endMachine();
    else runs(false);
  }

  /** A verdict is about the question that was asked; this is about none. */
  clear() {
    if (!this.ready) return;
    this.say("");
    this.link.hidden = true;
    this.answered?.(null);
    this.busy(null);
  }

  busy(asking) {
    this.asking = asking;
    const [ask, stop] = this.querySelectorAll("[data-kernel]");
    ask.setAttribute("aria-disabled", String(Boolean(asking)));
    if (!("always" in stop.dataset)) {
      const lost = !asking && stop === document.activeElement;
      stop.hidden = !asking;
      if (lost) ask.focus();
    }
    this.report("");
  }

  report(words) {
    this.doing.textContent = words;
  }

  show(runs, questions) {
    const [[run], [{ steps }]] = [runs, questions];
    const several = runs.length > 1;
    this.say(several ? verdictOfAll(runs, questions) : verdict(run, steps));
    this.answered?.(run, steps);
    this.link.hidden = several || Boolean(this.answered) || this.inNotebook;
    this.link.href = `${KERNEL_PAGE}?scenario=${encodeURIComponent(written(steps))}`;
  }

  say(text) {
    this.output.textContent = text;
    this.output.dataset.is = /^(equal|different):/.exec(text)?.[1] ?? "";
  }
}

/** A typed scenario goes to the kernel as it is, through a narrow console: more is nobody's wish. */
const MOST_TYPED = 60_000;

/** The steps of a question; of a scenario as typed, too. */
function asSteps(steps) {
  if (typeof steps !== "string") return steps;
  if (steps.length > MOST_TYPED)
    throw new Refusal(`scenario: expected at most ${MOST_TYPED} characters, got ${steps.length}`);
  try {
    return JSON.parse(steps)?.steps ?? [];
  } catch (error) {
    throw new Refusal(`scenario: expected one JSON object (${error.message})`);
  }
}

/** A scenario as a reader may edit it: a step a line. */
function written(steps, id = "from a page") {
  const lines = steps.map(({ do: what, ...fields }) => `  ${spaced({ do: what, ...fields })}`);
  return `{"id": ${JSON.stringify(id)}, "steps": [\n${lines.join(",\n")}\n]}`;
}

/** JSON in one line, with a blank after each comma and colon. */
function spaced(value) {
  if (Array.isArray(value)) return `[${value.map(spaced).join(", ")}]`;
  if (!isObject(value)) return JSON.stringify(value);
  const fields = Object.entries(value).map(([name, inside]) => `${JSON.stringify(name)}: ${spaced(inside)}`);
  return `{${fields.join(", ")}}`;
}

if (!customElements.get("lo-ask")) customElements.define("lo-ask", LoAsk);
