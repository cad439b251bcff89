// Steps through slides whose parts come one after another: lines, rows, and the boxes of a diagram with the arrows between
// those that are there.
"use strict";
const deck = document.getElementById("deck");
const slides = [...deck.children];
const notes = document.getElementById("notes");
let current = 0;
let shown = 0;

/** Makes a slide's text smaller until it fits; a formula that is too wide is made smaller by itself. */
function fit(slide) {
  const body = slide.querySelector(".body");
  if (!body || body.classList.contains("figure")) return;
  for (let size = 28; size > 9; size -= 1) {
    body.style.fontSize = `${size}px`;
    for (const block of body.querySelectorAll(".formula, li, p")) narrow(block, size);
    if (body.scrollHeight <= body.clientHeight && body.scrollWidth <= body.clientWidth) return;
  }
}

function narrow(block, size) {
  block.style.fontSize = "";
  const [room, ...widths] = [block, ...block.querySelectorAll("math")].map((each) => each.getBoundingClientRect().width);
  const width = Math.max(...widths);
  if (width > room) block.style.fontSize = `${Math.max(9, Math.floor(((10 * size * room) / width) * 0.99) / 10)}px`;
}

/** Frames' names lie over the arrows, which would strike them out. */
function raiseNames(slide) {
  for (const name of slide.querySelectorAll("svg g.cluster > text")) {
    name.classList.add("frame-name");
    name.closest("svg").querySelector("g").append(name);
  }
}

/** What of a slide comes one after another: each a list of elements. */
function steps(slide) {
  const nodes = [...slide.querySelectorAll("svg g.node")];
  if (nodes.length > 0) return diagramSteps(slide, nodes);
  return [...slide.querySelectorAll(".step")].map((element) => [element]);
}

/** Boxes in the order in which they were drawn, and with each the arrows whose other end is there. */
function diagramSteps(slide, nodes) {
  const name = (group) => group.querySelector("title")?.textContent ?? "";
  const there = new Set();
  const edges = [...slide.querySelectorAll("svg g.edge")].map((edge) => ({ edge, ends: name(edge).split("->") }));
  return nodes.map((node) => {
    there.add(name(node));
    const reached = edges.filter((edge) => !edge.isDrawn && edge.ends.every((end) => there.has(end.split(":")[0])));
    for (const edge of reached) edge.isDrawn = true;
    return [node, ...reached.map((edge) => edge.edge)];
  });
}

function show(slide, count) {
  const isBack = slide < current;
  current = Math.min(Math.max(slide, 0), slides.length - 1);
  const all = steps(slides[current]);
  shown = Math.min(Math.max(count ?? (isBack ? all.length : Math.min(1, all.length)), 0), all.length);
  slides.forEach((element, place) => element.classList.toggle("shown", place === current));
  all.forEach((elements, place) => {
    for (const element of elements) element.classList.toggle("later", place >= shown);
  });
  document.getElementById("place").textContent = `${current + 1} of ${slides.length}`;
  notes.replaceChildren(...[...slides[current].querySelectorAll(".notes p")].map((p) => p.cloneNode(true)));
  history.replaceState(null, "", `#${current + 1}`);
}

function forward() {
  if (shown < steps(slides[current]).length) show(current, shown + 1);
  else if (current + 1 < slides.length) show(current + 1);
}

function back() {
  if (shown > 1) show(current, shown - 1);
  else if (current > 0) show(current - 1);
}

const keys = {
  ArrowRight: forward, ArrowDown: forward, PageDown: forward, " ": forward, Enter: forward,
  ArrowLeft: back, ArrowUp: back, PageUp: back, Backspace: back,
  Home: () => show(0), End: () => show(slides.length - 1), n: () => { notes.hidden = !notes.hidden; },
};

function scale() {
  const factor = Math.min(innerWidth / 1280, innerHeight / 720);
  deck.style.transform = `scale(${factor}) translate(-50%, -50%)`;
}

/** Copies a button's LaTeX and says so; where the clipboard is closed, an invisible field serves. */
async function copyLaTeX(button) {
  const text = button.dataset.latex;
  const isCopied = await navigator.clipboard.writeText(text).then(() => true, () => copyFromField(text));
  button.textContent = isCopied ? "Copied" : "Not allowed here";
  setTimeout(() => { button.textContent = "Copy LaTeX"; }, 1500);
}

function copyFromField(text) {
  const field = document.createElement("textarea");
  field.value = text;
  document.body.append(field);
  field.select();
  const isCopied = document.execCommand("copy");
  field.remove();
  return isCopied;
}

addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.altKey || event.metaKey || !keys[event.key]) return;
  if (event.target.closest?.(".copy") && (event.key === "Enter" || event.key === " ")) return;
  event.preventDefault();
  keys[event.key]();
});
addEventListener("click", (event) => {
  const button = event.target.closest(".copy");
  if (button) copyLaTeX(button);
  else forward();
});
addEventListener("resize", scale);
addEventListener("hashchange", () => show(Number(location.hash.slice(1)) - 1 || 0));
slides.forEach(fit);
slides.forEach(raiseNames);
scale();
show(Number(location.hash.slice(1)) - 1 || 0);
