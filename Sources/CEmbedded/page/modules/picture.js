// The picture above everything else: a plot as of the position, drawn by the engine; its points lead to their terms.
import { byId, fillList, make, setAttribute, setText } from "./dom.js";
import { prepared } from "./diagram.js";
import { drawingElement } from "./markup.js";

const glide = { duration: 240, easing: "ease-out" };
const isStill = matchMedia("(prefers-reduced-motion: reduce)");

/** The picture of a pane; `choose(text)` hears of the term whose point was clicked, and says whether the beat has it. */
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

  constructor(store, index, drawings, choose) {
    this.#store = store;
    this.#index = index;
    this.#drawings = drawings;
    this.root = byId("picture-template").content.firstElementChild.cloneNode(true);
    setAttribute(this.root, "aria-label", index === 0 ? "Picture" : "Picture of the variant");
    this.#kinds = this.root.querySelector("select");
    this.#box = this.root.querySelector(".picture");
    this.#note = this.root.querySelector(".hint");
    this.#kinds.addEventListener("change", () => store.choosePicture(this.#kinds.value));
    this.#box.addEventListener("click", (event) => {
      const term = event.target.closest("[data-term]")?.dataset.term;
      if (!term || !this.#places.has(term)) return;
      if (!choose(term)) store.goTo(this.#places.get(term));
      choose(term);
    });
  }

  /** Asks for the picture of where the pane is. */
  show() {
    const picture = this.#store.picture(this.#index);
    this.root.hidden = !picture?.name;
    if (this.#index === 0) this.#claim(picture);
    if (this.root.hidden) return;
    this.root.classList.toggle("is-asking", this.#store.story?.isAsking === true);
    const update = (option, { name, summary }) => {
      setAttribute(option, "value", name);
      setText(option, `${name}: ${summary}`);
    };
    fillList(this.#kinds, picture.kinds, () => make("option"), update);
    this.#kinds.value = picture.name;
    this.#places = new Map((picture.places ?? []).map(({ term, at }) => [term, at]));
    const leads = this.#places.size > 0 ? "Click a point to see where its number comes from." : "";
    setText(this.#note, picture.problem ?? leads);
    const shown = this.#store.drawing;
    shown === null ? this.#draw(picture) : this.#showDrawing(shown);
    this.highlight(this.#chosen);
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
    setAttribute(this.#box.firstElementChild ?? this.#box, "aria-label", caption);
  }

  #draw({ svg = "", title = "" }) {
    if (svg === this.#text) return;
    this.#text = svg;
    const former = this.#centres();
    const drawing = svg === "" ? null : drawingElement(svg);
    this.#box.replaceChildren(...(drawing === null ? [] : [drawing]));
    if (drawing === null) return;
    setAttribute(drawing, "class", "plot");
    setAttribute(drawing, "role", "img");
    setAttribute(drawing, "aria-label", title);
    for (const point of this.#points()) point.classList.toggle("leads", this.#places.has(point.dataset.term));
    if (!isStill.matches && former.size > 0) this.#glide(former);
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

  /** Marks the point of the term that the reader looks at. */
  highlight(term) {
    this.#chosen = term;
    for (const point of this.#points()) point.classList.toggle("is-chosen", point.dataset.term === term?.text);
  }
}
