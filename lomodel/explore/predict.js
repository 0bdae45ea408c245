// Predictions: the reader's guess first, then what the model says, what a kernel said, and why.
// The element is complete as predict_html.py writes it; here it is read, checked and kept.

const TAG = "lo-predict";

/** What Python has sealed: JSON in base64. It is no secret, only not to be met by accident. */
function unseal(text) {
  const bytes = Uint8Array.from(atob(text), (character) => character.charCodeAt(0));
  return JSON.parse(new TextDecoder().decode(bytes));
}

/** The reader's own device, where it lets a page keep anything. */
const kept = {
  read(key) {
    try {
      return localStorage.getItem(key);
    } catch {
      return null;
    }
  },
  write(key, value) {
    try {
      if (value === null) localStorage.removeItem(key);
      else localStorage.setItem(key, value);
    } catch {
      // The answer is shown all the same.
    }
  },
};

// A kind reads what stands in the form, as { guess } or { message } or neither; puts a guess there,
// null for none; and says a guess in words, as nodes.

const GROUPED = /^\d+$|^\d{1,3}([ ,\u00a0\u2009\u202f]\d{3})+$/;

const number = {
  read(form) {
    const { value, dataset } = form.elements.guess;
    const text = value.trim();
    if (text === "") return {};
    const found = GROUPED.test(text) ? Number(text.replace(/\D/g, "")) : NaN;
    if (found >= Number(dataset.low) && found <= Number(dataset.high)) return { guess: String(found) };
    return { message: `Expected a whole number from ${dataset.low} to ${dataset.high}, not “${text}”.` };
  },
  put(form, guess) {
    form.elements.guess.value = guess ?? "";
  },
  words: (form, guess) => [guess],
};

const choice = {
  read: (form) => (form.elements.guess.value ? { guess: form.elements.guess.value } : {}),
  put(form, guess) {
    for (const radio of form.elements.guess) radio.checked = radio.value === guess;
  },
  words(form, guess) {
    const radio = [...form.elements.guess].find((each) => each.value === guess);
    return [...radio.nextElementSibling.cloneNode(true).childNodes];
  },
};

const order = {
  rows: (form) => [...form.querySelectorAll("[data-letter]")],
  letters: (form) => order.rows(form).map((row) => row.dataset.letter),
  /** What is typed counts as a guess, what stands there does not. */
  read(form) {
    if (!("touched" in form.dataset)) return {};
    const text = form.elements.guess.value;
    const typed = text.toUpperCase().split(",").map((part) => part.trim());
    const given = order.letters(form).sort();
    if (String([...typed].sort()) === String(given)) return { guess: String(typed) };
    return { message: `Expected ${given.join(", ")} in some order, with commas, not “${text}”.` };
  },
  put(form, guess) {
    const list = form.querySelector(".lo-rows");
    const rows = Object.fromEntries(order.rows(form).map((row) => [row.dataset.letter, row]));
    const given = Object.keys(rows).sort();
    const wanted = guess === null ? given : guess.split(",");
    if (String([...wanted].sort()) !== String(given)) return;
    const moved = String(wanted) !== String(order.letters(form));
    if (moved) list.append(...wanted.map((letter) => rows[letter]));
    if (guess === null) delete form.dataset.touched;
    else form.dataset.touched = "";
    if (guess === null || moved) form.elements.guess.value = wanted.join(",");
    for (const row of list.children)
      for (const button of row.querySelectorAll("[data-move]")) {
        const stuck = !order.neighbour(row, button);
        button.setAttribute("aria-disabled", String(stuck));
      }
  },
  neighbour: (row, button) =>
    button.dataset.move === "1" ? row.nextElementSibling : row.previousElementSibling,
  /** One row moves by one place; where it went is said. */
  move(form, button) {
    const row = button.closest("[data-letter]");
    const other = order.neighbour(row, button);
    if (!other) return "";
    const letters = order.letters(form);
    const at = letters.indexOf(row.dataset.letter);
    const to = letters.indexOf(other.dataset.letter);
    [letters[at], letters[to]] = [letters[to], letters[at]];
    order.put(form, String(letters));
    button.focus(); // moving a row takes the focus from it
    return `${row.dataset.letter} is now ${to + 1} of ${letters.length}.`;
  },
  words: (form, guess) => [guess.split(",").join(", ")],
  list(form, guess) {
    const list = document.createElement("ol");
    const rows = Object.fromEntries(order.rows(form).map((row) => [row.dataset.letter, row]));
    for (const letter of guess.split(",")) {
      const item = document.createElement("li");
      item.append(...rows[letter].querySelector("span").cloneNode(true).childNodes);
      list.append(item);
    }
    return list;
  },
};

const KINDS = { number, choice, order };

class LoPredict extends HTMLElement {
  connectedCallback() {
    const form = this.querySelector("form");
    if (!form || this.form) return;
    this.form = form;
    this.kind = KINDS[this.getAttribute("kind")];
    this.key = `lo-predict ${this.getAttribute("page")} ${this.getAttribute("name")}`;
    this.bind();
    this.kind.put(form, null);
    this.takeBack();
    this.toggleAttribute("ready", true);
  }

  bind() {
    this.form.addEventListener("input", () => {
      this.form.dataset.touched = "";
      this.look();
    });
    this.form.addEventListener("submit", (event) => {
      event.preventDefault();
      this.check();
    });
    this.form.addEventListener("click", (event) => {
      const button = event.target.closest("[data-move]");
      if (button) this.look(order.move(this.form, button));
    });
    this.querySelector(".lo-again").addEventListener("click", () => this.again());
  }

  /** A guess of an earlier visit; one that the question has no longer a place for is forgotten. */
  takeBack() {
    const guess = kept.read(this.key);
    if (guess === null) return;
    this.kind.put(this.form, guess);
    if (this.kind.read(this.form).guess === guess) this.reveal(guess);
    else this.forget();
  }

  /** The form has changed: is there a guess, or what is wrong with it? `said` if neither. */
  look(said = "") {
    const { guess, message } = this.kind.read(this.form);
    if (guess && this.kind === order) order.put(this.form, guess);
    this.querySelector(".lo-bar button").disabled = guess === undefined;
    this.querySelector(".lo-message").textContent = message ?? said;
    const text = this.form.querySelector("input[type='text']");
    text?.setAttribute("aria-invalid", String(message !== undefined));
  }

  check() {
    const { guess } = this.kind.read(this.form);
    if (guess === undefined) return;
    kept.write(this.key, guess);
    this.reveal(guess);
    this.querySelector(".lo-result").focus();
  }

  reveal(guess) {
    const { model, kernel, missing, why, steps } = unseal(this.getAttribute("sealed"));
    const button = this.querySelector("lo-ask");
    if (button) button.steps = () => steps;
    const [own, ours, theirs] = this.querySelectorAll("dd");
    const right = guess === model;
    this.tell(own, guess);
    own.parentNode.classList.toggle("lo-wrong", !right);
    this.tell(ours, model);
    if (kernel !== null) this.tell(theirs, kernel);
    else theirs.firstElementChild.innerHTML = missing;
    theirs.parentNode.classList.toggle("lo-missing", kernel === null);
    this.querySelector(".lo-verdict").textContent = right ? "as you said" : "not as you said";
    this.querySelector(".lo-why").innerHTML = why;
    this.toggleAttribute("right", right);
    this.finish(true);
  }

  /** One answer, in its place. */
  tell(place, guess) {
    place.firstElementChild.replaceChildren(...this.kind.words(this.form, guess));
    const unit = place.querySelector(".lo-unit");
    unit.textContent = guess === "1" ? unit.dataset.unit.replace(/s$/, "") : unit.dataset.unit;
    if (this.kind.list) place.append(this.kind.list(this.form, guess));
  }

  finish(done) {
    this.toggleAttribute("done", done);
    this.querySelector(".lo-result > div").hidden = !done;
  }

  /** As if there had been no guess. */
  forget() {
    kept.write(this.key, null);
    this.querySelectorAll("dd ol").forEach((list) => list.remove());
    for (const place of this.querySelectorAll("dd > :first-child, .lo-verdict, .lo-why"))
      place.replaceChildren();
    this.querySelector("lo-ask")?.clear?.();
    this.kind.put(this.form, null);
    this.toggleAttribute("right", false);
    this.finish(false);
    this.look();
  }

  again() {
    this.forget();
    this.form.querySelector("[data-move]:not([aria-disabled='true']), [name='guess']").focus();
  }
}

if (!customElements.get(TAG)) customElements.define(TAG, LoPredict);
