// The policy as bars: what each token's probability was at the start of the iteration, what it is now, and the reference's.
import { fillList, make, setAttribute, setKind, setText } from "./dom.js";

/** The table of probabilities in a pane: a row per state, a column per token. */
export class PolicyTable {
  #title;
  #table;
  #empty;
  #legend;

  constructor(root) {
    const panel = root.querySelector(".policy-panel");
    this.#title = panel.querySelector(".policy-title");
    this.#table = panel.querySelector("table");
    this.#empty = panel.querySelector(".empty");
    this.#legend = panel.querySelector(".reference-name");
  }

  show(view) {
    const { policy } = view;
    setText(this.#title, policy?.title ?? "Policy");
    setText(this.#empty, policy ? "" : "Whole distributions are not known here.");
    this.#table.hidden = !policy;
    if (!policy) return;
    const compared = policy.compared ?? "reference";
    setText(this.#legend, compared);
    const head = this.#table.tHead;
    fillList(head, [policy.columns], () => make("tr"), (row, columns) => {
      fillList(row, ["after", ...columns], () => make("th", { scope: "col" }), setText);
    });
    fillList(this.#table.tBodies[0], policy.rows, () => make("tr"), (row, state) => this.#showState(row, state, compared));
  }

  #showState(row, state, compared) {
    if (row.firstElementChild === null) {
      row.append(make("th", { scope: "row" }, make("span"), make("span", { class: "start-sign" })));
    }
    const [name, sign] = row.firstElementChild.children;
    setText(name, state.state);
    setText(sign, state.isStart ? "▸" : "");
    setAttribute(row.firstElementChild, "title", state.isStart ? "responses begin here" : null);
    row.classList.toggle("is-start", state.isStart === true);
    while (row.cells.length > state.after.length + 1) row.lastElementChild.remove();
    while (row.cells.length < state.after.length + 1) row.append(createProbability());
    state.after.forEach((after, column) => {
      updateProbability(row.cells[column + 1], state.before[column], after, state.reference?.[column] ?? null, compared);
    });
  }
}

function createProbability() {
  const bar = (name) => make("span", { class: `bar ${name}`, "aria-hidden": "true" });
  const bars = make("span", { class: "bars", "aria-hidden": "true" }, bar("is-before"), bar("is-after"), bar("is-reference"));
  return make("td", {}, make("span", { class: "probability" }), make("span", { class: "moved" }), bars);
}

function updateProbability(cell, before, after, reference, compared) {
  const [number, sign, bars] = cell.children;
  // What reads as before bears no mark.
  const mark = percentText(before) === percentText(after) ? null : after > before ? "positive" : "negative";
  setKind(cell, "mark", mark);
  cell.classList.toggle("is-small", after < 0.0995 && before < 0.0995);
  setText(number, percentText(after));
  setText(sign, mark === "positive" ? "▲" : mark === "negative" ? "▼" : "");
  const ofReference = reference === null ? "" : `, ${compared} ${percentText(reference)}`;
  setAttribute(cell, "title", `before ${percentText(before)}, after ${percentText(after)}${ofReference}`);
  const widths = [before, after, reference ?? 0];
  widths.forEach((width, index) => bars.children[index].style.setProperty("--part", String(Math.max(0, Math.min(1, width)))));
  bars.children[2].hidden = reference === null;
}

/** `3.2 %`, `17 %`. */
export function percentText(probability) {
  const percent = probability * 100;
  return percent > 0 && percent < 0.95 ? `${percent.toFixed(1)} %` : `${Math.round(percent)} %`;
}
