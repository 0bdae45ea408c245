// A scenario of the reader's own: typed, put to the kernel by the button of kernel.js, and shown step
// by step, event by event: the model's side, the kernel's, and whether the two are equal.

const TAG = "lo-kernel";
const NOTHING = "–";
const IP_SUMMED = ["NONE", "UNNECESSARY", "COMPLETE", "PARTIAL"];
const { equal, isObject, longest, names, runs, watchers } = customElements.get("lo-ask").tools;

// --- pairs ------------------------------------------------------------------------------------------

/** How much two lists have in common from every place on, by the texts that `key` gives. */
function common(left, right) {
  const table = Array.from({ length: left.length + 1 }, () => new Uint32Array(right.length + 1));
  for (let i = left.length - 1; i >= 0; i -= 1)
    for (let j = right.length - 1; j >= 0; j -= 1)
      table[i][j] = left[i] === right[j]
        ? table[i + 1][j + 1] + 1
        : Math.max(table[i + 1][j], table[i][j + 1]);
  return table;
}

/** Beyond so many comparisons two lists are not looked through for what moved. */
const MOST = 4e6;

/** The pairs of a longest common part, `[i, j]`, in order. */
function matches(left, right) {
  const same = longest(left, right).findIndex((at) => left[at] !== right[at]);
  const start = same < 0 ? Math.min(left.length, right.length) : same;
  const found = left.slice(0, start).map((_, at) => [at, at]);
  const rest = [left.slice(start), right.slice(start)];
  if (rest[0].length * rest[1].length > MOST) return found;
  return found.concat(later(...rest).map(([i, j]) => [i + start, j + start]));
}

function later(left, right) {
  const table = common(left, right);
  const found = [];
  for (let i = 0, j = 0; i < left.length && j < right.length;) {
    if (left[i] === right[j]) found.push([i++, j++]);
    else if (table[i + 1][j] >= table[i][j + 1]) i += 1;
    else j += 1;
  }
  return found;
}

/** What `each` makes of the parts between matches, with the matches as pairs between them. */
function between(left, right, key, each) {
  const found = [];
  let [i, j] = [0, 0];
  const texts = [left.map(key), right.map(key)];
  for (const [a, b] of [...matches(...texts), [left.length, right.length]]) {
    found.push(...each(left.slice(i, a), right.slice(j, b)));
    if (a < left.length && b < right.length) found.push([left[a], right[b]]);
    [i, j] = [a + 1, b + 1];
  }
  return found;
}

/** Events beside each other: equal ones first, then those of one name. */
function pairs(left, right) {
  const alone = (a, b) => [...a.map((event) => [event, null]), ...b.map((event) => [null, event])];
  const byName = (a, b) => between(a, b, (event) => event[0], alone);
  return between(left, right, (event) => JSON.stringify(event), byName);
}

// --- rows: { name, sides: [fields or null, fields or null], equal, number } --------------------------

function fieldText(name, value) {
  if (name === "protocol") return `0x${value.toString(16).padStart(4, "0")}`;
  if (name === "gso_type") return `0x${value.toString(16)}`;
  if (name === "ip_summed" && IP_SUMMED[value]) return `${value} ${IP_SUMMED[value]}`;
  return typeof value === "string" ? value : JSON.stringify(value);
}

/** A row of two objects: what is 0 on both sides says nothing. */
function objectRow(name, left, right) {
  const told = names(left ?? {}, right ?? {}).filter((field) =>
    left?.[field] || right?.[field] || field === "rc" || !equal(left?.[field], right?.[field]));
  const side = (fields) => fields && Object.fromEntries(told
    .filter((field) => field in fields)
    .map((field) => [field, fieldText(field, fields[field])]));
  return { name, sides: [side(left), side(right)], equal: equal(left, right) };
}

function valueRow(name, left, right, text = JSON.stringify) {
  const side = (value) => (value === undefined ? null : { "": text(value) });
  return { name, sides: [side(left), side(right)], equal: equal(left, right) };
}

/** Lengths with how often each comes: "2 × 1400, 1200". */
function lengths(list) {
  const runsOf = [];
  for (const length of list)
    if (runsOf.at(-1)?.[1] === length) runsOf.at(-1)[0] += 1;
    else runsOf.push([1, length]);
  return runsOf.map(([n, length]) => (n === 1 ? `${length}` : `${n} × ${length}`)).join(", ") || "none";
}

/** Sixty features that agree say nothing; one that does not has a row. */
function featureRows(left, right) {
  const all = names(left, right);
  const other = all.filter((name) => left[name] !== right[name]);
  const said = { "": `all ${all.length} the same` };
  if (!other.length) return [{ name: "features", sides: [said, said], equal: true }];
  return other.map((name) => valueRow(name, left[name], right[name], String));
}

function answer(step) {
  if (!step) return undefined;
  if (step.error) return step.error;
  return "rc" in step ? `returns ${step.rc}` : "no error";
}

const SHOWN = ["name", "ifindex", "type", "mtu", "up", "address", "addresses"];
const pick = (step, fields) => Object.fromEntries(Object.entries(step).filter(([n]) => fields.includes(n)));

/** All rows of one step. */
function rowsOf(model = {}, kernel = {}, withEvents = true) {
  const rows = [valueRow("answer", answer(model), answer(kernel), String)];
  const has = (name) => name in model || name in kernel;
  if (has("name")) rows.push(objectRow("show", pick(model, SHOWN), pick(kernel, SHOWN)));
  if (has("features")) rows.push(...featureRows(model.features ?? {}, kernel.features ?? {}));
  if (has("received")) rows.push(valueRow("received", model.received, kernel.received, lengths));
  if (has("stats")) rows.push(objectRow("counters", model.stats, kernel.stats));
  return withEvents ? rows.concat(eventRows(model.events ?? [], kernel.events ?? [])) : rows;
}

/** Of a step's events so many are shown; of those after them, so many that differ. */
const SHOWN_EVENTS = 60;
const SHOWN_LATER = 20;

function eventRows(left, right) {
  const all = pairs(left, right).map(([one, other], at) => ({
    ...objectRow((one ?? other)[0], one?.[1] ?? null, other?.[1] ?? null),
    number: at + 1,
  }));
  const [first, rest] = [all.slice(0, SHOWN_EVENTS), all.slice(SHOWN_EVENTS)];
  if (!rest.length) return first;
  const differ = rest.filter((row) => !row.equal);
  const said = { "": `${rest.length} more, ${differ.length} of them not equal` };
  const more = { name: "events", sides: [said, said], equal: !differ.length };
  return [...first, more, ...differ.slice(0, SHOWN_LATER)];
}

// --- the table --------------------------------------------------------------------------------------

function make(tag, properties = {}, ...inside) {
  const element = Object.assign(document.createElement(tag), properties);
  element.append(...inside);
  return element;
}

function sideCell(row, side, title) {
  const [here, there] = [row.sides[side], row.sides[1 - side]];
  const cell = make("td");
  cell.dataset.side = title;
  if (!here) return cell.append(NOTHING), cell;
  for (const name of names(here, there ?? {})) {
    const text = [name, here[name] ?? NOTHING].filter(Boolean).join(" ");
    const same = !there || here[name] === there[name];
    cell.append(make(same ? "span" : "b", { textContent: text }), " ");
  }
  return cell;
}

function tableRow(row, titles) {
  const [kind, mark, word] = row.equal ? ["same", "=", "equal"] : ["differs", "≠", "different"];
  const sign = make("span", { textContent: mark, role: "img", ariaLabel: word });
  return make("tr", { className: kind },
    make("td", { className: "num", textContent: row.number ?? "" }),
    make("th", { scope: "row", textContent: row.name }),
    ...titles.map((title, side) => sideCell(row, side, title)),
    make("td", { className: "mark" }, sign));
}

const stepText = ({ do: what, ...fields } = {}) =>
  [what, ...Object.entries(fields).map(([name, value]) => `${name} ${isObject(value)
    ? Object.entries(value).map(([n, v]) => `${n} ${v}`).join(", ") : value}`)].join(" ");

function stepBody(run, steps, at, titles) {
  const head = make("th", { scope: "rowgroup", colSpan: 5 },
    make("b", { textContent: `Step ${at + 1}` }), ` ${stepText(steps[at])}`);
  const rows = rowsOf(run.model[at], run.kernel[at], run.events);
  return make("tbody", {}, make("tr", { className: "lo-step-of" }, head),
    ...rows.map((row) => tableRow(row, titles)));
}

function head(titles) {
  const side = (title, solid) => make("th", { scope: "col" },
    make("span", { className: solid ? "lo-disc" : "lo-ring", ariaHidden: "true" }), title);
  return make("thead", {}, make("tr", {},
    make("th", { scope: "col", className: "num", textContent: "#" }),
    make("th", { scope: "col", textContent: "what" }),
    ...titles.map((title, at) => side(title, at === 1)),
    make("th", { scope: "col", className: "mark" }, make("span", { textContent: "equal?" }))));
}

function table(run, steps) {
  const titles = [`model ${run.release}`, run.name];
  const bodies = longest(run.model, run.kernel).map((at) => stepBody(run, steps, at, titles));
  return make("table", { className: "lo-pairs" }, head(titles), ...bodies);
}

// --- the element ------------------------------------------------------------------------------------

class LoKernel extends HTMLElement {
  connectedCallback() {
    const data = this.querySelector("script[type='application/json']");
    if (this.examples || !data) return;
    this.examples = JSON.parse(data.textContent);
    this.text = this.querySelector("[name='scenario']");
    this.button = this.querySelector("lo-ask");
    customElements.upgrade(this.button); // in JupyterLab it may come to life after this
    this.button.steps = () => this.text.value;
    this.button.answered = (run, steps) => this.show(run, steps);
    this.bind();
    this.fill(this.asked() ?? this.text.value);
    this.toggleAttribute("ready", true);
  }

  bind() {
    this.text.addEventListener("input", () => this.changed());
    this.querySelector(".lo-chips").addEventListener("click", (event) => {
      const { example } = event.target.dataset;
      if (example) this.fill(this.examples[example]);
    });
    this.releases();
    const stop = this.querySelector("[data-kernel='stop']");
    this.watcher = (runsNow) => { stop.disabled = !runsNow; };
    watchers.add(this.watcher);
    this.watcher(runs());
  }

  disconnectedCallback() {
    watchers.delete(this.watcher);
  }

  /** Where the build has taken in two kernels a reader chooses; one is loaded at a time. */
  releases() {
    const meta = document.querySelector("meta[name='lo-kernels']");
    const { kernels: known = {}, base } = meta ? JSON.parse(meta.content) : {};
    const kernels = Object.entries(known);
    this.notices = (release) => {
      const link = this.querySelector(".lo-notices");
      link.hidden = !known[release];
      link.href = `${base}${release}/NOTICES.txt`;
    };
    const choice = this.querySelector("[name='release']");
    choice.closest("label").hidden = kernels.length < 2;
    choice.replaceChildren(...kernels.map(([release, { version }]) =>
      make("option", { value: release, textContent: `Linux ${version}` })));
    if (kernels.some(([release]) => release === this.button.dataset.release))
      choice.value = this.button.dataset.release;
    this.notices(choice.value);
    choice.addEventListener("change", () => {
      this.button.dataset.release = choice.value;
      this.notices(choice.value);
      this.changed();
    });
  }

  /** The scenario that another page's link has brought. */
  asked() {
    return this.closest(".jp-Notebook") ? null : new URLSearchParams(location.search).get("scenario");
  }

  fill(text) {
    this.text.value = text;
    this.changed();
  }

  changed() {
    this.button.clear();
    for (const button of this.querySelectorAll("[data-example]"))
      button.setAttribute("aria-pressed", String(this.examples[button.dataset.example] === this.text.value));
  }

  show(run, steps) {
    for (const side of ["model", "kernel"])
      this.querySelector(`output[name='${side}']`).textContent = run ? JSON.stringify(run[side]) : "";
    showBeside(this, run, steps);
  }
}

/** Both runs in an element's place for them; without any, nothing. */
function showBeside(element, run, steps) {
  const place = element.querySelector(".lo-figure");
  place.hidden = !run;
  place.replaceChildren(...(run ? [table(run, steps)] : []));
}

/** A scenario that is asked as soon as it is there. */
class LoBeside extends HTMLElement {
  connectedCallback() {
    const button = this.querySelector("lo-ask");
    if (this.button || !button) return;
    this.button = button;
    customElements.upgrade(button);
    button.connectedCallback(); // its turn comes after this one's
    button.answered = (run, steps) => showBeside(this, run, steps);
    button.ask();
  }
}

if (!customElements.get(TAG)) {
  customElements.define(TAG, LoKernel);
  customElements.define("lo-beside", LoBeside);
}
