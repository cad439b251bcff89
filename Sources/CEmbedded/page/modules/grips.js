// The edges in a picture that an option sets, such as those of the clip: each can be dragged, or moved by arrow keys.
import { setAttribute, setText } from "./dom.js";
import { centreOf, svgNamespace } from "./svg-text.js";

const half = 11; // of what the pointer can take hold of, in the picture's units
const reach = 9; // of a point, which can be pointed at where it lies by an edge
const handle = 15; // as high as that above the axis

function svgElement(name, attributes = {}) {
  const node = document.createElementNS(svgNamespace, name);
  for (const [key, value] of Object.entries(attributes)) setAttribute(node, key, value);
  return node;
}

/** What lies over a picture; `change(option, value)` hears of every movement. */
export class Grips {
  #layer = svgElement("svg", { class: "grips" });
  #change;
  /** The edges by what tells them apart: a number would be another edge's when one of them is no longer drawn. */
  #edges = new Map();
  #grips = new Map();
  /** The edge that is being dragged, as it was when it was taken, and where it was taken; null for none. */
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
    const all = (selector) => (drawing === null ? [] : [...drawing.querySelectorAll(selector)]);
    const lines = all("path[data-option]");
    const points = lines.length === 0 ? [] : all('[data-term]:not([data-term=""])').map(centreOf);
    this.#edges = edgesByKey(lines.map(edgeOf));
    if (drawing !== null) setAttribute(this.#layer, "viewBox", drawing.getAttribute("viewBox"));
    for (const [key, grip] of this.#grips) {
      if (this.#edges.has(key)) continue;
      grip.remove();
      this.#grips.delete(key);
    }
    for (const [key, edge] of this.#edges) {
      if (!this.#grips.has(key)) this.#add(key);
      updateGrip(this.#grips.get(key), edge, points);
    }
    if (this.#held !== null && !this.#edges.has(this.#held.key)) this.#release();
  }

  #add(key) {
    const grip = createGrip();
    this.#grips.set(key, grip);
    this.#layer.append(grip);
  }

  #keyOf(event) {
    const grip = event.target.closest(".grip");
    return [...this.#grips.keys()].find((key) => this.#grips.get(key) === grip);
  }

  /** Where a pointer is, in the picture's units. */
  #placeOf(event) {
    const matrix = this.#layer.getScreenCTM();
    return matrix === null ? null : new DOMPoint(event.clientX, event.clientY).matrixTransform(matrix.inverse()).x;
  }

  #take(event) {
    const key = this.#keyOf(event);
    const place = this.#placeOf(event);
    if (key === undefined || place === null || event.button !== 0) return;
    event.preventDefault();
    this.#held = { key, edge: this.#edges.get(key), place };
    this.#layer.setPointerCapture(event.pointerId);
    this.#grips.get(key).classList.add("is-held");
  }

  /** The edge goes with the pointer, in the scale of the drawing in which it was taken: a wider drawing for each movement would
   *  run away with a hand at its border. */
  #drag(event) {
    const place = this.#placeOf(event);
    if (this.#held === null || place === null) return;
    const { key, edge, place: from } = this.#held;
    this.#send(edge, edge.value + (place - from) / edge.unit, this.#edges.get(key).value);
  }

  #release() {
    this.#grips.get(this.#held?.key)?.classList.remove("is-held");
    this.#held = null;
  }

  #hear(event) {
    const edge = this.#edges.get(this.#keyOf(event));
    const steps = { ArrowLeft: -1, ArrowDown: -1, ArrowRight: 1, ArrowUp: 1, PageDown: -10, PageUp: 10 }[event.key];
    if (edge === undefined || steps === undefined || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    event.stopPropagation();
    // To the right is to the right, whichever way the option counts; up is more.
    const isSideways = event.key === "ArrowLeft" || event.key === "ArrowRight";
    this.#send(edge, edge.value + steps * edge.step * (isSideways ? Math.sign(edge.unit) : 1), edge.value);
  }

  /** Asks for a value that differs from the present one; an edge stays within the picture, where it can be taken again. */
  #send({ option, step, least, most }, value, now) {
    const [first, last] = [Math.ceil(least / step), Math.floor(most / step)];
    const rounded = Number((Math.min(last, Math.max(first, Math.round(value / step))) * step).toPrecision(10));
    if (rounded !== now) this.#change(option, String(rounded));
  }
}

/** Edges by their option, the side on which they are, and the panel. */
function edgesByKey(edges) {
  const found = new Map();
  for (const edge of edges) {
    const name = `${edge.option} ${edge.unit > 0}`;
    let panel = 0;
    while (found.has(`${name} ${panel}`)) panel += 1;
    found.set(`${name} ${panel}`, { ...edge, takesKeys: panel === 0 });
  }
  return found;
}

/** An edge of a drawing: which option it is, its value and those at the picture's sides, where it is, and how many units it moves
 *  when the value grows by 1. */
function edgeOf(line) {
  const [x, top, , bottom] = line.getAttribute("d").match(/-?\d+(\.\d+)?/g).map(Number);
  const { option, value, unit, least, most } = line.dataset;
  // As fine as the picture shows.
  const step = 10 ** Math.ceil(Math.log10(1 / Math.max(1e-9, Math.abs(Number(unit)))));
  const range = { least: Math.max(0, Number(least)), most: Number(most) };
  return { option, value: Number(value), unit: Number(unit), ...range, x, top, bottom, step };
}

function createGrip() {
  const grip = svgElement("g", { class: "grip", role: "slider", "aria-orientation": "horizontal" });
  grip.append(svgElement("path", { class: "grip-area" }), svgElement("rect", { class: "grip-handle", rx: 3 }), svgElement("title"));
  return grip;
}

/** The line from top to bottom, but for the points on it, and the handle whole. */
function areaOf({ x, top, bottom }, points) {
  const near = points.filter(([at]) => Math.abs(at - x) < half + reach).map(([, y]) => y);
  const parts = [];
  const add = (from, to) => from < to && parts.push(`M${x - half} ${from}h${2 * half}V${to}h${-2 * half}z`);
  let free = top;
  for (const y of near.sort((a, b) => a - b)) {
    add(free, Math.min(y - reach, bottom - handle));
    free = Math.max(free, y + reach);
  }
  add(Math.min(free, bottom - handle), bottom + 8);
  return parts.join("");
}

/** One grip for each edge takes the keyboard; the same edge in a second panel can be dragged as well. */
function updateGrip(grip, edge, points) {
  const { option, value, unit, least, most, x, bottom, takesKeys } = edge;
  const [area, knob, title] = grip.children;
  setAttribute(area, "d", areaOf(edge, points));
  // On the axis, like a slider's: there it hides no point.
  const box = { x: x - 4, y: bottom - handle, width: 8, height: handle + 7 };
  for (const [name, number] of Object.entries(box)) setAttribute(knob, name, number);
  setText(title, `Drag: ${option}`);
  setAttribute(grip, "data-option", option);
  setAttribute(grip, "tabindex", takesKeys ? 0 : null);
  setAttribute(grip, "aria-hidden", takesKeys ? null : "true");
  setAttribute(grip, "aria-label", `${option}, the ${unit > 0 ? "upper" : "lower"} edge`);
  setAttribute(grip, "aria-valuenow", value);
  setAttribute(grip, "aria-valuemin", least);
  setAttribute(grip, "aria-valuemax", most);
  setAttribute(grip, "aria-valuetext", `${option} ${value}`);
}
