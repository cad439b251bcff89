// Completion of the word before the cursor: Tab offers, a list shows what there is, Escape lets Tab leave the field.
import { fillList, make, setAttribute, setText } from "./dom.js";

/** Completion for a text field; `candidatesFor(line, cursor)` knows what the word could become. */
export class Completion {
  #input;
  #list;
  #candidatesFor;
  #candidates = [];
  #chosen = -1;
  #isTabFree = false;

  constructor(input, list, candidatesFor) {
    this.#input = input;
    this.#list = list;
    this.#candidatesFor = candidatesFor;
    input.addEventListener("input", () => {
      this.#isTabFree = false;
      this.close();
    });
    input.addEventListener("blur", () => this.close());
    list.addEventListener("mousedown", (event) => {
      event.preventDefault(); // the field keeps the focus
      const item = event.target.closest("li");
      if (item !== null) this.#take(this.#candidates[[...list.children].indexOf(item)]);
    });
  }

  get isOpen() {
    return !this.#list.hidden;
  }

  /** Handles a key of the field; says whether it was one of completion's. */
  handle(event) {
    if (event.key === "Escape" && this.isOpen) {
      this.close();
      this.#isTabFree = true;
      return true;
    }
    if (event.key === "Escape") this.#isTabFree = true;
    if (event.key === "Tab" && !event.shiftKey && !this.#isTabFree && this.#input.value.trim() !== "") {
      this.isOpen ? this.#move(1) : this.#offer();
      return this.isOpen || this.#candidates.length > 0;
    }
    if (!this.isOpen) return false;
    if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      this.#move(event.key === "ArrowDown" ? 1 : -1);
      return true;
    }
    if (event.key === "Enter" && this.#chosen >= 0) {
      this.#take(this.#candidates[this.#chosen]);
      return true;
    }
    return false;
  }

  close() {
    this.#list.hidden = true;
    this.#chosen = -1;
    setAttribute(this.#input, "aria-expanded", "false");
    setAttribute(this.#input, "aria-activedescendant", null);
  }

  #offer() {
    const cursor = this.#input.selectionStart ?? this.#input.value.length;
    this.#candidates = this.#candidatesFor(this.#input.value, cursor);
    if (this.#candidates.length === 1) return this.#take(this.#candidates[0]);
    if (this.#candidates.length === 0) return;
    this.#replaceWord(commonBeginning(this.#candidates));
    const create = () => make("li", { role: "option" });
    fillList(this.#list, this.#candidates, create, (item, candidate, index) => {
      setText(item, candidate);
      setAttribute(item, "id", `candidate-${index}`);
    });
    this.#list.hidden = false;
    setAttribute(this.#input, "aria-expanded", "true");
    this.#show();
  }

  #move(step) {
    const count = this.#candidates.length;
    this.#chosen = this.#chosen < 0 && step < 0 ? count - 1 : (this.#chosen + step + count) % count;
    this.#show();
  }

  #show() {
    [...this.#list.children].forEach((item, index) => setAttribute(item, "aria-selected", String(index === this.#chosen)));
    const item = this.#list.children[this.#chosen];
    setAttribute(this.#input, "aria-activedescendant", item?.id);
    if (item) this.#list.scrollTop = item.offsetTop - this.#list.clientHeight / 2;
  }

  #take(candidate) {
    this.#replaceWord(/[A-Za-z0-9\])]$/.test(candidate) ? `${candidate} ` : candidate);
    this.close();
  }

  #replaceWord(text) {
    const { value } = this.#input;
    const cursor = this.#input.selectionStart ?? value.length;
    const start = value.lastIndexOf(" ", cursor - 1) + 1;
    const rest = text.endsWith(" ") ? value.slice(cursor).trimStart() : value.slice(cursor);
    this.#input.value = value.slice(0, start) + text + rest;
    this.#input.setSelectionRange(start + text.length, start + text.length);
  }
}

function commonBeginning(words) {
  let beginning = words[0];
  for (const word of words) while (!word.startsWith(beginning)) beginning = beginning.slice(0, -1);
  return beginning;
}
