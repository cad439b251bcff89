// Small helpers over the document. Text goes in as text: nothing here, or anywhere in the page, reads a string as markup.

/** The element with this id, which page.html has. */
export const byId = (id) => document.getElementById(id);

/** A new element; an attribute that is a function is a listener, and true and false say whether an attribute is there. */
export function make(name, attributes = {}, ...children) {
  const node = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) {
    if (typeof value === "function") node.addEventListener(key, value);
    else setAttribute(node, key, value);
  }
  node.append(...children.filter((child) => child !== null && child !== undefined));
  return node;
}

/** Sets or takes away an attribute, and leaves the document alone where nothing changes. */
export function setAttribute(node, name, value) {
  if (value === null || value === undefined || value === false) {
    if (node.hasAttribute(name)) node.removeAttribute(name);
    return;
  }
  const text = value === true ? "" : String(value);
  if (node.getAttribute(name) !== text) node.setAttribute(name, text);
}

/** Sets the text of an element that holds nothing but text. */
export function setText(node, text) {
  const string = text === null || text === undefined ? "" : String(text);
  if (node.textContent !== string) node.textContent = string;
}

/** Sets the class `prefix-value`, one of many, on an HTML or SVG element. */
export function setKind(node, prefix, value) {
  const wanted = value ? `${prefix}-${value}` : null;
  for (const name of [...node.classList]) {
    if (name.startsWith(`${prefix}-`) && name !== wanted) node.classList.remove(name);
  }
  if (wanted) node.classList.add(wanted);
}

/** Shows items as children and reuses those of the last time: `create()` makes one, `update(node, item, index)` fills it. */
export function fillList(parent, items, create, update) {
  while (parent.children.length > items.length) parent.lastElementChild.remove();
  while (parent.children.length < items.length) parent.append(create());
  items.forEach((item, index) => update(parent.children[index], item, index));
}

const measurements = [];

/** Measures or scrolls with the next frame: between changes of the document it would lay out everything again each time. */
export function whenLaidOut(action) {
  if (measurements.length === 0) requestAnimationFrame(() => measurements.splice(0).forEach((each) => each()));
  measurements.push(action);
}

/** Scrolls a box, and nothing around it, so that an item in it is seen. */
export function scrollWithin(box, item) {
  whenLaidOut(() => scrollNow(box, item));
}

function scrollNow(box, item) {
  if (box.scrollWidth <= box.clientWidth && box.scrollHeight <= box.clientHeight) return;
  const frame = box.getBoundingClientRect();
  const place = item.getBoundingClientRect();
  const isBeside = place.left < frame.left || place.right > frame.right;
  const isBeyond = place.top < frame.top || place.bottom > frame.bottom;
  if (isBeyond) box.scrollTop += place.top - frame.top - (frame.height - place.height) / 2;
  if (isBeside) box.scrollLeft += place.left - frame.left - (frame.width - place.width) / 2;
}

/** Whether keys typed at this element belong to it. */
export function takesKeys(node) {
  if (!(node instanceof Element)) return false;
  return node.closest("input, select, textarea, dialog, [contenteditable]") !== null;
}

/** Copies a text, and says on the button that it did, or that it could not. */
export async function copyFrom(button, text) {
  const label = button.dataset.label ?? button.textContent;
  button.dataset.label = label;
  setText(button, (await copyText(text)) ? "Copied" : "Not allowed here");
  clearTimeout(Number(button.dataset.timer));
  button.dataset.timer = setTimeout(() => setText(button, label), 1500);
}

/** The clipboard is closed to some pages, such as those in a frame; an invisible field then serves. */
async function copyText(text) {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    const field = make("textarea", { class: "hidden-text", readonly: true });
    field.value = text;
    const focus = document.activeElement;
    document.body.append(field);
    field.select();
    const isCopied = document.execCommand("copy");
    field.remove();
    focus?.focus({ preventScroll: true });
    return isCopied;
  }
}
