// A pane's diagram: a drawing laid out in advance, whose values, marks and weights follow the position.
import { setAttribute, setKind, setText } from "./dom.js";
import { markSign } from "./text.js";

const smallestScale = 0.82; // below it a term's name is hard to read
const largestScale = 1.5;

/** The diagram of a pane; `choose(text)` hears of a node that was clicked. */
export class DiagramView {
  #drawings;
  #box;
  #title;
  #note;
  #zoom;
  #drawing = null;
  #chosen = null;
  #isFull = false;

  constructor(root, drawings, choose) {
    this.#drawings = drawings;
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
    this.#box.addEventListener("click", (event) => {
      const node = event.target.closest(".node");
      if (node !== null) choose(node.getAttribute("data-node"));
    });
    new ResizeObserver(() => this.#fit()).observe(this.#box);
  }

  show(view) {
    const { diagram } = view;
    setText(this.#title, diagram?.title || "Diagram");
    setAttribute(this.#box, "aria-label", diagram ? `Diagram: ${diagram.title}` : "Diagram");
    const key = diagram ? this.#drawings.keyFor(diagram) : null;
    if (key === null) {
      this.#drawing = null;
      this.#box.replaceChildren();
      setText(this.#note, diagram ? "There is no drawing of this stage in the page." : "There is nothing to draw for this beat.");
      return;
    }
    if (this.#drawing?.key !== key) this.#place(diagram);
    if (this.#drawing === null) return;
    this.#fill(diagram, key === diagram.shape);
    setText(this.#note, key === diagram.shape ? diagram.legend ?? "" : "This change altered the structure: the drawing is the original's; what has no number now is pale.");
    this.highlight(this.#chosen);
    this.#reveal();
  }

  /** Shows on the drawing what the chosen term comes from and feeds. */
  highlight(term) {
    this.#chosen = term;
    if (this.#drawing === null) return;
    const relationOf = (id) => (term === null ? null : isNodeOf(id, term.text) ? "chosen" : term.from.some((each) => isNodeOf(id, each.text)) ? "from" : term.feeds.some((each) => isNodeOf(id, each.text)) ? "feeds" : null);
    const relations = new Map();
    for (const [id, node] of this.#drawing.nodes) {
      relations.set(id, relationOf(id));
      setKind(node.group, "is", relations.get(id));
    }
    for (const [id, edge] of this.#drawing.edges) {
      const [from, to] = id.split("->");
      const isPath = (relations.get(from) === "from" && relations.get(to) === "chosen") || (relations.get(from) === "chosen" && relations.get(to) === "feeds");
      edge.classList.toggle("is-path", isPath);
    }
  }

  #place(diagram) {
    const found = this.#drawings.drawing(diagram);
    this.#drawing = found === null ? null : prepared(found);
    this.#box.replaceChildren(...(found === null ? [] : [found.element]));
    if (found === null) return setText(this.#note, "The drawing of this stage is damaged.");
    this.#fit();
  }

  #fill(diagram, isExact) {
    const values = new Map(diagram.nodes.map((node) => [node.id, node]));
    for (const [id, node] of this.#drawing.nodes) {
      const now = values.get(id);
      node.group.classList.toggle("is-missing", now === undefined && !isExact);
      if (now === undefined) continue;
      setKind(node.group, "weight", now.weight);
      setKind(node.group, "mark", now.was ? "changed" : now.mark);
      const sign = now.was ? "◆" : markSign(now.mark);
      if (node.value) setText(node.value, sign !== "" && !now.value.endsWith(sign) ? `${now.value} ${sign}` : now.value);
      if (node.title) setText(node.title, now.was ? `${node.tooltip}; was ${now.was}` : node.tooltip);
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
    const room = { width: this.#box.clientWidth - 16, height: this.#box.clientHeight - 16 };
    if (room.width <= 0) return;
    const unit = Number.parseFloat(getComputedStyle(document.documentElement).fontSize) / 16; // larger text, larger drawing
    const fitting = Math.min(room.width / width, room.height / height, largestScale * unit);
    const scale = this.#isFull ? 1.3 * unit : Math.max(fitting, smallestScale * unit);
    setAttribute(element, "width", Math.floor(width * scale));
    setAttribute(element, "height", Math.floor(height * scale));
  }

  /** Scrolls a drawing that is larger than its box to the current terms. */
  #reveal() {
    const box = this.#box;
    if (box.scrollWidth <= box.clientWidth && box.scrollHeight <= box.clientHeight) return;
    const current = box.querySelector(".weight-root");
    if (current === null) return;
    const place = current.getBoundingClientRect();
    const frame = box.getBoundingClientRect();
    if (place.left < frame.left || place.right > frame.right) box.scrollLeft += place.left - frame.left - (frame.width - place.width) / 2;
    if (place.top < frame.top || place.bottom > frame.bottom) box.scrollTop += place.top - frame.top - (frame.height - place.height) / 2;
  }
}

/** Whether a node stands for a term: its id is the term's text, with a suffix where the drawing has it twice. */
function isNodeOf(id, text) {
  return id === text || (id.startsWith(text) && id[text.length] === "~");
}

/** Takes ids and captions out of a drawing and remembers its nodes and edges; two panes may show the same one. */
function prepared({ key, element }) {
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
  for (const stray of element.querySelectorAll(":scope > g > title, :scope > g > text, :scope > g > polygon")) stray.remove();
  for (const each of [element, ...element.querySelectorAll("[id]")]) each.removeAttribute("id");
  setAttribute(element, "role", "img");
  setAttribute(element, "class", "drawing");
  return { key, element, width, height, nodes, edges };
}

function preparedNode(group, id) {
  setAttribute(group, "data-node", id);
  const texts = [...group.querySelectorAll("text")];
  const middle = middleOf(group.querySelector("path, polygon, ellipse"));
  // The browser's font is not the one of the layout, and a value has its own length: both are centred anew.
  for (const text of middle === null ? [] : texts) {
    setAttribute(text, "x", middle);
    setAttribute(text, "text-anchor", "middle");
  }
  texts[0]?.classList.add("node-name");
  texts[1]?.classList.add("node-value");
  for (const text of texts.slice(2)) text.classList.add("node-remark");
  const title = group.querySelector("title");
  return { group, value: texts[1] ?? null, title, tooltip: title?.textContent ?? id };
}

/** The middle of a shape, from left to right. */
function middleOf(shape) {
  if (shape === null) return null;
  if (shape.localName === "ellipse") return Number(shape.getAttribute("cx"));
  const numbers = (shape.getAttribute("d") ?? shape.getAttribute("points") ?? "").match(/-?\d+(\.\d+)?/g)?.map(Number) ?? [];
  const across = numbers.filter((_, index) => index % 2 === 0);
  return across.length === 0 ? null : (Math.min(...across) + Math.max(...across)) / 2;
}
