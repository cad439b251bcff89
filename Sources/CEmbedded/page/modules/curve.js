// A curve over the steps of a run: what each step measured, what held-out data say, and where an option was changed.
import { make, setText } from "./dom.js";

const width = 380;
const height = 170;
const frame = { left: 62, right: 118, top: 14, bottom: 28 };

/** A number with so many significant digits, and no zeros at its end. */
const brief = (value, digits) => String(Number(value.toPrecision(digits))).replace("-", "−");

/** An element of a drawing. */
function draw(name, attributes = {}) {
  const node = document.createElementNS("http://www.w3.org/2000/svg", name);
  for (const [key, value] of Object.entries(attributes)) node.setAttribute(key, value);
  return node;
}

/** The curve of one metric; `choose(step)` hears which step was clicked. */
export class Curve {
  #name;
  #steps = [];
  #heldOut = [];
  #marks = [];
  #total;
  #parts = {};

  constructor(name, total, choose) {
    this.#name = name;
    this.#total = total;
    const svg = draw("svg", { viewBox: `0 0 ${width} ${height}`, class: "curve-chart", role: "img" });
    for (const [part, element] of Object.entries({
      grid: "path", marks: "path", steps: "path", heldOut: "path", dots: "path", most: "text", least: "text", last: "text",
      now: "text", nowHeldOut: "text",
    })) {
      this.#parts[part] = draw(element, { class: `curve-${part}` });
      svg.append(this.#parts[part]);
    }
    svg.addEventListener("click", (event) => choose(this.#stepAt(event.clientX, svg.getBoundingClientRect())));
    this.#parts.svg = svg;
    this.node = make("figure", { class: "curve-figure" }, make("figcaption", {}, name), svg);
  }

  add(step, value) {
    if (Number.isFinite(value)) this.#steps.push([step, value]);
  }

  addHeldOut(step, value) {
    if (Number.isFinite(value)) this.#heldOut.push([step, value]);
  }

  mark(step) {
    this.#marks.push(step);
  }

  show() {
    const { svg, grid, marks, steps, heldOut, dots, most, least, last, now, nowHeldOut } = this.#parts;
    const values = [...this.#steps, ...this.#heldOut].map(([, value]) => value);
    const isShare = values.every((value) => value >= 0 && value <= 1);
    const low = isShare ? 0 : Math.min(...values);
    const high = isShare ? 1 : Math.max(...values, low + 1e-9);
    const x = (step) => frame.left + (step / Math.max(1, this.#total)) * (width - frame.left - frame.right);
    const y = (value) => frame.top + ((high - value) / (high - low)) * (height - frame.top - frame.bottom);
    const line = (points) => points.map(([step, value], i) => `${i ? "L" : "M"}${x(step).toFixed(1)} ${y(value).toFixed(1)}`).join("");
    const [bottom, end] = [height - frame.bottom, width - frame.right];
    grid.setAttribute("d", `M${frame.left} ${frame.top}H${end}M${frame.left} ${bottom}H${end}`);
    marks.setAttribute("d", this.#marks.map((step) => `M${x(step)} ${frame.top}V${bottom}`).join(""));
    steps.setAttribute("d", line(this.#steps));
    heldOut.setAttribute("d", line(this.#heldOut));
    dots.setAttribute("d", this.#heldOut.map(([step, value]) => `M${x(step) - 3.5} ${y(value)}a3.5 3.5 0 1 0 7 0a3.5 3.5 0 1 0 -7 0`).join(""));
    this.#write(most, values.length === 0 ? "" : brief(high, 2), frame.left - 6, frame.top + 4, "end");
    this.#write(least, values.length === 0 ? "" : brief(low, 2), frame.left - 6, bottom + 4, "end");
    this.#write(last, `step ${this.#total}`, end, height - 6, "end");
    const ends = [this.#steps.at(-1), this.#heldOut.at(-1)];
    const places = ends.map((point) => (point ? y(point[1]) + 4 : 0));
    // Two labels at one height would be unreadable, and so would one on the axis.
    if (ends[0] && ends[1] && Math.abs(places[0] - places[1]) < 15) {
      const isAbove = places[1] < places[0] || places[0] + 15 > bottom;
      places[1] = places[0] + (isAbove ? -15 : 15);
    }
    const label = (point, text) => (point ? `${brief(point[1], 3)}${text}` : "");
    this.#write(now, label(ends[0], ""), ends[0] ? x(ends[0][0]) + 5 : 0, places[0], "start");
    this.#write(nowHeldOut, label(ends[1], " held out"), ends[1] ? Math.min(x(ends[1][0]) + 7, end + 2) : 0, places[1], "start");
    svg.setAttribute("aria-label", `${this.#name} by step: ${label(ends[0], " now") || "no step yet"}${ends[1] ? `, ${label(ends[1], " held out")}` : ""}`);
  }

  #write(node, text, x, y, anchor) {
    node.setAttribute("x", x);
    node.setAttribute("y", y);
    node.setAttribute("text-anchor", anchor);
    setText(node, text);
  }

  #stepAt(clientX, box) {
    const place = ((clientX - box.left) / box.width) * width - frame.left;
    return Math.round((place / (width - frame.left - frame.right)) * this.#total);
  }
}
