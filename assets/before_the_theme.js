/* Loaded before the theme's own scripts, which take two things for granted. */

/* That a page may store data. Where the reader has forbidden it, naming localStorage throws, and the
   search and the theme's button die of it. What is stored then holds until the page is left. */
(() => {
  const memory = () => {
    const items = new Map();
    return {
      get length() { return items.size; },
      key: (index) => [...items.keys()][index] ?? null,
      getItem: (name) => items.get(String(name)) ?? null,
      setItem: (name, value) => { items.set(String(name), String(value)); },
      removeItem: (name) => { items.delete(String(name)); },
      clear: () => items.clear(),
    };
  };
  for (const name of ["localStorage", "sessionStorage"]) {
    try {
      window[name].setItem("lo-probe", "");
      window[name].removeItem("lo-probe");
    } catch {
      Object.defineProperty(window, name, { configurable: true, value: memory() });
    }
  }
})();

/* That pages are looked at: it keeps its dark colours on white paper. */
(() => {
  const page = document.documentElement;
  let onScreen;
  addEventListener("beforeprint", () => {
    onScreen = page.dataset.theme;
    page.dataset.theme = "light";
  });
  addEventListener("afterprint", () => { page.dataset.theme = onScreen; });
})();
