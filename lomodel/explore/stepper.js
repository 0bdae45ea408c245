// The stepper, in a built page and in Jupyter: the steps that the model took, one by one. What is
// written for a step here, stepper_page.py writes for the first one.

const TAG = "lo-stepper";

const html = (text) => text.replace(/[&<>"']/g, (c) => `&#${c.charCodeAt(0)};`);

const sign = (place) => `<i class="lo-sign" data-place="${place}" aria-hidden="true"></i>`;

class LoStepper extends HTMLElement {
  connectedCallback() {
    this.setUp();
  }

  /** Once, as soon as the element's content is there. */
  setUp() {
    if (this.steps) return;
    const script = this.querySelector("script[type='application/json']");
    if (!script) return;
    this.steps = whole(JSON.parse(script.textContent));
    this.slider = this.querySelector("input[name='step']");
    this.calls = [...this.querySelectorAll("[data-step]")];
    this.at = Number(this.slider.getAttribute("value")) - 1;
    this.bind();
    this.show();
    this.toggleAttribute("ready", true);
  }

  /** With a kernel: `model` is the widget's; its step and this element's follow each other. */
  connect(model) {
    this.setUp();
    this.model = model;
    const take = () => this.adopt(model.get("step") - 1);
    model.on("change:step", take);
    take();
    return () => {
      model.off("change:step", take);
      this.model = undefined;
    };
  }

  /** The step, counted from 1; a number that there is not is an error. */
  get step() {
    return this.at + 1;
  }

  set step(number) {
    if (!this.steps[number - 1]) throw new RangeError(`expected 1 to ${this.steps.length}, not ${number}`);
    this.go(number - 1);
  }

  bind() {
    this.addEventListener("click", (event) => {
      const button = event.target.closest("[data-go], [data-step]");
      if (!button) return;
      const { go, step } = button.dataset;
      this.go(go ? this.at + Number(go) : Number(step));
    });
    this.slider.addEventListener("input", () => this.go(Number(this.slider.value) - 1));
    this.addEventListener("keydown", (event) => this.press(event));
  }

  press(event) {
    if (event.altKey || event.ctrlKey || event.metaKey || event.shiftKey) return;
    // Not Jupyter's shortcuts, while a key is the stepper's.
    const way = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
    if (!way) return;
    event.stopPropagation();
    event.preventDefault();
    this.go(this.at + way);
  }

  /** A reader has gone to a step. */
  go(at) {
    if (at === this.at || !this.steps[at]) return;
    this.adopt(at);
    if (this.model) {
      this.model.set("step", this.step);
      this.model.save_changes();
    }
    this.dispatchEvent(new CustomEvent("lo-change", { detail: { step: this.step }, bubbles: true }));
  }

  adopt(at) {
    if (at === this.at) return;
    this.at = at;
    this.show();
  }

  show() {
    this.showDrive();
    this.showCalls();
    const now = this.steps[this.at];
    const said = this.querySelector(".lo-now");
    if (said.innerHTML !== now.say) said.innerHTML = now.say;
    const before = this.steps[this.at - 1] ?? now;
    this.querySelector(".lo-bytes").innerHTML =
      now.bytes.map((header) => headerHtml(header, before === now ? null : before.bytes)).join("")
      || '<p class="lo-none">no header yet</p>';
    for (const row of this.querySelectorAll("[data-field]"))
      showField(row, before.fields[row.dataset.field], now.fields[row.dataset.field]);
  }

  showDrive() {
    const count = `${this.step} of ${this.steps.length}`;
    this.slider.value = this.step;
    const call = this.calls[this.at].querySelector("span").firstChild.textContent;
    this.slider.setAttribute("aria-valuetext", `${count}, ${call}`);
    this.querySelector("output[name='step']").textContent = count;
    const [back, next] = this.querySelectorAll("[data-go]");
    // A button that is switched off loses the focus, and the keys with it.
    const focused = document.activeElement;
    back.disabled = this.at === 0;
    next.disabled = this.at === this.steps.length - 1;
    if (focused === back && back.disabled) next.focus();
    if (focused === next && next.disabled) back.focus();
  }

  showCalls() {
    const follow = this.calls.includes(document.activeElement);
    this.calls.forEach((call, number) => {
      call.classList.toggle("lo-open", number > this.at);
      current(call, number === this.at, "step");
      call.tabIndex = number === this.at ? 0 : -1;
      const result = call.querySelector("em");
      if (result) result.hidden = Number(result.dataset.known) > this.at;
    });
    for (const place of this.querySelectorAll(".lo-rail li"))
      current(place, place.dataset.place === this.steps[this.at].place, "location");
    const here = this.calls[this.at];
    if (follow) here.focus({ preventScroll: true });
    keepInSight(here.closest("ol"), here);
  }
}

/** Every step with all its bytes and fields: the page stores them only where they change. */
function whole(steps) {
  let bytes, fields;
  return steps.map((step) => {
    bytes = step.bytes ?? bytes;
    fields = { ...fields, ...step.fields };
    return { ...step, bytes, fields };
  });
}

function current(element, isIt, kind) {
  if (isIt) element.setAttribute("aria-current", kind);
  else element.removeAttribute("aria-current");
}

/** Scroll a list to an element in it, and nothing else. */
function keepInSight(list, element) {
  const box = list.getBoundingClientRect();
  const { top, bottom, height } = element.getBoundingClientRect();
  if (top < box.top + height) list.scrollTop += top - box.top - height;
  else if (bottom > box.bottom - height) list.scrollTop += bottom - box.bottom + height;
}

function headerHtml([name, hue, hex, off], before) {
  const cells = hex.split(" ");
  const old = before?.find((header) => header[0] === name)?.[2].split(" ") ?? [];
  const isNew = cells.map((cell, at) => Boolean(before) && cell !== "." && cell !== old[at]);
  const words = state(cells, off, isNew.filter(Boolean).length);
  const inside = cells.map((cell, at) =>
    cell === "." ? '<i class="lo-gap">··</i>'
    : isNew[at] ? `<i class="lo-new">${cell}</i>` : `<i>${cell}</i>`);
  return `<div class="lo-header${off ? " lo-off" : ""}" role="group" `
    + `aria-label="${name}, ${words}" data-hue="${hue}"><b>${sign(hue)}${name}`
    + `<small>${words}</small></b><div>${inside.join("")}</div></div>`;
}

function state(cells, off, fresh) {
  if (cells.every((cell) => cell === ".")) return "not written yet";
  if (off) return "taken off" + (fresh ? `, ${fresh} new` : "");
  return fresh ? `${fresh} of ${cells.length} new` : `${cells.length} bytes`;
}

function showField(row, old, now) {
  row.classList.toggle("lo-new", old !== now);
  row.lastElementChild.innerHTML = old === now ? html(now) : `<s>${html(old)}</s> ${html(now)}`;
}

if (!customElements.get(TAG)) customElements.define(TAG, LoStepper);
