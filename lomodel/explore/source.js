// Panels of source. In Jupyter the C comes as a message while somebody looks; in a built page it is
// there already. A link to a symbol leads to its panel where the page has one, and opens it.

const TAG = "lo-source";

/** A listing that scrolls can be reached by the keyboard; another one is no stop. */
const listings = new ResizeObserver((entries) => {
  for (const { target } of entries)
    if (target.scrollWidth > target.clientWidth) target.tabIndex = 0;
    else target.removeAttribute("tabindex");
});

class LoSource extends HTMLElement {
  connectedCallback() {
    for (const listing of this.querySelectorAll("pre")) listings.observe(listing);
  }

  connect(model) {
    const show = (message) => { if (message.source) this.show(message.source); };
    model.on("msg:custom", show);
    model.send({ source: "read" });
    return () => model.off("msg:custom", show);
  }

  /** New panels for the old; what the reader has opened stays open. */
  show(html) {
    const opened = (panel) => panel.querySelector("details")?.open;
    const before = [...this.children].map(opened);
    this.innerHTML = html;
    [...this.children].forEach((panel, at) => {
      const fold = panel.querySelector("details");
      if (fold && before[at]) fold.open = true;
    });
    this.connectedCallback();
  }
}

/** The panel with this id, its fold open; undefined if there is none. */
function open(id) {
  const panel = id.startsWith("source-") && document.getElementById(id);
  if (!panel) return undefined;
  for (const fold of panel.querySelectorAll("details")) fold.open = true;
  return panel;
}

function follow(event) {
  const link = event.target.closest?.("a[data-source]");
  const panel = link && open(`source-${link.dataset.source}`);
  if (!panel || link.getAttribute("href").startsWith("#")) return;
  event.preventDefault();
  panel.scrollIntoView();
  panel.querySelector("summary, pre")?.focus({ preventScroll: true });
}

if (!customElements.get(TAG)) {
  customElements.define(TAG, LoSource);
  const arrive = () => open(decodeURIComponent(location.hash.slice(1)))?.scrollIntoView();
  document.addEventListener("click", follow);
  addEventListener("hashchange", arrive);
  if (location.hash) arrive();
}
