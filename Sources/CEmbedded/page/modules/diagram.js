// A pane's diagram: a drawing laid out in advance, whose values, marks and weights follow the position.
import { scrollWithin, setAttribute, setKind, setText } from "./dom.js";
import { copyPicture } from "./svg-text.js";
import { markSign } from "./text.js";

const smallestScale = 0.8; // below it a term's name is hard to read
const largestScale = 1.5;
const withoutDrawing =
  "The page has no drawing for this, and no engine to lay one out. " +
  "gradus web writes a page with drawings for what you have here.";

/** The diagram of a pane; `choose(text)` hears of the term whose node was clicked. */
export class DiagramView {
  #drawings;
  #pane;
  #box;
  #title;
  #note;
  #zoom;
  #drawing = null;
  #chosen = null;
  #isFull = false;
  #room = null;

  constructor(root, pane, drawings, choose) {
    this.#drawings = drawings;
    this.#pane = pane;
    const panel = root.querySelector(".diagram-panel");
    this.#box = panel.querySelector(".diagram");
    this.#title = panel.querySelector(".diagram-title");
    this.#note = panel.querySelector(".diagram-note");
    this.#zoom = panel.querySelector(".diagram-zoom");
    this.#zoom.addEventListener("click", () => {
      this.#isFull = !this.#isFull;
      setAttribute(this.#zoom, "aria-pressed", String(this.#isFull));
      this.#fit();
      this.#reveal();
    });
    const copy = panel.querySelector(".copy-svg");
    copy.addEventListener("click", () => this.#drawing && copyPicture(copy, this.#drawing.element));
    this.#box.addEventListener("click", (event) => {
      const node = event.target.closest(".node");
      const term = this.#drawing?.nodes.get(node?.getAttribute("data-node"))?.term;
      if (term) choose(term);
    });
    new ResizeObserver(() => {
      this.#measure();
      this.#fit();
    }).observe(this.#box);
  }

  show(view) {
    const { diagram } = view;
    // Headline and purpose of the stage stand above already; what follows says which sequence is drawn.
    const [headline = "Diagram", , ...subject] = diagram?.title ?? [];
    setText(this.#title, `Diagram: ${headline}`);
    setAttribute(this.#box, "aria-label", `Diagram: ${[headline, ...subject].join(", ")}`);
    setAttribute(this.#box, "title", null);
    const key = diagram ? this.#drawings.keyFor(diagram, this.#pane) : null;
    if (key === null) {
      this.#drawing = null;
      this.#box.replaceChildren();
      setText(this.#note, diagram ? withoutDrawing : "There is nothing to draw for this beat.");
      return;
    }
    if (this.#drawing?.key !== key) this.#place(diagram);
    if (this.#drawing === null) return;
    this.#fill(diagram);
    setText(this.#note, subject.join(" · "));
    this.highlight(this.#chosen);
    this.#reveal();
  }

  /** Shows on the drawing what the chosen term comes from and feeds. */
  highlight(term) {
    this.#chosen = term;
    if (this.#drawing === null) return;
    const among = (list, text) => list.some((each) => each.text === text);
    const relationOf = (text) => {
      if (!term || !text) return null;
      if (text === term.text) return "chosen";
      return among(term.from, text) ? "from" : among(term.feeds, text) ? "feeds" : null;
    };
    const relations = new Map();
    for (const [id, node] of this.#drawing.nodes) {
      relations.set(id, relationOf(node.term));
      setKind(node.group, "is", relations.get(id));
    }
    for (const [id, edge] of this.#drawing.edges) {
      const path = id.split("-").map((end) => relations.get(end)).join(" ");
      edge.classList.toggle("is-path", path === "from chosen" || path === "chosen feeds");
    }
  }

  #place(diagram) {
    const found = this.#drawings.drawing(diagram);
    this.#drawing = found === null ? null : prepared(found);
    this.#box.replaceChildren(...(found === null ? [] : [found.element]));
    if (found === null) return setText(this.#note, "The drawing of this stage is damaged.");
    this.#fit();
  }

  #fill(diagram) {
    const values = new Map(diagram.nodes.map((node) => [node.id, node]));
    for (const [id, node] of this.#drawing.nodes) {
      const now = values.get(id);
      node.term = now?.term ?? null;
      if (now === undefined) continue;
      setKind(node.group, "weight", now.weight);
      setKind(node.group, "mark", now.was ? "changed" : now.mark);
      if (node.name) setText(node.name, now.name);
      if (node.value) setText(node.value, valueText(now));
      if (node.title) setText(node.title, [now.term ?? now.name, now.was ? `was ${now.was}` : ""].filter(Boolean).join(", "));
    }
    for (const edge of diagram.edges ?? []) {
      const group = this.#drawing.edges.get(edge.id);
      if (group) setKind(group, "style", edge.style);
    }
  }

  /** Fits the drawing into its box, as long as it stays readable; else the box scrolls. */
  #fit() {
    if (this.#drawing === null) return;
    const { element, width, height } = this.#drawing;
    const room = this.#room ?? this.#measure();
    if (room.width <= 0) return;
    const { unit } = room;
    const fitting = Math.min(room.width / width, room.height / height, largestScale * unit);
    const scale = this.#isFull ? 1.3 * unit : Math.max(fitting, smallestScale * unit);
    setAttribute(element, "width", Math.floor(width * scale));
    setAttribute(element, "height", Math.floor(height * scale));
  }

  /** How much room there is, and how large text is meant to be: asked once, for the answer costs a layout. */
  #measure() {
    const unit = Number.parseFloat(getComputedStyle(document.documentElement).fontSize) / 16;
    this.#room = { width: this.#box.clientWidth - 16, height: this.#box.clientHeight - 16, unit };
    return this.#room;
  }

  /** Scrolls a drawing that is larger than its box to the current terms. */
  #reveal() {
    const box = this.#box;
    const current = box.querySelector(".weight-root");
    if (current !== null) scrollWithin(box, current);
  }
}

/** A node's value with the signs that belong to it. */
function valueText(node) {
  const number = node.value.replace(/^-/, "−");
  const signs = [markSign(node.mark), node.was ? "◆" : ""].filter((sign) => sign !== "" && !node.value.includes(sign));
  return [number, ...signs].join(" ");
}

/** Takes ids and captions out of a drawing and remembers its nodes and edges; two panes may show the same one. */
export function prepared({ key, element }) {
  const [, , width, height] = (element.getAttribute("viewBox") ?? "0 0 600 300").split(/[ ,]+/).map(Number);
  const nodes = new Map();
  const edges = new Map();
  for (const group of element.querySelectorAll("g.node, g.edge, g.cluster")) {
    const title = group.querySelector(":scope > title");
    const id = title?.textContent ?? "";
    title?.remove();
    if (group.classList.contains("node")) nodes.set(group.id || id, preparedNode(group, group.id || id));
    else if (group.classList.contains("edge")) for (const name of [id, group.id]) if (name) edges.set(name, group);
  }
  const frames = [...element.querySelectorAll("g.cluster > text")];
  for (const stray of element.querySelectorAll(":scope > g > title, :scope > g > text, :scope > g > polygon")) stray.remove();
  // Over the arrows, which would strike the frames' names out.
  for (const name of frames) {
    name.classList.add("frame-name");
    element.querySelector(":scope > g").append(name);
  }
  for (const each of [element, ...element.querySelectorAll("[id]")]) each.removeAttribute("id");
  setAttribute(element, "role", "img");
  setAttribute(element, "class", "drawing");
  return { key, element, width, height, nodes, edges };
}

function preparedNode(group, id) {
  setAttribute(group, "data-node", id);
  const texts = [...group.querySelectorAll("text")];
  const middle = middleOf(group.querySelector("path, polygon, ellipse")) ?? middleOfText(texts[0]);
  // The browser's font is not the one of the layout, and a value has its own length: both are centred anew.
  for (const text of middle === null ? [] : texts) {
    setAttribute(text, "x", middle);
    setAttribute(text, "text-anchor", "middle");
  }
  texts[0]?.classList.add("node-name");
  texts[1]?.classList.add("node-value");
  for (const text of texts.slice(2)) text.classList.add("node-remark");
  const title = group.querySelector("title");
  return { group, name: texts[0] ?? null, value: texts[1] ?? null, title, term: null };
}

/** The middle of a shape, from left to right. */
function middleOf(shape) {
  if (shape === null) return null;
  if (shape.localName === "ellipse") return Number(shape.getAttribute("cx"));
  // `gradus web` writes a rounded box by its measures: M left,… v… q0,radius … h width …
  const box = /^M(-?[\d.]+),[^q]*q0,([\d.]+) [^h]*h([\d.]+)/.exec(shape.getAttribute("d") ?? "");
  if (box !== null) return Number(box[1]) + Number(box[2]) + Number(box[3]) / 2;
  const numbers = (shape.getAttribute("d") ?? shape.getAttribute("points") ?? "").match(/-?\d+(\.\d+)?/g)?.map(Number) ?? [];
  const across = numbers.filter((_, index) => index % 2 === 0);
  return across.length === 0 ? null : (Math.min(...across) + Math.max(...across)) / 2;
}

const ruler = document.createElement("canvas").getContext("2d");

/** The middle of a text of the layout, which began where it is and was set in Helvetica: what a heading has for a shape. */
function middleOfText(text) {
  if (text === undefined || ruler === null) return null;
  if (text.getAttribute("text-anchor") === "middle") return Number(text.getAttribute("x"));
  const weight = text.getAttribute("font-weight") ?? "normal";
  const size = Number.parseFloat(text.getAttribute("font-size") ?? "10");
  ruler.font = `${weight} ${size}px Helvetica, Arial, "Liberation Sans", sans-serif`;
  return Number(text.getAttribute("x")) + ruler.measureText(text.textContent).width / 2;
}
