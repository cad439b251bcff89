// Formulas in place: parsed once, shown again as a copy, and left alone where they did not change.
import { mathElement } from "./markup.js";

const parsedFormulas = new Map();
const formulaLimit = 2000; // a reader who steps through everything should not keep everything

/** Shows a MathML text in a node, or the plain text in its place; with neither, nothing. */
export function setFormula(node, mathML, plain = "") {
  const text = mathML ?? plain ?? "";
  if (node.formulaText === text) return;
  node.formulaText = text;
  const element = mathML ? formulaCopy(mathML) : null;
  node.replaceChildren(element ?? (mathML ? "" : text));
}

function formulaCopy(text) {
  if (!parsedFormulas.has(text)) {
    if (parsedFormulas.size >= formulaLimit) parsedFormulas.clear();
    parsedFormulas.set(text, mathElement(text));
  }
  return parsedFormulas.get(text)?.cloneNode(true) ?? null;
}
