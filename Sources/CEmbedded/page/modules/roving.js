// A grid with one tab stop: arrow keys go on from there, and a click leaves them to stepping.
import { setAttribute } from "./dom.js";

/** Focus within a grid; `nodeAt(row, column)` gives a node or null, `look(row, column)` hears where the reader is. */
export class RovingFocus {
  #box;
  #selector;
  #nodeAt;
  #look;
  #place = [0, 0];

  /** The nodes that match `selector` have `data-row` and `data-column`. */
  constructor(box, selector, nodeAt, look) {
    this.#box = box;
    this.#selector = selector;
    this.#nodeAt = nodeAt;
    this.#look = look;
    for (const type of ["focusin", "click", "pointerover"]) box.addEventListener(type, (event) => this.#visit(event));
    // The pointer looks, but takes no focus: otherwise the arrow keys would stop stepping after a click.
    box.addEventListener("mousedown", (event) => event.target.closest(selector) && event.preventDefault());
    box.addEventListener("keydown", (event) => this.#move(event));
  }

  get place() {
    return this.#place;
  }

  /** Makes a place the tab stop. */
  goTo(place) {
    for (const node of this.#box.querySelectorAll(`${this.#selector}[tabindex="0"]`)) setAttribute(node, "tabindex", -1);
    this.#place = place;
    const node = this.#nodeAt(...place);
    if (node) setAttribute(node, "tabindex", 0);
  }

  #visit(event) {
    const node = event.target.closest(this.#selector);
    if (node === null || (event.type === "pointerover" && event.pointerType !== "mouse")) return;
    this.goTo([Number(node.dataset.row), Number(node.dataset.column)]);
    this.#look(...this.#place, event.type);
  }

  #move(event) {
    const step = { ArrowLeft: [0, -1], ArrowRight: [0, 1], ArrowUp: [-1, 0], ArrowDown: [1, 0] }[event.key];
    if (step === undefined || event.shiftKey || event.target.closest(this.#selector) === null) return;
    event.preventDefault();
    event.stopPropagation();
    const row = this.#place[0] + step[0];
    for (let column = this.#place[1] + step[1]; column >= 0; column -= 1) {
      const node = this.#nodeAt(row, column);
      if (node) return node.focus();
      if (step[0] === 0) return; // at the end of its row; a shorter row above or below ends earlier
    }
  }
}
