// The diagrams that came with the page: parsed when they are first needed, and the nearest one where a what-if needs another.
import { drawingElement } from "./markup.js";

/** Drawings by shape, `clip:9f3a…`. */
export class Drawings {
  #texts;
  #templates = new Map();
  #nearest = new Map();

  constructor(texts) {
    this.#texts = new Map(Object.entries(texts ?? {}));
  }

  /** A shape's own copy of its drawing, or of the stage's most similar one; null where the stage has none. */
  drawing(diagram) {
    const isExact = this.#texts.has(diagram.shape);
    const key = isExact ? diagram.shape : this.#nearestShape(diagram);
    if (key === null) return null;
    if (!this.#templates.has(key)) this.#templates.set(key, drawingElement(this.#texts.get(key)));
    const template = this.#templates.get(key);
    return template === null ? null : { key, isExact, element: template.cloneNode(true) };
  }

  /** The key under which `drawing` would find one, so that the one in the page can stay. */
  keyFor(diagram) {
    return this.#texts.has(diagram.shape) ? diagram.shape : this.#nearestShape(diagram);
  }

  #nearestShape(diagram) {
    if (!this.#nearest.has(diagram.shape)) {
      const stage = diagram.shape.split(":")[0];
      const ids = diagram.nodes.map((node) => `id="${xmlText(node.id)}"`);
      let best = null;
      let most = -1;
      for (const [key, text] of this.#texts) {
        if (key.split(":")[0] !== stage) continue;
        const count = ids.filter((id) => text.includes(id)).length;
        if (count > most) [best, most] = [key, count];
      }
      this.#nearest.set(diagram.shape, best);
    }
    return this.#nearest.get(diagram.shape);
  }
}

const xmlText = (text) => text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
