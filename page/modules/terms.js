// The terms of a beat: formula, numbers put in, value, gradient; and of the chosen one, where it comes from and what it feeds.
import { fillList, make, setAttribute, setKind, setText } from "./dom.js";
import { setFormula } from "./formulas.js";
import { markSign, marks, termBase } from "./text.js";

/** The table of terms in a pane; `choose(term)` hears of the term that the reader looks at. */
export class TermTable {
  #rows;
  #empty;
  #general;
  #scroll;
  #choose;
  #terms = [];
  #chosen = null;
  #isPinned = false;

  constructor(root, choose) {
    this.#rows = root.querySelector(".term-rows");
    this.#scroll = root.querySelector(".terms-scroll");
    this.#empty = this.#scroll.querySelector(".empty");
    this.#general = root.querySelector(".general");
    this.#choose = choose;
    const rowOf = (event) => event.target.closest(".term");
    this.#rows.addEventListener("pointerover", (event) => event.pointerType === "mouse" && !this.#isPinned && this.#look(rowOf(event)));
    this.#rows.addEventListener("focusin", (event) => !this.#isPinned && this.#look(rowOf(event)));
    this.#rows.addEventListener("click", (event) => this.#pin(rowOf(event)));
  }

  show(view) {
    const former = this.#chosen;
    this.#terms = view.terms;
    fillList(this.#general, view.what ?? [], () => make("span"), setFormula);
    fillList(this.#rows, view.terms, createTermRow, updateTermRow);
    setText(this.#empty, view.terms.length === 0 ? "No number appears in this beat." : "");
    const again = view.terms.find((term) => term.text === former?.text) ?? view.terms.find((term) => former && termBase(term.text) === termBase(former.text));
    if (again?.text !== former?.text) {
      this.#isPinned = false;
      this.#scroll.scrollTop = 0;
    }
    this.#set(again ?? view.terms[0] ?? null);
  }

  /** Chooses a term of this beat by its text, as a click into the diagram does; says whether the beat has it. */
  chooseText(text) {
    const term = this.#terms.find((each) => each.text === text);
    if (term === undefined) return false;
    this.#isPinned = true;
    this.#set(term);
    return true;
  }

  #look(row) {
    const term = row ? this.#terms[[...this.#rows.children].indexOf(row)] : null;
    if (term && term !== this.#chosen) this.#set(term);
  }

  #pin(row) {
    if (row === null) return;
    const before = this.#chosen;
    const wasPinned = this.#isPinned;
    this.#look(row);
    this.#isPinned = !(wasPinned && before === this.#chosen);
    this.#set(this.#chosen);
  }

  #set(term) {
    this.#chosen = term;
    const from = new Set(term?.from.map((item) => item.id));
    const feeds = new Set(term?.feeds.map((item) => item.id));
    this.#terms.forEach((each, index) => {
      const row = this.#rows.children[index];
      const relation = each === term ? "chosen" : from.has(each.id) ? "from" : feeds.has(each.id) ? "feeds" : null;
      setKind(row, "is", relation);
      setText(row.querySelector(".term-relation"), { from: "← comes from this", feeds: "→ feeds this" }[relation] ?? (relation === "chosen" && this.#isPinned ? "kept" : ""));
      setAttribute(row.querySelector("button"), "aria-pressed", each === term && this.#isPinned ? "true" : "false");
    });
    this.#choose(term);
  }
}

function createTermRow() {
  const cell = (name, ...children) => make("div", { class: name, role: "cell" }, ...children);
  const span = (name) => make("span", { class: name });
  return make(
    "div",
    { class: "term", role: "row" },
    cell(
      "term-main",
      make("div", { class: "term-top" }, make("button", { type: "button", class: "term-name" }), span("term-relation")),
      make("div", { class: "term-formula" }, span("term-symbol"), span("term-right")),
      make("div", { class: "term-numbers" }),
    ),
    cell("term-value", span("term-number"), span("term-mark"), span("term-was")),
    cell("term-gradient", span("term-slope"), span("term-note")),
  );
}

function updateTermRow(row, term) {
  const part = (name) => row.querySelector(`.${name}`);
  setKind(row, "mark", term.mark);
  setText(part("term-name"), term.text);
  setAttribute(part("term-name"), "title", term.meaning);
  setFormula(part("term-symbol"), term.symbol, "");
  setFormula(part("term-right"), term.formula, term.formulaText ?? term.origin ?? "");
  setKind(part("term-right"), "is", term.formula || term.formulaText ? "formula" : "origin");
  setFormula(part("term-numbers"), term.numbers, "");
  setText(part("term-number"), term.word === null || term.word === undefined ? term.valueText : `“${term.word}”`);
  setAttribute(part("term-number"), "title", term.value === null ? null : String(term.value));
  setText(part("term-mark"), markSign(term.mark));
  setAttribute(part("term-mark"), "title", marks[term.mark]?.meaning);
  setText(part("term-was"), formerText(term));
  setText(part("term-slope"), term.gradientText ?? "");
  setText(part("term-note"), term.gradientNote ?? "");
}

/** What the number was before the reader's changes. */
function formerText(term) {
  if (term.was) return `◆ was ${term.was.text}`;
  return term.computed ? `◆ computed ${term.computed}` : "";
}
