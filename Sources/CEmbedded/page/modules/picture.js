// The picture above everything else: a plot as of the position, drawn by the engine; its points lead to their terms.
import { byId, fillList, make, setAttribute, setText } from "./dom.js";
import { Grips } from "./grips.js";
import { Illustration, pipelineStage } from "./illustration.js";
import { drawingElement } from "./markup.js";
import { centreOf, copyPicture } from "./svg-text.js";
import { sameToken } from "./text.js";

const glide = { duration: 240, easing: "ease-out" };
const isNarrow = matchMedia("(max-width: 40rem)");
const roomIn = ({ clientWidth, clientHeight }) => ({ width: clientWidth, height: clientHeight });
const isStill = matchMedia("(prefers-reduced-motion: reduce)");

/** The picture of a pane; `choose(text)` hears of the term whose point was clicked, and says whether the beat has it;
 *  `look(text)` of the one under the pointer. */
export class PictureView {
  #store;
  #index;
  #illustration;
  #kinds;
  #box;
  #note;
  #text = "";
  #places = new Map();
  #chosen = null;
  #grips;
  /** How large its box is, `{width, height}`; null before it has been laid out. */
  #room = null;

  constructor(store, index, drawings, choose, look) {
    this.#store = store;
    this.#index = index;
    this.root = byId("picture-template").content.firstElementChild.cloneNode(true);
    setAttribute(this.root, "aria-label", index === 0 ? "Picture" : "Picture of the variant");
    this.#kinds = this.root.querySelector("select");
    this.#box = this.root.querySelector(".picture");
    this.#note = this.root.querySelector(".hint");
    this.#illustration = new Illustration(drawings, this.#box);
    this.#grips = new Grips((option, value) => {
      const move = () => store.attempt(() => store.set(0, { option, value }));
      store.soon(`option ${option}`, move);
    });
    const copy = this.root.querySelector(".copy-svg");
    copy.addEventListener("click", () => copyPicture(copy, this.#text.startsWith("<svg") ? this.#text : this.#box.querySelector("svg")));
    this.#box.addEventListener("pointerover", (event) => {
      const term = event.target.closest?.("[data-term]")?.dataset.term;
      if (term && event.pointerType === "mouse") look(term);
    });
    // A telephone that is turned, or a window that is drawn wide. To measure the box at each change would lay the document out once more.
    new ResizeObserver(() => this.#fit()).observe(this.#box);
    this.#kinds.addEventListener("change", () => store.choosePicture(this.#kinds.value));
    this.#box.addEventListener("click", (event) => {
      const term = event.target.closest("[data-term]")?.dataset.term;
      if (!term || !this.#places.has(term)) return;
      if (!choose(term)) store.goTo(this.#places.get(term));
      choose(term);
    });
  }

  /** Asks for the picture of where the pane is; of two panes the first one's has both in it. */
  show() {
    if (this.#index > 0) {
      this.root.hidden = true;
      return;
    }
    const picture = this.#store.picture(this.#index, this.#size());
    this.root.hidden = !picture?.name;
    this.#claim(picture);
    if (this.root.hidden) return;
    this.root.classList.toggle("is-asking", this.#store.story?.isAsking === true);
    const { tourDrawing, overview, view } = this.#store;
    this.#showKinds(picture, tourDrawing);
    this.#places = new Map((picture.places ?? []).map(({ term, at }) => [term, at]));
    const leads = this.#places.size > 0 ? "A point leads to its term." : "";
    const hasEdges = picture.svg?.includes("data-option=") === true;
    setText(this.#note, picture.problem ?? (hasEdges ? "A point leads to its term; drag a dashed edge." : leads));
    if (tourDrawing === null) {
      this.#illustration.show(null);
      this.#draw(picture);
    } else {
      setText(this.#note, "");
      this.#text = tourDrawing.key;
      this.#grips.show(null);
      this.#illustration.show(tourDrawing, pipelineStage(overview.stages, view.stage));
    }
    this.highlight(this.#chosen);
  }

  /** The plots that there are; before them what is shown in their place. */
  #showKinds({ kinds, name }, tourDrawing) {
    const plots = kinds.map((kind) => ({ value: kind.name, text: `${kind.name}: ${kind.summary}` }));
    const all = tourDrawing === null ? plots : [{ value: tourDrawing.key, text: tourDrawing.caption }, ...plots];
    const update = (option, { value, text }) => {
      setAttribute(option, "value", value);
      setText(option, text);
    };
    fillList(this.#kinds, all, () => make("option"), update);
    this.#kinds.value = tourDrawing?.key ?? name;
  }

  /** As large as its box, so that text is as large as elsewhere; where there is little room, one panel alone, and without its title
   *  where that stands above it. */
  #size() {
    this.#room ??= roomIn(this.#box);
    if (this.#room.width === 0) return {};
    if (!isNarrow.matches) return this.#room;
    return { ...this.#room, onePanel: true, ...(this.#store.story === null ? { untitled: true } : {}) };
  }

  #fit() {
    const room = roomIn(this.#box);
    if (room.width === 0 || (this.#room?.width === room.width && this.#room.height === room.height)) return;
    this.#room = room;
    if (this.#store.view !== null) this.show();
  }

  /** What the picture says, above it; the title of a scene where one has been entered, lest it tells an answer. */
  #claim(picture) {
    const { story, view, overview } = this.#store;
    const purpose = overview.stages[view.stage]?.purpose ?? overview.title;
    const claim = byId("claim");
    setText(claim, story?.title ?? picture?.claim ?? purpose);
    // Cut off in the middle it could say the opposite.
    claim.style.fontSize = "";
    const share = claim.clientWidth / claim.scrollWidth;
    const size = Number.parseFloat(getComputedStyle(claim).fontSize);
    if (share < 1) claim.style.fontSize = `${size * Math.max(0.6, 0.99 * share)}px`;
  }

  #draw({ svg = "", title = "" }) {
    if (svg === this.#text) return;
    this.#text = svg;
    const former = this.#centres();
    const formerSize = this.#box.querySelector(":scope > .plot")?.getAttribute("viewBox");
    const drawing = svg === "" ? null : drawingElement(svg);
    // The grips stay where they are: one that is taken out of the page lets go.
    this.#box.querySelectorAll(":scope > :not(.grips)").forEach((each) => each.remove());
    if (drawing !== null) this.#box.prepend(drawing);
    if (this.#grips.element.parentElement !== this.#box) this.#box.append(this.#grips.element);
    this.#grips.show(drawing);
    if (drawing === null) return;
    setAttribute(drawing, "class", "plot");
    setAttribute(drawing, "role", "img");
    setAttribute(drawing, "aria-label", title);
    for (const point of this.#points()) point.classList.toggle("leads", this.#places.has(point.dataset.term));
    // In a drawing of another size the places of before mean nothing.
    const isComparable = formerSize === drawing.getAttribute("viewBox");
    if (isComparable && !isStill.matches && !this.#grips.isHeld) this.#glide(former);
  }

  #points() {
    return [...this.#box.querySelectorAll('[data-term]:not([data-term=""])')];
  }

  /** Where each term's point is, in the drawing's own units. */
  #centres() {
    return new Map(this.#points().map((point) => [point.dataset.term, centreOf(point)]));
  }

  /** What was there before moves from where it was. */
  #glide(former) {
    const now = this.#centres();
    for (const point of this.#points()) {
      const from = former.get(point.dataset.term);
      const to = now.get(point.dataset.term);
      if (from === undefined || (from[0] === to[0] && from[1] === to[1])) continue;
      point.animate([{ transform: `translate(${from[0] - to[0]}px, ${from[1] - to[1]}px)` }, { transform: "none" }], glide);
    }
  }

  /** Marks the points of the term that the reader looks at: those of the same token, too. Of a term that was recorded again
   *  and again, the latest that the beat knows. */
  highlight(term) {
    this.#chosen = term;
    const isMeant = ({ dataset }) => Boolean(term) && (dataset.term === term.text || sameToken(dataset.term, term.text));
    const beat = ({ dataset }) => Number(dataset.beat ?? 0);
    const now = this.#store.view?.at ?? 0;
    const points = [...this.#points()];
    const latest = Math.max(...points.filter(isMeant).map(beat).filter((each) => each <= now));
    for (const point of points) point.classList.toggle("is-chosen", isMeant(point) && !(beat(point) < latest));
  }
}
