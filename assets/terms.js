/* A term's definition: on hover, on focus, and on the first tap; the second tap follows the link.
   Escape closes it, and it stays while the pointer is in it or the focus on its term. */
(() => {
  const terms = [...document.querySelectorAll("a.lo-term")];
  if (!terms.length) return;
  const box = document.createElement("div");
  box.className = "lo-definition";
  box.id = "lo-definition";
  box.setAttribute("role", "tooltip");
  box.hidden = true;
  document.body.append(box);
  let shown = null, leaving = 0, touched = false;

  const hide = () => {
    clearTimeout(leaving);
    shown?.removeAttribute("aria-describedby");
    shown = null;
    box.hidden = true;
  };
  const show = (term) => {
    hide();
    shown = term;
    box.textContent = term.dataset.definition;
    box.hidden = false;
    term.setAttribute("aria-describedby", box.id);
    const line = term.getClientRects()[0], room = document.documentElement.clientWidth;
    const left = Math.max(16, Math.min(line.left, room - box.offsetWidth - 16));
    const below = term.getBoundingClientRect().bottom;
    const fits = below + 6 + box.offsetHeight <= innerHeight;
    box.style.left = `${left + scrollX}px`;
    box.style.top = `${(fits ? below + 6 : line.top - 6 - box.offsetHeight) + scrollY}px`;
  };
  const leave = () => {
    clearTimeout(leaving);
    leaving = setTimeout(() => shown === document.activeElement || hide(), 200);
  };

  for (const term of terms) {
    term.addEventListener("pointerdown", (event) => { touched = event.pointerType === "touch" && shown !== term; });
    term.addEventListener("click", (event) => {
      if (touched) { event.preventDefault(); show(term); }
      touched = false;
    });
    term.addEventListener("pointerenter", (event) => event.pointerType !== "touch" && show(term));
    term.addEventListener("pointerleave", (event) => event.pointerType !== "touch" && leave());
    term.addEventListener("focus", () => touched || show(term));
    term.addEventListener("blur", hide);
  }
  box.addEventListener("pointerenter", () => clearTimeout(leaving));
  box.addEventListener("pointerleave", leave);
  addEventListener("keydown", (event) => event.key === "Escape" && hide());
  addEventListener("pointerdown", (event) => {
    if (shown && event.target !== box && !shown.contains(event.target)) hide();
  });
})();
