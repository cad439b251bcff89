// Formulas and drawings come as XML. They are read by the XML parser, and only known names get from there into the page.

const mathNamespace = "http://www.w3.org/1998/Math/MathML";
const drawingNamespace = "http://www.w3.org/2000/svg";

/** The words of a text, as a set. */
function wordSet(text) {
  return new Set(text.trim().split(/\s+/));
}

const mathNames = wordSet(`
  math mrow mi mn mo mtext mspace mfrac msqrt mroot msub msup msubsup munder mover munderover mstyle mpadded
  mphantom mtable mtr mtd`);
const mathAttributes = wordSet(`
  display mathvariant form stretchy width height depth lspace rspace displaystyle scriptlevel accent
  accentunder linethickness columnalign`);
const drawingNames = wordSet(`
  svg g title path polygon polyline ellipse circle rect line text tspan`);
const drawingAttributes = wordSet(`
  class id viewBox transform d points cx cy r rx ry x y x1 y1 x2 y2 width height fill stroke stroke-width
  stroke-dasharray text-anchor font-size font-weight font-style data-term data-x data-y data-beat
  data-option data-value data-unit data-least data-most`);

/** The elements of a MathML text, `<math>…</math>`; null where it is not well-formed. */
export function mathElement(text) {
  const root = xmlRoot(text, mathNamespace);
  if (root?.localName !== "math") return null;
  return document.importNode(kept(root, mathNamespace, mathNames, mathAttributes), true);
}

/** The elements of an SVG text; null where it is not well-formed. */
export function drawingElement(text) {
  const start = text.indexOf("<svg"); // after a document type, which no parser needs to see
  // A style sheet of its own would break the page's policy as soon as it is parsed, and the page has one for drawings.
  const plain = text.slice(start).replace(/<style>[^<]*<\/style>/g, "");
  const root = start < 0 ? null : xmlRoot(plain, drawingNamespace);
  if (root?.localName !== "svg") return null;
  return document.importNode(kept(root, drawingNamespace, drawingNames, drawingAttributes), true);
}

function xmlRoot(text, namespace) {
  const wrapped = `<root xmlns="${namespace}" xmlns:xlink="http://www.w3.org/1999/xlink">${text}</root>`;
  const parsed = new DOMParser().parseFromString(wrapped, "application/xml");
  return parsed.getElementsByTagName("parsererror").length > 0 ? null : parsed.documentElement.firstElementChild;
}

/** The element without whatever is not on the lists; what an unknown wrapper such as `a` holds stays. */
function kept(element, namespace, names, attributes) {
  for (const attribute of [...element.attributes]) {
    const isKnown = attribute.namespaceURI === null && attributes.has(attribute.name);
    if (!isKnown && attribute.name !== "xmlns") element.removeAttributeNode(attribute);
  }
  for (const child of [...element.childNodes]) {
    if (child.nodeType === Node.TEXT_NODE) continue;
    if (child.nodeType !== Node.ELEMENT_NODE) {
      child.remove();
      continue;
    }
    const tooltip = child.localName === "a" ? child.getAttributeNS("http://www.w3.org/1999/xlink", "title") : null;
    kept(child, namespace, names, attributes);
    if (tooltip) child.prepend(titleElement(tooltip, child.ownerDocument, namespace));
    if (child.namespaceURI !== namespace || !names.has(child.localName)) {
      child.localName === "a" ? child.replaceWith(...child.childNodes) : child.remove();
    }
  }
  return element;
}

/** A drawing's tooltip, which Graphviz writes on a link around a node. */
function titleElement(text, owner, namespace) {
  const title = owner.createElementNS(namespace, "title");
  title.textContent = text;
  return title;
}
