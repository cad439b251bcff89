// The terms of a beat: formula, numbers put in, value, gradient; and of the chosen one, where it comes from and what it feeds.
import { copyFrom, fillList, make, setAttribute, setKind, setText, whenLaidOut } from "./dom.js";
import { setFormula } from "./formulas.js";
import { MatrixList, partedTerms } from "./matrix.js";
import { oneTabStop } from "./tab-stop.js";
import { markSign, marks, sameToken, termBase } from "./text.js";

/** The table of terms in a pane; `choose(term)` hears of the term that the reader looks at. */
export class TermTable {
  #rows;
  #matrices;
  #empty;
  #general;
  #copy;
  #latex = [];
  #header;
  #scroll;
  #choose;
  #terms = [];
  #listed = [];
  #chosen = null;
  #isPinned = false;
  #refreshTabStop;

  constructor(root, choose) {
    this.#rows = root.querySelector(".term-rows");
    this.#scroll = root.querySelector(".terms-scroll");
    this.#header = root.querySelector(".term-header");
    this.#empty = this.#scroll.querySelector(".empty");
    this.#general = root.querySelector(".general");
    this.#copy = root.querySelector(".copy-latex");
    this.#copy.addEventListener("click", () => copyFrom(this.#copy, this.#latex.join("\n")));
    this.#choose = choose;
    const termOf = (event) => this.#listed[[...this.#rows.children].indexOf(event.target.closest(".term"))];
    this.#rows.addEventListener("pointerover", (event) => event.pointerType === "mouse" && this.#look(termOf(event)));
    this.#rows.addEventListener("focusin", (event) => this.#look(termOf(event)));
    this.#rows.addEventListener("click", (event) => this.#keep(termOf(event)));
    this.#refreshTabStop = oneTabStop(this.#rows, ".term-name");
    const visit = (term, type) => (type === "click" ? this.#keep(term) : this.#look(term));
    this.#matrices = new MatrixList(root.querySelector(".matrices"), visit);
  }

  show(view) {
    const former = this.#chosen;
    this.#terms = view.terms;
    this.#latex = view.latex ?? [];
    this.#copy.classList.toggle("is-empty", this.#latex.length === 0);
    fillList(this.#general, view.what ?? [], () => make("span"), setFormula);
    const { listed, matrices } = partedTerms(view.terms);
    this.#renewRows(listed);
    this.#listed = listed;
    fillList(this.#rows, listed, createTermRow, updateTermRow);
    this.#refreshTabStop();
    this.#header.hidden = listed.length === 0;
    this.#matrices.show(matrices);
    setText(this.#empty, view.terms.length === 0 ? "No number appears in this beat." : "");
    const again =
      view.terms.find((term) => term.text === former?.text) ??
      view.terms.find((term) => former && termBase(term.text) === termBase(former.text));
    if (again?.text !== former?.text) {
      this.#isPinned = false;
      whenLaidOut(() => (this.#scroll.scrollTop = 0));
    }
    this.#set(again ?? view.terms[0] ?? null);
  }

  /** Another term gets another row: one used again would seem to jump to its place. Only the focus stays where it is. */
  #renewRows(listed) {
    [...this.#rows.children].forEach((row, index) => {
      const isAnother = this.#listed[index]?.text !== listed[index]?.text;
      if (isAnother && !row.contains(document.activeElement)) row.replaceWith(createTermRow());
    });
  }

  /** Chooses a term of this beat by its text, as a click into the diagram does; says whether the beat has it. */
  chooseText(text) {
    const term = this.#terms.find((each) => each.text === text);
    if (term === undefined) return false;
    this.#isPinned = true;
    this.#set(term);
    return true;
  }

  /** Looks at a term of this beat, or else at the first one about the same token; says whether the beat has one. */
  lookAt(text) {
    const term = this.#terms.find((each) => each.text === text) ?? this.#terms.find((each) => sameToken(each.text, text));
    this.#look(term);
    return term !== undefined;
  }

  /** A term that was clicked stays chosen, so that the pointer can go to its links. */
  #keep(term) {
    if (!term) return;
    this.#isPinned = !(this.#isPinned && term === this.#chosen);
    this.#set(term);
  }

  #look(term) {
    if (term && !this.#isPinned && term !== this.#chosen) this.#set(term);
  }

  #set(term) {
    this.#chosen = term;
    const from = new Set(term?.from.map((item) => item.id));
    const feeds = new Set(term?.feeds.map((item) => item.id));
    const relationOf = (each) => (each === term ? "chosen" : from.has(each.id) ? "from" : feeds.has(each.id) ? "feeds" : null);
    const words = { from: "input", feeds: "uses it", chosen: this.#isPinned ? "kept" : "" };
    this.#listed.forEach((each, index) => {
      const row = this.#rows.children[index];
      const relation = relationOf(each);
      setKind(row, "is", relation);
      setText(row.querySelector(".term-relation"), words[relation] ?? "");
      setAttribute(row.querySelector("button"), "aria-pressed", String(each === term && this.#isPinned));
    });
    this.#matrices.highlight(relationOf);
    this.#choose(term);
  }
}

function createTermRow() {
  const cell = (name, ...children) => make("div", { class: name, role: "cell" }, ...children);
  const span = (name) => make("span", { class: name });
  const name = make("button", { type: "button", class: "term-name" });
  return make(
    "div",
    { class: "term", role: "row" },
    cell(
      "term-main",
      make("div", { class: "term-top" }, name, span("term-token"), span("term-relation")),
      make("div", { class: "term-formula" }, span("term-symbol"), span("term-right")),
      make("div", { class: "term-numbers" }),
    ),
    cell("term-value", span("term-was"), make("span", { class: "term-now" }, span("term-number"), span("term-mark"))),
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
  setText(part("term-token"), term.token ? `“${term.token}”` : "");
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
