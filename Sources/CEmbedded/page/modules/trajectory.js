// The responses: every token with the sign and colour of its advantage, and its facts at hover or focus.
import { fillList, make, scrollWithin, setAttribute, setKind, setText } from "./dom.js";
import { RovingFocus } from "./roving.js";
import { counted, marks, tokenOf } from "./text.js";

/** The responses of a pane; `look(text)` hears of the term that says which token is looked at. */
export class TrajectoryView {
  #title;
  #scroll;
  #list;
  #empty;
  #facts;
  #focus;
  #rows = [];
  #isPair = false;
  #noun = "response";
  #isLookedAt = false;

  constructor(root, look) {
    const panel = root.querySelector(".trajectory-panel");
    this.#title = panel.querySelector(".trajectory-title");
    this.#scroll = panel.querySelector(".trajectory-scroll");
    this.#list = panel.querySelector(".trajectory");
    this.#empty = panel.querySelector(".empty");
    this.#facts = panel.querySelector(".facts");
    const nodeAt = (row, column) => this.#list.children[row]?.querySelector(".tokens").children[column] ?? null;
    this.#focus = new RovingFocus(this.#list, ".token", nodeAt, () => {
      this.#isLookedAt = true;
      this.#showFacts();
      const [row, column] = this.#focus.place;
      const label = this.#rows[row]?.label ?? "";
      if (/^\d+/.test(label)) look(`${/rejected/.test(label) ? "rejected_" : ""}token[${Number.parseInt(label, 10)},${column}]`);
    });
    this.#list.addEventListener("pointerleave", () => {
      this.#isLookedAt = false;
      this.#lookAtCurrent();
    });
  }

  show(view) {
    const { trajectory } = view;
    this.#rows = trajectory?.rows ?? [];
    this.#isPair = this.#rows.some((row) => /chosen|rejected/.test(row.label));
    this.#list.classList.toggle("is-pairs", this.#isPair);
    setText(this.#title, trajectory?.title ?? "Responses");
    this.#noun = this.#isPair ? "pair" : (trajectory?.noun ?? "response");
    const more = trajectory?.more > 0 ? `and ${counted(trajectory.more, `more ${this.#noun}`)}` : "";
    setText(this.#empty, trajectory === null ? `No ${this.#noun} is there yet.` : more);
    fillList(this.#list, this.#rows, createResponse, updateResponse);
    const current = this.#list.querySelector(".is-current");
    if (current) scrollWithin(this.#scroll, current);
    const [row, column] = this.#focus.place;
    if (!this.#isLookedAt || !this.#rows[row]?.tokens[column]) this.#lookAtCurrent();
    else this.#showFacts();
  }

  /** Marks the token that a term is about. */
  point(text) {
    const place = tokenOf(text);
    const isRejected = text.includes("rejected");
    this.#rows.forEach((row, index) => {
      const isRow = place !== null && Number.parseInt(row.label, 10) === place[0] && /rejected/.test(row.label) === isRejected;
      [...this.#list.children[index].querySelectorAll(".token")].forEach((node, column) => {
        node.classList.toggle("is-pointed", isRow && column === place[1]);
      });
    });
  }

  /** Tells of the token that the beat is about, or of the whole response; where it is about none, how to see one. */
  #lookAtCurrent() {
    const row = this.#rows.findIndex((each) => each.isCurrent);
    const column = this.#rows[row]?.tokens.findIndex((token) => token.isCurrent) ?? -1;
    this.#focus.goTo([Math.max(0, row), Math.max(0, column)]);
    if (row < 0) setText(this.#facts, this.#rows.length === 0 ? "" : "Point at a token to see its numbers.");
    else this.#showFacts(column < 0);
  }

  #showFacts(isWhole = false) {
    const [place, column] = this.#focus.place;
    const row = this.#rows[place];
    const token = isWhole ? undefined : row?.tokens[column];
    if (row === undefined) return setText(this.#facts, "");
    const facts = [...(token?.facts ?? []), ...(row.facts ?? [])].map(factText);
    const name = `${this.#noun} ${row.label}`;
    const said = [token ? signText(token) : "", ...facts].filter(Boolean).join(" · ");
    setText(this.#facts, `${token ? `“${token.text}” in ${name}` : name}: ${said || "nothing is known of it yet"}`);
  }
}

const factText = ([name, now, was]) => `${name} ${now}${was === null || was === undefined ? "" : ` (◆ was ${was})`}`;

const signText = (token) => [marks[token.mark]?.meaning, token.isClipped ? "clipped" : ""].filter(Boolean).join(" · ");

function createResponse() {
  const span = (name) => make("span", { class: name });
  const text = make("span", { class: "response-text" }, span("prompt"), span("tokens"), span("response-more"));
  return make("li", { class: "response" }, span("response-label"), text, span("response-facts"));
}

function updateResponse(row, response, index) {
  const part = (name) => row.querySelector(`.${name}`);
  row.classList.toggle("is-current", response.isCurrent === true);
  setText(part("response-label"), response.label);
  setText(part("prompt"), response.prompt);
  setText(part("response-more"), response.more > 0 ? `+ ${response.more}` : "");
  const [first] = response.facts ?? [];
  setText(part("response-facts"), first ? factText(first) : "");
  fillList(part("tokens"), response.tokens, createToken, (node, token, column) => updateToken(node, token, index, column));
}

function createToken() {
  const span = (name) => make("span", { class: name });
  return make("button", { type: "button", class: "token", tabindex: -1 }, span("token-text"), span("token-sign"));
}

function updateToken(node, token, row, column) {
  setAttribute(node, "data-row", row);
  setAttribute(node, "data-column", column);
  setKind(node, "mark", token.mark);
  node.classList.toggle("is-clipped", token.isClipped === true);
  node.classList.toggle("is-current", token.isCurrent === true);
  node.classList.toggle("is-changed", token.facts?.some(([, , was]) => was !== null && was !== undefined) ?? false);
  node.style.setProperty("--weight", `${Math.round(30 + 70 * Math.max(0, Math.min(1, token.weight ?? 0)))}%`);
  setText(node.children[0], token.text);
  setText(node.children[1], `${marks[token.mark]?.sign ?? ""}${token.isClipped ? "✂" : ""}`);
  setAttribute(node, "aria-label", [token.text, signText(token), ...(token.facts ?? []).map(factText)].filter(Boolean).join(", "));
}
