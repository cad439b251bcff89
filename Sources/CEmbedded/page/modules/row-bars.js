// The row of the policy that is being sampled from, as large bars: before, now, and the reference's.
import { fillList, make, setAttribute, setKind, setText } from "./dom.js";
import { percentText } from "./policy.js";

/** What a bar of full height stands for: few steps, so that a small change moves bars and not their scale. */
const fullHeights = [0.25, 0.5, 1];

/** As many words as have room beside each other, with their percentages, in every window. */
const roomForWords = 8;

/** The next token's probabilities in a pane. */
export class RowBars {
  #panel;
  #title;
  #list;

  constructor(root) {
    this.#panel = root.querySelector(".row-panel");
    this.#title = root.querySelector(".row-title");
    this.#list = root.querySelector(".row-bars");
  }

  show({ policy, trajectory }) {
    const row = policy?.rows[policy.current] ?? null;
    this.#panel.hidden = row === null;
    if (row === null) return;
    const current = trajectory?.rows.flatMap(({ tokens }) => tokens).find(({ isCurrent }) => isCurrent)?.text;
    const all = policy.columns.map((word, column) => ({
      word,
      before: row.before[column] ?? row.after[column],
      after: row.after[column],
      reference: row.reference?.[column] ?? null,
      compared: policy.compared ?? "reference",
      isCurrent: word === current,
    }));
    const bars = likeliest(all, roomForWords);
    const rest = bars.length < all.length ? ` · ${all.length - bars.length} more left out` : "";
    const title = row.state === "" ? "What comes next" : `${policy.asks ?? "What comes after"} “${row.state}”`;
    setText(this.#title, title + rest);
    const most = Math.max(...bars.map(({ before, after, reference }) => Math.max(before, after, reference ?? 0)));
    const full = fullHeights.find((height) => height >= most) ?? 1;
    for (const bar of bars) bar.full = full;
    fillList(this.#list, bars, createBar, updateBar);
    setKind(this.#panel, "has", row.reference ? "reference" : null);
    setText(this.#panel.querySelector(".reference-name"), policy.compared ?? "reference");
  }
}

/** In their own order; the word that is looked at is always among them. */
function likeliest(bars, count) {
  const rank = ({ before, after, reference, isCurrent }) => (isCurrent ? Infinity : Math.max(before, after, reference ?? 0));
  const kept = new Set([...bars].sort((a, b) => rank(b) - rank(a)).slice(0, count));
  return bars.filter((bar) => kept.has(bar));
}

function createBar() {
  const bar = (name) => make("span", { class: `column ${name}` });
  const columns = make("span", { class: "columns", "aria-hidden": "true" }, bar("is-before"), bar("is-after"), bar("is-reference"));
  return make("li", { class: "row-bar" }, make("span", { class: "row-percent" }), columns, make("span", { class: "row-word" }));
}

function updateBar(item, { word, before, after, reference, compared, isCurrent, full }) {
  const [number, columns, name] = item.children;
  // What reads as before bears no mark.
  const mark = percentText(before) === percentText(after) ? null : after > before ? "positive" : "negative";
  setKind(item, "mark", mark);
  item.classList.toggle("is-current", isCurrent);
  setText(number, `${percentText(after)}${mark === "positive" ? " ▲" : mark === "negative" ? " ▼" : ""}`);
  setText(name, word);
  const ofReference = reference === null ? "" : `, ${compared} ${percentText(reference)}`;
  setAttribute(item, "title", `${word}: before ${percentText(before)}, now ${percentText(after)}${ofReference}`);
  const heights = [before, after, reference ?? 0];
  heights.forEach((height, index) => columns.children[index].style.setProperty("--part", String(Math.max(0, Math.min(1, height / full)))));
  columns.children[2].hidden = reference === null;
}
