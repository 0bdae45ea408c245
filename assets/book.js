/* What follows the reader: the contents list, and the name of the section in the bar. */
(() => {
  // A notebook opens only where the book is served.
  if (location.protocol === "file:") document.querySelectorAll(".lo-served").forEach((each) => each.remove());
  const page = document.querySelector("#lo-page");
  const bar = document.querySelector(".bd-header-article");
  if (!page || !bar) return;
  const heads = [...page.querySelectorAll("section[id] > h2")];
  const named = bar.querySelector(".lo-at span");
  const own = named?.textContent;
  const words = (head) => head.firstChild === null ? "" : [...head.childNodes]
    .filter((part) => !part.classList?.contains("headerlink")).map((part) => part.textContent).join("");
  const contents = () => document.querySelector(".lo-contents");
  // What may stand where the contents list stands.
  const WIDE = ".margin, .tag_margin, .full-width, .full_width, .tag_full-width, .tag_full_width, .lo-wide, .cell";

  const follow = () => {
    bar.classList.toggle("scrolled", scrollY > 8);
    const low = bar.offsetHeight + 46;
    const end = innerHeight + scrollY >= document.documentElement.scrollHeight - 4;
    if (end && scrollY > 8) wasRead();
    const head = end && scrollY > 8 ? heads.at(-1)
      : heads.findLast((each) => each.getBoundingClientRect().top < low);
    if (named) named.textContent = head ? words(head) : own;
    const list = contents();
    if (!list) return;
    const hash = head ? `#${head.parentElement.id}` : "";
    for (const link of list.querySelectorAll("a")) {
      if (link.hash === hash && hash) link.setAttribute("aria-current", "true");
      else link.removeAttribute("aria-current");
    }
    if (list.closest("dialog")) return list.classList.remove("away");
    const room = list.getBoundingClientRect();
    list.classList.toggle("away", [...page.querySelectorAll(WIDE)].some((each) => {
      const box = each.getBoundingClientRect();
      return box.width && box.right > room.left && box.top < room.bottom + 8 && box.bottom > room.top - 8;
    }));
  };
  // That a page was read to its end is kept on this device, and shown where the book is.
  const KEY = (name) => `lo-read:${name}`;
  const wasRead = () => {
    try {
      localStorage.setItem(KEY(location.pathname.split("/").at(-1).replace(/\.html$/, "")), "1");
    } catch {
      // Where nothing may be kept, nothing is shown as read.
    }
  };
  const showRead = () => {
    for (const link of document.querySelectorAll("a[data-page]")) {
      let read = null;
      try {
        read = localStorage.getItem(KEY(link.dataset.page));
      } catch {
        // As above.
      }
      link.classList.toggle("read", read !== null);
    }
  };
  showRead();
  addEventListener("pageshow", showRead);

  let asked = 0;
  const soon = () => { asked ||= requestAnimationFrame(() => { asked = 0; follow(); }); };
  for (const event of ["scroll", "resize", "load"]) addEventListener(event, soon, { passive: true });
  document.addEventListener("toggle", soon, true);
  follow();

  // A drawer that led somewhere on this page closes.
  for (const drawer of document.querySelectorAll("dialog[id$=-sidebar-modal]"))
    drawer.addEventListener("click", (event) => { if (event.target.closest("a[href^='#']")) drawer.close(); });
})();
