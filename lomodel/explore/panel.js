// The big panel: a switch is turned, and the lamps, ethtool's words and what the call returns are looked up.

const TAG = "lo-panel";

class LoPanel extends HTMLElement {
  connectedCallback() {
    const data = this.querySelector("script[type='application/json']");
    if (!data || this.table) return;
    this.table = JSON.parse(data.textContent);
    this.switches = [...this.querySelectorAll("input")];
    this.lamps = [...this.querySelectorAll(".lo-lamp")];
    this.switches.forEach((input, at) => {
      input.checked = input.defaultChecked;
      input.disabled = false;
      input.addEventListener("change", () => this.turned(at));
    });
    this.toggleAttribute("ready", true);
  }

  turned(at) {
    const here = this.switches.reduce((n, input, i) => n + (input.checked << i), 0);
    const { lamps, turns, words, sentences } = this.table;
    lamps[here].forEach((word, i) => this.show(this.lamps[i], words[word]));
    for (const input of this.switches)
      input.parentNode.querySelector(".d").textContent = input.checked ? 1 : 0;
    const [answer, why] = turns[here][at];
    this.querySelector("[name=answer]").textContent = answer;
    this.querySelector("[name=why]").textContent = sentences[why];
  }

  show(lamp, word) {
    const on = word.startsWith("on");
    const fixed = word.includes("fixed");
    const wish = word.includes("requested on");
    lamp.className = "lo-lamp " + (on ? (fixed ? "fixed" : "on") : wish ? "wish" : "off");
    lamp.parentNode.querySelector(".d").textContent = on ? 1 : 0;
    lamp.parentNode.querySelector(".w").textContent = word;
  }
}

if (!customElements.get(TAG)) customElements.define(TAG, LoPanel);
