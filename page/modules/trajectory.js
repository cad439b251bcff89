// The responses: every token with the sign and colour of its advantage, and its facts at hover or focus.
import { fillList, make, setAttribute, setKind, setText } from "./dom.js";
import { counted, marks } from "./text.js";

/** The responses of a pane. One token is in the tab order; arrow keys go on from there. */
export class TrajectoryView {
  #title;
  #list;
  #empty;
  #facts;
  #rows = [];
  #place = [0, 0];
  #isLookedAt = false;

  constructor(root) {
    const panel = root.querySelector(".trajectory-panel");
    this.#title = panel.querySelector(".trajectory-title");
    this.#list = panel.querySelector(".trajectory");
    this.#empty = panel.querySelector(".empty");
    this.#facts = panel.querySelector(".facts");
    const look = (event) => {
      const token = event.target.closest(".token");
      if (token === null) return;
      this.#place = [Number(token.dataset.row), Number(token.dataset.column)];
      this.#isLookedAt = true;
      this.#showFacts();
    };
    this.#list.addEventListener("pointerover", look);
    this.#list.addEventListener("click", look);
    this.#list.addEventListener("focusin", look);
    // A click looks at a token and leaves the arrow keys to stepping.
    this.#list.addEventListener("mousedown", (event) => event.target.closest(".token") && event.preventDefault());
    this.#list.addEventListener("keydown", (event) => this.#moveFocus(event));
  }

  show(view) {
    const { trajectory } = view;
    this.#rows = trajectory?.rows ?? [];
    setText(this.#title, trajectory?.title ?? "Responses");
    setText(this.#empty, trajectory === null ? "No response is there yet." : trajectory.more > 0 ? `and ${counted(trajectory.more, "more response")}` : "");
    fillList(this.#list, this.#rows, createResponse, updateResponse);
    if (!this.#isLookedAt || this.#tokenAt(this.#place) === null) this.#place = this.#currentPlace();
    this.#showFacts();
  }

  #tokenAt([row, column]) {
    return this.#rows[row]?.tokens[column] ?? null;
  }

  #currentPlace() {
    for (const [row, response] of this.#rows.entries()) {
      const column = response.tokens.findIndex((token) => token.isCurrent);
      if (column >= 0) return [row, column];
    }
    return [0, 0];
  }

  #nodeAt([row, column]) {
    return this.#list.children[row]?.querySelector(".tokens")?.children[column] ?? null;
  }

  #showFacts() {
    for (const node of this.#list.querySelectorAll(".token[tabindex='0']")) setAttribute(node, "tabindex", -1);
    const node = this.#nodeAt(this.#place);
    const token = this.#tokenAt(this.#place);
    if (node !== null) setAttribute(node, "tabindex", 0);
    const row = this.#rows[this.#place[0]];
    const facts = [...(token?.facts ?? []), ...(row?.facts ?? [])].map(factText);
    const subject = token === null ? row?.label : `“${token.text}” of ${row.label}`;
    setText(this.#facts, row === undefined ? "" : `${subject}: ${[signText(token), ...facts].filter(Boolean).join(", ") || "nothing is known of it yet"}`);
  }

  #moveFocus(event) {
    const steps = { ArrowLeft: [0, -1], ArrowRight: [0, 1], ArrowUp: [-1, 0], ArrowDown: [1, 0] }[event.key];
    if (steps === undefined || event.shiftKey || event.target.closest(".token") === null) return;
    event.preventDefault();
    event.stopPropagation();
    const row = Math.max(0, Math.min(this.#rows.length - 1, this.#place[0] + steps[0]));
    const column = Math.max(0, Math.min((this.#rows[row]?.tokens.length ?? 1) - 1, this.#place[1] + steps[1]));
    this.#nodeAt([row, column])?.focus();
  }
}

const factText = ([name, now, was]) => `${name} ${now}${was === null || was === undefined ? "" : ` (◆ was ${was})`}`;

function signText(token) {
  if (token === null) return "";
  return [marks[token.mark]?.meaning, token.isClipped ? "clipped" : ""].filter(Boolean).join(", ");
}

function createResponse() {
  const span = (name) => make("span", { class: name });
  return make("li", { class: "response" }, span("response-label"), make("span", { class: "response-text" }, span("prompt"), span("tokens"), span("response-more")), span("response-facts"));
}

function updateResponse(row, response, index) {
  const part = (name) => row.querySelector(`.${name}`);
  row.classList.toggle("is-current", response.isCurrent === true);
  setText(part("response-label"), response.label);
  setText(part("prompt"), response.prompt);
  setText(part("response-more"), response.more > 0 ? `+ ${response.more}` : "");
  setText(part("response-facts"), (response.facts ?? []).map(factText).join(" · "));
  fillList(part("tokens"), response.tokens, createToken, (node, token, column) => updateToken(node, token, index, column));
}

function createToken() {
  return make("button", { type: "button", class: "token", tabindex: -1 }, make("span", { class: "token-text" }), make("span", { class: "token-sign" }));
}

function updateToken(node, token, row, column) {
  setAttribute(node, "data-row", row);
  setAttribute(node, "data-column", column);
  setKind(node, "mark", token.mark);
  node.classList.toggle("is-clipped", token.isClipped === true);
  node.classList.toggle("is-current", token.isCurrent === true);
  node.classList.toggle("is-changed", token.facts?.some(([, , was]) => was !== null && was !== undefined) ?? false);
  node.style.setProperty("--weight", `${Math.round(35 + 65 * Math.max(0, Math.min(1, token.weight ?? 0)))}%`);
  setText(node.children[0], token.text);
  setText(node.children[1], `${marks[token.mark]?.sign ?? ""}${token.isClipped ? "✂" : ""}`);
  setAttribute(node, "aria-label", [token.text, signText(token), ...(token.facts ?? []).map(factText)].filter(Boolean).join(", "));
}
