// A box "On a real lo": its button copies the commands, without prompts and without answers.

const TAG = "lo-shell";

/** Where a browser keeps its clipboard from a page, the text is selected and copied the old way. */
function copySelected(text) {
  const area = Object.assign(document.createElement("textarea"), { value: text });
  area.style.cssText = "position: fixed; opacity: 0";
  document.body.append(area);
  area.select();
  const done = document.execCommand("copy");
  area.remove();
  return done;
}

async function copy(text) {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    return copySelected(text);
  }
}

class LoShell extends HTMLElement {
  connectedCallback() {
    const button = this.querySelector("button");
    // A page that is still being read may not have come to the button yet.
    if (!button) document.addEventListener("DOMContentLoaded", () => this.connectedCallback(), { once: true });
    if (!button || this.button) return;
    this.button = button;
    button.hidden = false;
    button.addEventListener("click", () => this.copy());
  }

  async copy() {
    const done = await copy(this.dataset.copy);
    this.button.focus();
    this.querySelector("[role=status]").textContent = done
      ? "Copied. Paste into a shell; your own lo stays as it is."
      : "This browser does not let a page copy: select the commands instead.";
  }
}

if (!customElements.get(TAG)) customElements.define(TAG, LoShell);
