// Many terms of one name with two indices, as a table of their values: a whole policy at once.
import { fillList, make, setAttribute, setKind, setText } from "./dom.js";
import { RovingFocus } from "./roving.js";
import { markSign } from "./text.js";

const listLimit = 12; // as many terms of one name are still read as a list

/** Parts a beat's terms into those for the list and those for matrices, by name. */
export function partedTerms(terms) {
  const groups = new Map();
  for (const term of terms) if (term.indices?.length === 2) groups.set(term.name, [...(groups.get(term.name) ?? []), term]);
  const matrices = [...groups].filter(([, group]) => group.length > listLimit).map(([name, group]) => matrixOf(name, group));
  const inMatrix = new Set(matrices.map((matrix) => matrix.name));
  return { listed: terms.filter((term) => !(inMatrix.has(term.name) && term.indices.length === 2)), matrices };
}

function matrixOf(name, terms) {
  const labels = (index) => [...new Set(terms.map((term) => term.indices[index]))];
  const [rows, columns] = [labels(0), labels(1)];
  const places = new Map(terms.map((term) => [JSON.stringify(term.indices), term]));
  const cellsOf = (row) => columns.map((column) => places.get(JSON.stringify([row, column])) ?? null);
  return { name, columns, rows: rows.map((row) => ({ label: row, cells: cellsOf(row) })) };
}

/** The matrices of a pane's beat; `look(term, type)` hears of the cell that the reader is at. */
export class MatrixList {
  #box;
  #look;

  constructor(box, look) {
    this.#box = box;
    this.#look = look;
  }

  show(matrices) {
    fillList(this.#box, matrices, () => this.#create(), (figure, matrix) => updateMatrix(figure, matrix));
  }

  /** Shows which cells are chosen, go into the chosen term, or are made from it. */
  highlight(relationOf) {
    for (const cell of this.#box.querySelectorAll(".cell")) setKind(cell, "is", cell.term ? relationOf(cell.term) : null);
  }

  #create() {
    const figure = make("figure", { class: "matrix" }, make("figcaption"), make("table", {}, make("thead"), make("tbody")));
    const body = figure.querySelector("tbody");
    const cellAt = (row, column) => body.rows[row]?.cells[column + 1]?.firstElementChild ?? null;
    new RovingFocus(body, ".cell", cellAt, (row, column, type) => this.#look(cellAt(row, column).term, type));
    return figure;
  }
}

function updateMatrix(figure, matrix) {
  const [caption, table] = figure.children;
  setText(caption, matrix.name);
  setAttribute(table, "aria-label", matrix.name);
  fillList(table.tHead, [["", ...matrix.columns]], () => make("tr"), (row, columns) => {
    fillList(row, columns, () => make("th", { scope: "col" }), setText);
  });
  fillList(table.tBodies[0], matrix.rows, () => make("tr"), (row, { label, cells }, index) => {
    if (row.cells.length === 0) row.append(make("th", { scope: "row" }));
    setText(row.cells[0], label);
    while (row.cells.length > cells.length + 1) row.lastElementChild.remove();
    while (row.cells.length < cells.length + 1) row.append(make("td"));
    cells.forEach((term, column) => updateCell(row.cells[column + 1], term, index, column));
  });
}

function updateCell(place, term, row, column) {
  if (place.firstElementChild === null && term !== null) {
    place.append(make("button", { type: "button", class: "cell", tabindex: row + column === 0 ? 0 : -1 }));
  }
  const button = place.firstElementChild;
  if (button === null) return;
  button.hidden = term === null;
  button.term = term;
  if (term === null) return;
  setAttribute(button, "data-row", row);
  setAttribute(button, "data-column", column);
  setKind(button, "mark", term.was ? "changed" : null);
  // In a table of trained numbers a sign on each would say nothing.
  const isPlain = ["trained", "frozen"].includes(term.mark);
  setText(button, (term.word ?? term.valueText) + (term.was ? "◆" : isPlain ? "" : markSign(term.mark)));
  const facts = [term.text, term.was ? `was ${term.was.text}` : "", term.gradientText ? `gradient ${term.gradientText}` : ""];
  setAttribute(button, "title", facts.filter(Boolean).join(" · "));
}
