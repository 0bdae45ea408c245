// gso_type moves onto features: Back and Next, and what each position says. The style sheet moves.

const TAG = "lo-shift";

class LoShift extends HTMLElement {
  connectedCallback() {
    const data = this.querySelector("script");
    if (!data || this.steps) return;
    this.steps = JSON.parse(data.textContent);
    const [back, next] = this.querySelectorAll("button");
    back.addEventListener("click", () => this.go(Number(this.dataset.step) - 1));
    next.addEventListener("click", () => this.go(Number(this.dataset.step) + 1));
    this.addEventListener("keydown", (event) => {
      const by = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
      if (by) this.go(Number(this.dataset.step) + by);
    });
    this.buttons = [back, next];
    this.querySelector(".lo-shift-drive").hidden = false;
    this.toggleAttribute("ready", true);
    this.show();
  }

  /** From the last position Next begins again: at rest the picture shows the result. */
  go(step) {
    this.dataset.step = step < 0 ? 0 : step % this.steps.length;
    this.show();
  }

  show() {
    const step = Number(this.dataset.step);
    const said = this.querySelector(".lo-shift-say");
    if (said.textContent !== this.steps[step]) said.textContent = this.steps[step];
    this.querySelector("[name=step]").textContent = `${step + 1} of ${this.steps.length}`;
    this.buttons[0].disabled = step === 0;
  }
}

if (!customElements.get(TAG)) customElements.define(TAG, LoShift);
