// gso_type moves onto features: Back and Next, and what each position says. The style sheet moves.

const TAG = "lo-shift";

class LoShift extends HTMLElement {
  connectedCallback() {
    const data = this.querySelector("script");
    if (!data || this.steps) return;
    this.steps = JSON.parse(data.textContent);
    const [back, next] = this.querySelectorAll("button");
    back.addEventListener("click", () => this.go(this.at - 1));
    next.addEventListener("click", () => this.go(this.at + 1));
    this.addEventListener("keydown", (event) => {
      const by = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
      if (by) this.go(this.at + by);
    });
    this.buttons = [back, next];
    this.querySelector(".lo-shift-drive").hidden = false;
    this.toggleAttribute("ready", true);
    // It is written at its end, which stands where there is no script, and on paper.
    this.go(0);
    addEventListener("beforeprint", () => { this.before = this.at; this.go(this.steps.length - 1); });
    addEventListener("afterprint", () => this.go(this.before ?? this.at));
  }

  get at() {
    return Number(this.dataset.step);
  }

  /** As the stepper: before the first and after the last there is nothing. */
  go(step) {
    if (!this.steps[step]) return;
    this.dataset.step = step;
    const said = this.querySelector(".lo-shift-say");
    if (said.textContent !== this.steps[step]) said.textContent = this.steps[step];
    this.querySelector("[name=step]").textContent = `${step + 1} of ${this.steps.length}`;
    const [back, next] = this.buttons;
    // A button that is switched off loses the focus, and the keys with it.
    const focused = document.activeElement;
    back.disabled = step === 0;
    next.disabled = step === this.steps.length - 1;
    if (focused === back && back.disabled) next.focus();
    if (focused === next && next.disabled) back.focus();
  }
}

if (!customElements.get(TAG)) customElements.define(TAG, LoShift);
