// A picture of the page as the text of an SVG file, which looks the same without the page's style.
import { copyFrom } from "./dom.js";

export const svgNamespace = "http://www.w3.org/2000/svg";
const properties = [
  "fill", "paint-order", "stroke", "stroke-width", "stroke-dasharray", "stroke-linejoin", "opacity", "font-family", "font-size", "font-weight",
];
const painted = "path, polygon, polyline, ellipse, circle, rect, line, text, tspan";

/** The middle of a circle or of a path of straight lines; read from the drawing, since measuring it would lay out the page. */
export function centreOf(point) {
  if (point.localName === "circle") return [Number(point.getAttribute("cx")), Number(point.getAttribute("cy"))];
  const numbers = (point.getAttribute("d") ?? "").match(/-?\d+(\.\d+)?/g)?.map(Number) ?? [];
  const middle = (list) => (Math.min(...list) + Math.max(...list)) / 2;
  return [0, 1].map((axis) => middle(numbers.filter((_, index) => index % 2 === axis)));
}

/** Copies a picture: the text of an SVG, or an element of the page. */
export function copyPicture(button, picture) {
  copyFrom(button, typeof picture === "string" ? picture : standaloneText(picture));
}

/** An SVG element of the page with the looks that it has here written into it. */
export function standaloneText(svg) {
  const copy = svg.cloneNode(true);
  const own = svg.querySelectorAll(painted);
  copy.querySelectorAll(painted).forEach((node, index) => {
    const style = getComputedStyle(own[index]);
    for (const name of properties) node.setAttribute(name, style.getPropertyValue(name));
  });
  for (const node of [copy, ...copy.querySelectorAll("*")]) {
    for (const { name } of [...node.attributes]) {
      if (/^(class|role|tabindex|style|aria-.*|data-.*)$/.test(name)) node.removeAttribute(name);
    }
  }
  const [left, top, width, height] = svg.getAttribute("viewBox").split(/[ ,]+/).map(Number);
  const paper = document.createElementNS(svgNamespace, "rect");
  const ground = getComputedStyle(document.documentElement).getPropertyValue("--raised").trim();
  for (const [name, value] of Object.entries({ x: left, y: top, width, height, fill: ground })) paper.setAttribute(name, value);
  copy.prepend(paper);
  for (const [name, value] of Object.entries({ xmlns: svgNamespace, width, height })) copy.setAttribute(name, value);
  return new XMLSerializer().serializeToString(copy);
}
