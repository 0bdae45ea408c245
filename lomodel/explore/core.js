// The explorers' machinery, in a built page and in Jupyter. It looks states up in the table that the
// model filled (table.py); it knows nothing of networks. Everything it touches has a name: controls
// and outputs by `name`, parts of the figure by `data-part`.

const TAG = "lo-explorer";

/** Bytes; a longer block is drawn with a break in it (slots.py). */
const LONG = 10000;

/** Changes of one control that follow each other within so many milliseconds are one: a drag. */
const ONE_CHANGE = 1000;

/** The value of a diagram (table.py) for the numbers of the controls' points. */
function follow(table, at, position) {
  while (at >= 0) at = table.nodes[at][1 + position[table.nodes[at][0]]];
  return table.values[-1 - at];
}

function nearest(points, value) {
  return points.reduce((best, p) => (Math.abs(p - value) < Math.abs(best - value) ? p : best));
}

const same = (a, b) => Object.keys(a).every((name) => a[name] === b[name]);

/** A control's value as it stands in an address. */
function spell(value) {
  return { true: "on", false: "off", null: "none" }[String(value)] ?? String(value);
}

// Where a state's words and marks stand: slots, of seven kinds. slots.py writes each kind once, this
// does whenever the state changes.

function say(element, text) {
  if (element.textContent !== text) element.textContent = text;
}

function text(element, slots) {
  say(element, String(slots[element.dataset.slot] ?? element.dataset.absent ?? ""));
}

function row(element, slots) {
  element.classList.toggle("off", slots[element.dataset.row] === undefined);
}

function part(element, slots) {
  // An arrow is lit when both its ends are.
  const notes = element.dataset.part.split("->").map((name) => slots[`part:${name}`]);
  const lit = !notes.includes(undefined);
  if (lit && notes.length > 1) element.parentNode.append(element); // above the arrows that are not
  element.classList.toggle("lit", lit);
  const note = element.querySelector(".note");
  if (note) say(note, String(notes[0] ?? ""));
}

function strip(element, slots) {
  const said = slots[element.dataset.strip] ?? "";
  if (element.dataset.blocks === said) return;
  element.dataset.blocks = said;
  const blocks = said.split(" ").filter(Boolean).map((block) => block.split("x").map(Number));
  element.replaceChildren(...blocks.flatMap(([count, width]) =>
    Array.from({ length: count }, () => {
      const block = document.createElement("i");
      if (width > LONG) block.className = "long";
      block.style.flexGrow = width;
      return block;
    })));
}

function sign(element, slots) {
  element.dataset.is = slots[element.dataset.sign] ?? "";
}

function lamps(element, slots) {
  const signs = slots[element.dataset.lamps] ?? "";
  if (element.dataset.signs === signs) return;
  element.dataset.signs = signs;
  while (element.childElementCount < signs.length) element.append(document.createElement("i"));
  while (element.childElementCount > signs.length) element.lastElementChild.remove();
  [...signs].forEach((each, i) => {
    if (each === ".") element.children[i].removeAttribute("class");
    else element.children[i].className = each;
  });
}

function point(element, slots, state) {
  const number = slots[element.dataset.point];
  element.dataset.number = number ?? "";
  element.setAttribute("aria-pressed", String(number === state[element.dataset.for]));
  element.setAttribute("aria-disabled", String(number === undefined));
}

const SLOTS = {
  "[data-slot]": text,
  "[data-row]": row,
  "[data-part]": part,
  "[data-strip]": strip,
  "[data-sign]": sign,
  "[data-lamps]": lamps,
  "[data-point]": point,
};

/** One stop for the tab key in a row of buttons; arrows, Home and End go from one to another. */
function rove(toolbar) {
  const buttons = [...toolbar.querySelectorAll("button")];
  const stop = (chosen) => buttons.forEach((b) => { b.tabIndex = b === chosen ? 0 : -1; });
  const goes = (at) => ({ ArrowRight: at + 1, ArrowLeft: at - 1, Home: 0, End: -1 });
  toolbar.addEventListener("focusin", (event) => stop(event.target));
  toolbar.addEventListener("keydown", (event) => {
    const to = goes(buttons.indexOf(event.target))[event.key];
    if (to === undefined) return;
    event.preventDefault();
    buttons.at(to % buttons.length).focus();
  });
  stop(buttons[0]);
}

const STEPS = "steps:";

/** The names on the way to a place, of a JSON pointer. */
const pointer = (text) =>
  text.split("/").slice(1).map((name) => name.replaceAll("~1", "/").replaceAll("~0", "~"));

/** Put a value at a place; what is on the way there is made. A place without names is no place. */
function put(inside, [name, ...more], value) {
  if (name === undefined) return;
  if (more.length) put((inside[name] ??= {}), more, value);
  else inside[name] = value;
}

/** An explorer's state in the page's address: what differs from the first, `gso.payload=65494`. */
class Address {
  constructor(element, key) {
    this.element = element;
    this.key = `${key}.`;
  }

  /** The settings that the address has, and what cannot be read of it. */
  read() {
    const found = { values: {}, wrong: "" };
    const { controls } = this.element.data;
    this.seen = location.search;
    for (const [key, text] of new URLSearchParams(location.search)) {
      if (!key.startsWith(this.key)) continue;
      const name = key.slice(this.key.length);
      const control = controls.find((c) => c.name === name);
      const value = control?.points.find((p) => spell(p) === text);
      if (value !== undefined) found.values[name] = value;
      else found.wrong = control
        ? `The address asks for ${name} ${text}: expected one of ${control.points.map(spell).join(", ")}.`
        : `The address names ${name}: expected one of ${controls.map((c) => c.name).join(", ")}.`;
    }
    return found;
  }

  /** A state that a reader has chosen by `source`: one entry of the history, so that Back undoes it. */
  write(state, source) {
    const url = new URL(location.href);
    for (const key of [...url.searchParams.keys()])
      if (key.startsWith(this.key)) url.searchParams.delete(key);
    for (const [name, value] of Object.entries(state))
      if (value !== this.element.data.initial[name]) url.searchParams.set(this.key + name, spell(value));
    if (url.search === location.search) return;
    url.hash = this.element.id;
    const now = performance.now();
    const goesOn = source && source === this.source && now - this.at < ONE_CHANGE;
    [this.source, this.at] = [source, now];
    try {
      history[goesOn ? "replaceState" : "pushState"](history.state, "", url);
    } catch {
      // A page without an address of its own (in a frame, say), or too many changes: no entry.
    }
    this.seen = location.search;
  }
}

class LoExplorer extends HTMLElement {
  connectedCallback() {
    this.setUp();
    this.back = () => this.readAddress();
    window.addEventListener("popstate", this.back);
  }

  disconnectedCallback() {
    window.removeEventListener("popstate", this.back);
  }

  /** Once, as soon as the element's content is there. */
  setUp() {
    if (this.data) return;
    const script = this.querySelector("script[type='application/json']");
    if (!script) return;
    this.data = JSON.parse(script.textContent);
    const suffix = this.separateIds();
    this.button = this.querySelector("lo-ask");
    if (this.button)
      Object.assign(this.button, { steps: () => this.steps, release: () => this.state.release });
    this.state = { ...this.data.initial };
    this.bind();
    // In JupyterLab the address is JupyterLab's.
    if (!this.closest(".jp-OutputArea, .jp-Notebook") && this.isConnected)
      this.address = new Address(this, this.getAttribute("name") + suffix);
    this.show();
    this.readAddress();
    this.toggleAttribute("ready", true);
    // Who comes back to a page finds the controls as the browser puts them back, after this and
    // without telling; the state is the address's.
    if (document.readyState !== "complete")
      window.addEventListener("pageshow", () => this.show(), { once: true });
  }

  /** Take the state that the address has, if that has changed. */
  readAddress() {
    if (!this.address || this.model || this.address.seen === location.search) return;
    const first = this.address.seen === undefined;
    const { values, wrong } = this.address.read();
    say(this.querySelector("[data-address]"), wrong);
    const rest = first && !Object.keys(values).length ? {} : this.snapped(this.data.initial);
    this.adopt({ ...rest, ...values });
  }

  /**
   * The same explorer may stand on a page twice; labels must find their own controls. Who comes
   * later takes other ids, wherever on the page: the address knows the first one's.
   */
  separateIds() {
    const all = [this, ...this.querySelectorAll("[id], [for], [aria-describedby], [href^='#lo-']")];
    const there = [...document.querySelectorAll(`${TAG}[ready]`)].flatMap((e) => [e, ...e.querySelectorAll("[id]")]);
    const taken = new Set(there.map((e) => e.id));
    let [count, suffix] = [0, ""];
    while (all.some((e) => e.id && taken.has(e.id + suffix))) suffix = `-${(count += 1)}`;
    if (!suffix) return "";
    const renamed = (ids) => ids.split(" ").map((id) => id + suffix).join(" ");
    for (const attribute of ["id", "for", "aria-describedby", "href"])
      for (const element of all)
        if (element.hasAttribute(attribute))
          element.setAttribute(attribute, renamed(element.getAttribute(attribute)));
    return suffix;
  }

  /** With a kernel: `model` is the widget's; its controls and this element's follow each other. */
  connect(model) {
    // JupyterLab may put a view into the page only after it was rendered.
    this.setUp();
    this.model = model;
    this.classList.add("lo-live");
    const take = () => this.adopt(model.get("controls"));
    const answer = () => this.show();
    model.on("change:controls", take);
    model.on("change:_outcome", answer);
    take();
    const asked = this.button?.connect(model);
    return () => {
      asked?.();
      model.off("change:controls", take);
      model.off("change:_outcome", answer);
      this.model = undefined;
    };
  }

  get controls() {
    return { ...this.state };
  }

  /** Set some controls; a name or value that the page does not know is an error. */
  set controls(values) {
    for (const [name, value] of Object.entries(values)) {
      const control = this.data.controls.find((c) => c.name === name);
      if (!control) throw new RangeError(`${name}: no such control`);
      if (!this.model && !control.points.includes(value))
        throw new RangeError(`${name}: expected one of ${control.points.join(", ")}`);
    }
    this.change(values);
  }

  /** The outcome's slots for the present state; undefined while the kernel has yet to answer. */
  get outcome() {
    const position = this.position(this.state);
    if (position) return this.slots(position);
    const answer = this.model && this.model.get("_outcome");
    return answer && answer.controls && same(this.state, answer.controls) ? answer.slots : undefined;
  }

  /** The present state as a scenario's steps (scenario_slots.py); null where no scenario says it. */
  get steps() {
    const told = Object.entries(this.outcome ?? {}).filter(([slot]) => slot.startsWith(STEPS));
    if (!told.length) return null;
    const steps = [];
    for (const [slot, text] of told) put(steps, pointer(slot.slice(STEPS.length)), JSON.parse(text));
    return steps;
  }

  position(state) {
    if (!this.data.table) return undefined;
    const found = this.data.controls.map((c) => c.points.indexOf(state[c.name]));
    return found.includes(-1) ? undefined : found;
  }

  slots(position) {
    const { table } = this.data;
    const entries = Object.entries(table.slots).map(([k, at]) => [k, follow(table, at, position)]);
    return Object.fromEntries(entries.filter(([, value]) => value !== null));
  }

  /** What a reader or a script sets; what one `source` sets at once is one step back. */
  change(values, source) {
    this.adopt({ ...this.snapped(this.state), ...this.snapped(values) });
    this.address?.write(this.state, source);
    say(this.querySelector("[data-address]"), "");
    if (this.model) {
      this.model.set("controls", this.controls);
      this.model.save_changes();
    }
    this.dispatchEvent(new CustomEvent("lo-change", { detail: this.controls, bubbles: true }));
  }

  /** Without a kernel, numbers that a cell has set and that the page does not know: the nearest. */
  snapped(values) {
    const ranges = this.data.controls.filter((c) => c.kind === "range" && c.name in values);
    const near = this.model ? [] : ranges.map((c) => [c.name, nearest(c.points, values[c.name])]);
    return { ...values, ...Object.fromEntries(near) };
  }

  adopt(values) {
    Object.assign(this.state, values);
    // What a kernel has said was said of another state.
    this.button?.clear?.();
    this.show();
  }

  // From the page to the state.

  bind() {
    for (const control of this.data.controls) {
      const input = this.input(control.name);
      input.addEventListener("change", () => this.enter(control, this.read(control)));
      const slider = this.slider(control.name);
      if (slider)
        slider.addEventListener("input", () =>
          this.enter(control, control.points[Number(slider.value)]));
    }
    this.querySelectorAll("[role='toolbar']").forEach(rove);
    this.addEventListener("click", (event) => {
      const button = event.target.closest("button");
      if (button) this.press(button);
    });
  }

  press(button) {
    const { preset, point: named, number, for: name } = button.dataset;
    if ("reset" in button.dataset) this.enterAll(this.data.initial);
    else if (preset) this.enterAll(this.data.presets[preset]);
    else if (named && number) this.enterAll({ [name]: Number(number) });
  }

  enterAll(values) {
    this.change(values);
    this.querySelectorAll("[data-message]").forEach((message) => say(message, ""));
  }

  input(name) {
    return this.querySelector(`:is(input, select)[name="${name}"]`);
  }

  slider(name) {
    return this.querySelector(`input[data-slider="${name}"]`);
  }

  read(control) {
    const input = this.input(control.name);
    if (control.kind === "switch") return input.checked;
    if (control.kind === "choice") return control.points[input.selectedIndex];
    return input.value === "" ? NaN : Number(input.value);
  }

  /** What is shown for a value: the nearest that there is; undefined if the control cannot take it. */
  shown(control, value) {
    if (control.kind !== "range") return value;
    const [low, high] = control.span;
    if (!Number.isInteger(value) || value < low || value > high) return undefined;
    return this.model ? value : nearest(control.points, value);
  }

  /** A reader has entered a value. */
  enter(control, value) {
    const shown = this.shown(control, value);
    if (shown === undefined) this.show();
    else this.change({ [control.name]: shown }, control.name);
    for (const message of this.querySelectorAll("[data-message]"))
      say(message, message.dataset.message === control.name ? this.message(control, value, shown) : "");
  }

  message(control, value, shown) {
    if (value === shown) return "";
    const [low, high] = control.span;
    if (shown === undefined)
      return `Expected a whole number from ${low} to ${high}. It is still ${this.state[control.name]}.`;
    return `${value} is not among this page’s points; shown: ${shown}. In Jupyter any number works.`;
  }

  // From the state to the page.

  show() {
    this.data.controls.forEach((control) => this.showControl(control));
    this.showPresets();
    const slots = this.outcome;
    // Without a kernel what Python wrote for a number between the points stays.
    this.setAttribute("aria-busy", String(!slots && Boolean(this.model)));
    if (!slots) return;
    for (const [selector, write] of Object.entries(SLOTS))
      for (const element of this.querySelectorAll(selector)) write(element, slots, this.state);
    this.showIdle();
  }

  showPresets() {
    for (const button of this.querySelectorAll("[data-preset]")) {
      const there = same(this.data.presets[button.dataset.preset], this.state);
      button.setAttribute("aria-pressed", String(there));
    }
  }

  showControl(control) {
    const value = this.state[control.name];
    const input = this.input(control.name);
    if (control.kind === "switch") input.checked = value;
    else if (control.kind === "choice") input.selectedIndex = control.points.indexOf(value);
    else this.showRange(control, input, value);
  }

  showRange(control, input, value) {
    if (input.value !== String(value)) input.value = value;
    const slider = this.slider(control.name);
    slider.value = control.points.indexOf(nearest(control.points, value));
    slider.setAttribute("aria-valuetext", `${value} ${control.unit}`);
  }

  /** Mark the controls that change nothing but themselves from here. */
  showIdle() {
    const here = this.position(this.state);
    this.data.controls.forEach((control, axis) => {
      const field = this.input(control.name).closest("[data-control]");
      field.classList.toggle("idle", Boolean(here) && this.isIdle(here, axis, control));
    });
  }

  isIdle(here, axis, control) {
    const { table, telling } = this.data;
    const ends = (position) => telling.map((slot) => follow(table, table.slots[slot], position));
    const now = ends(here);
    return control.points.every((_, point) =>
      ends(here.with(axis, point)).every((value, i) => value === now[i]));
  }
}

if (!customElements.get(TAG)) customElements.define(TAG, LoExplorer);

/** anywidget's entry: the same element as in a page, tied to the widget's model if it wants to be. */
function render({ model, el }) {
  el.innerHTML = model.get("_html");
  // Outside the page, where JupyterLab may have `el` as yet, a browser may leave elements plain.
  customElements.upgrade(el);
  return [...el.querySelectorAll("*")].find((element) => element.connect)?.connect(model);
}

export default { render };
