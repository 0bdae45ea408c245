// The explorers' machinery, in a built page and in Jupyter. It looks states up in the table that the
// model filled (table.py); it knows nothing of networks. Everything it touches has a name: controls
// and outputs by `name`, parts of the figure by `data-part`.

const TAG = "lo-explorer";

/** The value of a diagram (table.py) for the numbers of the controls' points. */
function follow(table, at, position) {
  while (at >= 0) at = table.nodes[at][1 + position[table.nodes[at][0]]];
  return table.values[-1 - at];
}

function nearest(points, value) {
  return points.reduce((best, p) => (Math.abs(p - value) < Math.abs(best - value) ? p : best));
}

const same = (a, b) => Object.keys(a).every((name) => a[name] === b[name]);

// Where a state's words and marks stand: slots, of four kinds. slots.py writes each kind once, this
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
      block.style.flexGrow = width;
      return block;
    })));
}

const SLOTS = {
  "[data-slot]": text,
  "[data-row]": row,
  "[data-part]": part,
  "[data-strip]": strip,
};

class LoExplorer extends HTMLElement {
  connectedCallback() {
    this.setUp();
  }

  /** Once, as soon as the element's content is there. */
  setUp() {
    if (this.data) return;
    const script = this.querySelector("script[type='application/json']");
    if (!script) return;
    this.data = JSON.parse(script.textContent);
    this.separateIds();
    this.state = { ...this.data.initial };
    this.bind();
    this.show();
    this.toggleAttribute("ready", true);
    // Who comes back to a page finds the controls as they were left: the browser puts that back
    // after this, and without telling.
    if (document.readyState !== "complete")
      window.addEventListener("pageshow", () => this.readBack(), { once: true });
  }

  readBack() {
    if (this.model) return;
    const found = this.data.controls.map((c) => [c.name, this.shown(c, this.read(c))]);
    this.adopt(Object.fromEntries(found.filter(([, value]) => value !== undefined)));
  }

  /** The same explorer may stand on a page twice; labels must find their own controls. */
  separateIds() {
    const twin = [...this.querySelectorAll("[id]")].some((e) => document.getElementById(e.id) !== e);
    if (!twin) return;
    const suffix = `-${document.querySelectorAll(`${TAG}[ready]`).length}`;
    for (const attribute of ["id", "for", "aria-describedby"])
      for (const element of this.querySelectorAll(`[${attribute}]`))
        element.setAttribute(attribute, element.getAttribute(attribute) + suffix);
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
    return () => {
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

  change(values) {
    this.adopt({ ...this.known(), ...values });
    if (this.model) {
      this.model.set("controls", this.controls);
      this.model.save_changes();
    }
    this.dispatchEvent(new CustomEvent("lo-change", { detail: this.controls, bubbles: true }));
  }

  /** Numbers that a cell has set, and that the page without a kernel does not know: the nearest. */
  known() {
    const ranges = this.data.controls.filter((c) => c.kind === "range" && !this.model);
    return Object.fromEntries(ranges.map((c) => [c.name, nearest(c.points, this.state[c.name])]));
  }

  adopt(values) {
    Object.assign(this.state, values);
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
    else this.change({ [control.name]: shown });
    for (const message of this.querySelectorAll("[data-message]"))
      say(message, message.dataset.message === control.name ? this.message(control, value, shown) : "");
  }

  message(control, value, shown) {
    if (value === shown) return "";
    const [low, high] = control.span;
    if (shown === undefined)
      return `Expected a whole number from ${low} to ${high}. It is still ${this.state[control.name]}.`;
    return `This page knows ${control.points.join(", ")}; the nearest to ${value} is ${shown}. `
      + "In Jupyter any number will do.";
  }

  // From the state to the page.

  show() {
    this.data.controls.forEach((control) => this.showControl(control));
    const slots = this.outcome;
    // Without a kernel what Python wrote for a number between the points stays.
    this.setAttribute("aria-busy", String(!slots && Boolean(this.model)));
    if (!slots) return;
    for (const [selector, write] of Object.entries(SLOTS))
      for (const element of this.querySelectorAll(selector)) write(element, slots);
    this.showIdle();
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
