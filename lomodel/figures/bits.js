// Feature words: pointing at a place, or at its name, marks its column and says what it is. The
// slider does the same for the keyboard; it runs as the words do, bit 63 at the left.

const TAG = "lo-bits";
const TOP = 63;

class LoBits extends HTMLElement {
  connectedCallback() {
    const data = this.querySelector("script");
    if (!data || this.said) return;
    this.said = Object.entries(JSON.parse(data.textContent));
    this.output = this.querySelector("output");
    this.slider = this.querySelector("input");
    this.slider.hidden = false;
    this.slider.autocomplete = "off";
    this.slider.addEventListener("input", () => this.mark(TOP - this.slider.value));
    this.slider.addEventListener("focus", () => this.mark(TOP - this.slider.value));
    for (const kind of ["pointerover", "click"])
      this.addEventListener(kind, (event) => {
        const place = event.target.closest("[data-n]");
        if (place) this.mark(Number(place.dataset.n));
      });
    this.toggleAttribute("ready", true);
  }

  mark(bit) {
    for (const place of this.querySelectorAll("[data-n]"))
      place.classList.toggle("hot", Number(place.dataset.n) === bit);
    const text = this.said.map(([name, all]) => (name ? `${name}: ` : "") + all[bit]).join(" · ");
    this.output.textContent = text;
    this.slider.value = TOP - bit;
    this.slider.setAttribute("aria-valuetext", text);
  }
}

if (!customElements.get(TAG)) customElements.define(TAG, LoBits);
