// Where the chosen term comes from and what it feeds, as links to the beats where those terms appear; and why its gradient
// is what it is.
import { fillList, make, setAttribute, setText } from "./dom.js";
import { styledSpans } from "./styled.js";

/** The box below a pane's terms; `jump(beat, term)` goes to a term, `why(term)` gives the debugger's answer, null without engine. */
export class Relations {
  #root;
  #button;
  #answer;
  #term = null;

  constructor(root, jump, why) {
    this.#root = root.querySelector(".relations");
    this.#button = root.querySelector(".relations-why");
    this.#answer = root.querySelector(".relations-answer");
    this.#button.addEventListener("click", () => {
      this.#answer.replaceChildren(...styledSpans(why(this.#term)));
      this.#answer.hidden = false;
      this.#answer.scrollIntoView({ block: "nearest" });
    });
    this.#root.addEventListener("click", (event) => {
      const link = event.target.closest("button[data-at]");
      if (link !== null) jump(Number(link.dataset.at), link.firstElementChild.textContent);
    });
  }

  show(term, canAsk) {
    if (term !== this.#term) this.#answer.hidden = true;
    this.#term = term;
    this.#button.hidden = !canAsk || (term?.gradientText ?? null) === null;
    setAttribute(this.#root, "aria-label", term === null ? "Relations" : `Relations of ${term.text}`);
    setText(this.#root.querySelector(".relations-meaning"), term === null ? "" : `${term.text}: ${term.meaning ?? ""}`);
    this.#fill(".relations-from", term?.from ?? [], term?.fromMore ?? 0, term?.origin ?? "nothing recorded");
    this.#fill(".relations-feeds", term?.feeds ?? [], term?.feedsMore ?? 0, "nothing");
  }

  #fill(name, items, more, without) {
    const rows = items.length === 0 ? [{ note: without }] : more > 0 ? [...items, { note: `and ${more} more` }] : items;
    fillList(this.#root.querySelector(name), rows, createRelation, updateRelation);
  }
}

function createRelation() {
  const span = (name) => make("span", { class: name });
  return make("li", {}, make("button", { type: "button", class: "jump" }, span("jump-name"), span("jump-value")), span("jump-note"));
}

function updateRelation(row, item) {
  const [button, note] = row.children;
  const isNote = item.note !== undefined;
  button.hidden = isNote;
  setText(note, isNote ? item.note : "");
  if (isNote) return;
  setAttribute(button, "data-at", item.at);
  setAttribute(button, "title", `to beat ${item.at}`);
  setText(button.children[0], item.text);
  setText(button.children[1], item.valueText);
}
