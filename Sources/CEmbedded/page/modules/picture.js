// The picture above everything else: a plot as of the position, drawn by the engine; its points lead to their terms.
import { byId, fillList, make, setAttribute, setText } from "./dom.js";
import { prepared } from "./diagram.js";
import { Grips } from "./grips.js";
import { drawingElement } from "./markup.js";
import { copyPicture } from "./svg-text.js";
import { sameToken } from "./text.js";

const glide = { duration: 240, easing: "ease-out" };
const isNarrow = matchMedia("(max-width: 40rem)");
const isStill = matchMedia("(prefers-reduced-motion: reduce)");

/** The picture of a pane; `choose(text)` hears of the term whose point was clicked, and says whether the beat has it;
 *  `look(text)` of the one under the pointer. */
export class PictureView {
  #store;
  #index;
  #drawings;
  #kinds;
  #box;
  #note;
  #text = "";
  #places = new Map();
  #chosen = null;
  #grips;
  #isNarrow = false;

  constructor(store, index, drawings, choose, look) {
    this.#store = store;
    this.#index = index;
    this.#drawings = drawings;
    this.root = byId("picture-template").content.firstElementChild.cloneNode(true);
    setAttribute(this.root, "aria-label", index === 0 ? "Picture" : "Picture of the variant");
    this.#kinds = this.root.querySelector("select");
    this.#box = this.root.querySelector(".picture");
    this.#note = this.root.querySelector(".hint");
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
    // A telephone that is turned, or a window that is drawn wide.
    isNarrow.addEventListener("change", () => store.view !== null && this.show());
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
    const update = (option, { name, summary }) => {
      setAttribute(option, "value", name);
      setText(option, `${name}: ${summary}`);
    };
    fillList(this.#kinds, picture.kinds, () => make("option"), update);
    this.#kinds.value = picture.name;
    this.#places = new Map((picture.places ?? []).map(({ term, at }) => [term, at]));
    const leads = this.#places.size > 0 ? "A point leads to its term." : "";
    const hasEdges = picture.svg?.includes("data-option=") === true;
    setText(this.#note, picture.problem ?? (hasEdges ? "A point leads to its term; drag a dashed edge." : leads));
    const shown = this.#store.tourDrawing;
    if (shown !== null) setText(this.#note, "");
    shown === null ? this.#draw(picture) : this.#showDrawing(shown);
    this.highlight(this.#chosen);
  }

  /** Where there is little room, the first panel alone, with text as large as elsewhere; else what the engine draws. */
  #size() {
    const { clientWidth: width, clientHeight: height } = this.#box;
    this.#isNarrow = isNarrow.matches;
    return this.#isNarrow && width > 0 ? { width, height } : {};
  }

  /** What the picture says, above it; the title of a scene where one has been entered, lest it tells an answer. */
  #claim(picture) {
    const { story, view, overview } = this.#store;
    const purpose = overview.stages[view.stage]?.purpose ?? overview.title;
    setText(byId("claim"), story?.title ?? picture?.claim ?? purpose);
  }

  /** A diagram that came with the page. */
  #showDrawing({ key, caption }) {
    if (this.#text === key) return;
    this.#text = key;
    const found = this.#drawings.drawing({ shape: key });
    this.#box.replaceChildren(...(found === null ? [] : [prepared(found).element]));
    this.#grips.show(null);
    setAttribute(this.#box.firstElementChild ?? this.#box, "aria-label", caption);
  }

  #draw({ svg = "", title = "" }) {
    if (svg === this.#text) return;
    this.#text = svg;
    const former = this.#centres();
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
    if (!isStill.matches && !this.#grips.isHeld && former.size > 0) this.#glide(former);
  }

  #points() {
    return [...this.#box.querySelectorAll('[data-term]:not([data-term=""])')];
  }

  /** Where each term's point is, in the drawing's own units. */
  #centres() {
    const centre = (point) => {
      const { x, y, width, height } = point.getBBox();
      return [x + width / 2, y + height / 2];
    };
    return new Map(this.#points().map((point) => [point.dataset.term, centre(point)]));
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

  /** Marks the points of the term that the reader looks at: those of the same token, too. */
  highlight(term) {
    this.#chosen = term;
    const isMeant = ({ dataset }) => Boolean(term) && (dataset.term === term.text || sameToken(dataset.term, term.text));
    for (const point of this.#points()) point.classList.toggle("is-chosen", isMeant(point));
  }
}
