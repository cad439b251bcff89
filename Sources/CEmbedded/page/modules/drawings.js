// The diagrams that came with the page, each parsed when it is first needed; others are laid out by the engine.
import { drawingElement } from "./markup.js";

/** Drawings by shape, `clip:9f3a…`. */
export class Drawings {
  #texts;
  #layOut;
  #templates = new Map();

  /** `layOut(pane)` draws what the page has no drawing of, or gives null. */
  constructor(texts, layOut = () => null) {
    this.#texts = new Map(Object.entries(texts ?? {}));
    this.#layOut = layOut;
  }

  /** A shape's own copy of its drawing; null where the page has none, or a damaged one. */
  drawing({ shape: key }) {
    if (!this.#texts.has(key)) return null;
    if (!this.#templates.has(key)) this.#templates.set(key, drawingElement(this.#texts.get(key)));
    const template = this.#templates.get(key);
    return template === null ? null : { key, element: template.cloneNode(true) };
  }

  /** The key under which `drawing` would find one, so that the one in the page can stay. */
  keyFor({ shape }, pane) {
    if (!this.#texts.has(shape)) this.#texts.set(shape, this.#layOut(pane));
    return this.#texts.get(shape) === null ? null : shape;
  }
}
