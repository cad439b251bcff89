// The edges in a picture that an option sets, such as those of the clip: each can be dragged, or moved by arrow keys.
import { setAttribute, setText } from "./dom.js";
import { svgNamespace } from "./svg-text.js";

const half = 11; // of what the pointer can take hold of, in the picture's units

function svgElement(name, attributes = {}) {
  const node = document.createElementNS(svgNamespace, name);
  for (const [key, value] of Object.entries(attributes)) setAttribute(node, key, value);
  return node;
}

/** What lies over a picture; `change(option, value)` hears of every movement. */
export class Grips {
  #layer = svgElement("svg", { class: "grips" });
  #change;
  #edges = [];
  /** The number of the grip that is being dragged; null for none. */
  #held = null;

  constructor(change) {
    this.#change = change;
    this.#layer.addEventListener("pointerdown", (event) => this.#take(event));
    this.#layer.addEventListener("pointermove", (event) => this.#drag(event));
    for (const type of ["pointerup", "pointercancel"]) this.#layer.addEventListener(type, () => this.#release());
    this.#layer.addEventListener("keydown", (event) => this.#hear(event));
  }

  get element() {
    return this.#layer;
  }

  get isHeld() {
    return this.#held !== null;
  }

  /** Lays grips over the edges of a drawing; null takes all away. The same ones stay, so that a hand keeps its hold. */
  show(drawing) {
    const lines = drawing === null ? [] : [...drawing.querySelectorAll("path[data-option]")];
    this.#edges = lines.map(edgeOf);
    if (drawing !== null) setAttribute(this.#layer, "viewBox", drawing.getAttribute("viewBox"));
    while (this.#layer.children.length > this.#edges.length) this.#layer.lastElementChild.remove();
    while (this.#layer.children.length < this.#edges.length) this.#layer.append(createGrip());
    const seen = new Set();
    this.#edges.forEach((edge, index) => {
      const key = `${edge.option} ${edge.unit > 0}`;
      updateGrip(this.#layer.children[index], edge, !seen.has(key));
      seen.add(key);
    });
  }

  #indexOf(event) {
    return [...this.#layer.children].indexOf(event.target.closest(".grip"));
  }

  #take(event) {
    const index = this.#indexOf(event);
    if (index < 0 || event.button !== 0) return;
    event.preventDefault();
    this.#held = index;
    this.#layer.setPointerCapture(event.pointerId);
    this.#layer.children[index].classList.add("is-held");
  }

  /** The edge goes where the pointer is; each drawing has its own scale, so it is asked anew. */
  #drag(event) {
    const edge = this.#edges[this.#held];
    const matrix = this.#layer.getScreenCTM();
    if (edge === undefined || matrix === null) return;
    const { x } = new DOMPoint(event.clientX, event.clientY).matrixTransform(matrix.inverse());
    this.#send(edge, edge.value + (x - edge.x) / edge.unit);
  }

  #release() {
    this.#layer.children[this.#held]?.classList.remove("is-held");
    this.#held = null;
  }

  #hear(event) {
    const edge = this.#edges[this.#indexOf(event)];
    const steps = { ArrowLeft: -1, ArrowDown: -1, ArrowRight: 1, ArrowUp: 1, PageDown: -10, PageUp: 10 }[event.key];
    if (edge === undefined || steps === undefined || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    event.stopPropagation();
    // To the right is to the right, whichever way the option counts; up is more.
    const isSideways = event.key === "ArrowLeft" || event.key === "ArrowRight";
    this.#send(edge, edge.value + steps * edge.step * (isSideways ? Math.sign(edge.unit) : 1));
  }

  #send(edge, value) {
    const rounded = Number((Math.round(Math.max(0, value) / edge.step) * edge.step).toPrecision(10));
    if (rounded !== edge.value) this.#change(edge.option, String(rounded));
  }
}

/** An edge of a drawing: which option it is, its value, where it is, and how many units it moves when the value grows by 1. */
function edgeOf(line) {
  const [x, top, , bottom] = line.getAttribute("d").match(/-?\d+(\.\d+)?/g).map(Number);
  const { option, value, unit } = line.dataset;
  // As fine as the picture shows.
  const step = 10 ** Math.ceil(Math.log10(1 / Math.max(1e-9, Math.abs(Number(unit)))));
  return { option, value: Number(value), unit: Number(unit), x, top, bottom, step };
}

function createGrip() {
  const grip = svgElement("g", { class: "grip", role: "slider", "aria-orientation": "horizontal" });
  grip.append(svgElement("rect", { class: "grip-area" }), svgElement("rect", { class: "grip-handle", rx: 3 }), svgElement("title"));
  return grip;
}

/** One grip for each edge takes the keyboard; the same edge in a second panel can be dragged as well. */
function updateGrip(grip, { option, value, unit, x, top, bottom }, takesKeys) {
  const [area, handle, title] = grip.children;
  const place = (node, attributes) => Object.entries(attributes).forEach(([name, number]) => setAttribute(node, name, number));
  place(area, { x: x - half, y: top, width: 2 * half, height: Math.max(0, bottom - top + 8) });
  // On the axis, like a slider's: there it hides no point.
  place(handle, { x: x - 4, y: bottom - 15, width: 8, height: 22 });
  setText(title, `Drag: ${option}`);
  setAttribute(grip, "data-option", option);
  setAttribute(grip, "tabindex", takesKeys ? 0 : null);
  setAttribute(grip, "aria-hidden", takesKeys ? null : "true");
  setAttribute(grip, "aria-label", `${option}, the ${unit > 0 ? "upper" : "lower"} edge`);
  setAttribute(grip, "aria-valuenow", value);
  setAttribute(grip, "aria-valuemin", 0);
  setAttribute(grip, "aria-valuetext", `${option} ${value}`);
}
