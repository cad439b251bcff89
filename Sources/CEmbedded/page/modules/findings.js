// What the doctor finds in a batch, as cards whose numbers lead to where they were recorded; how ratios and advantages are
// spread; and what stands out most.
import { byId, fillList, make, setAttribute, setText } from "./dom.js";
import { copyPicture } from "./svg-text.js";
import { drawingElement } from "./markup.js";
import { oneTabStop } from "./tab-stop.js";
import { counted, errorText } from "./text.js";

/** Connects the findings; `tabs` shows them first where a batch has been opened. */
export function startFindings(store, tabs) {
  const findings = new Findings(store, tabs);
  store.on("overview", (pane) => pane === 0 && findings.renew());
  tabs.on("findings", () => findings.show());
}

class Findings {
  #store;
  #tabs;
  #base = null;
  #isOld = true;
  #tabStops = ["findings-list", "outliers"].map((id) => oneTabStop(byId(id), "button[data-at]"));

  constructor(store, tabs) {
    this.#store = store;
    this.#tabs = tabs;
    byId("panel-findings").addEventListener("click", (event) => {
      const link = event.target.closest("button[data-at]");
      if (link !== null) this.#jump(Number(link.dataset.at), link.dataset.term);
    });
  }

  /** The recording has changed: what was found in it may be gone. */
  renew() {
    const { overview, source, base } = this.#store;
    const isOffered = overview.isBatch === true && source.hasFindings === true;
    this.#tabs.offer("findings", isOffered);
    this.#isOld = true;
    const isNew = base !== this.#base;
    this.#base = base;
    if (!isOffered) return;
    if (isNew) this.#tabs.show("findings");
    else if (this.#tabs.current === "findings") this.#store.soon("findings", () => this.show());
  }

  show() {
    if (!this.#isOld || this.#store.overview === null) return;
    this.#isOld = false;
    try {
      this.#fill(this.#store.findings());
    } catch (error) {
      this.#isOld = true;
      setText(byId("findings-summary"), errorText(error));
    }
  }

  #fill({ findings, examined, spreads, outliers }) {
    const number = findings.length === 0 ? "None" : String(findings.length);
    setText(byId("findings-summary"), `${number} of the ${counted(examined, "known puzzle")} that gradus doctor looks for.`);
    byId("findings-list").replaceChildren(...findings.map((finding) => findingCard(finding, finding.evidence.map(evidence))));
    byId("spreads").replaceChildren(...spreads.map(spread).filter((each) => each !== null));
    const panel = byId("outliers");
    panel.hidden = outliers === null;
    if (outliers !== null) fillOutliers(panel, outliers);
    for (const refresh of this.#tabStops) refresh();
  }

  #jump(at, term) {
    this.#store.goTo(at);
    this.#tabs.show("terms");
    byId("tab-terms").focus();
    if (term) this.#store.emit("choose", term);
  }
}

/** One finding: what it is, its numbers as list items, why it is so and what to do. */
export function findingCard(finding, numbers) {
  const text = (name, content) => (content ? make("p", { class: name }, content) : null);
  return make(
    "li",
    { class: `finding verdict-${/^[a-z]+$/.test(finding.verdict) ? finding.verdict : "harmless"}` },
    make("h3", {}, make("span", { class: "finding-mark", "aria-hidden": "true" }, finding.mark), " ", finding.title),
    text("finding-kind", `${finding.meaning} · ${finding.name}`),
    make("ul", { class: "finding-evidence" }, ...numbers),
    text("finding-why", finding.explanation),
    text("finding-why", finding.inference ? `Inferred: ${finding.inference}.` : ""),
    make("p", { class: "finding-advice" }, make("strong", {}, "Do: "), finding.advice),
    text("finding-kind", `Read: ${finding.lesson}, on ${finding.topic}`),
  );
}

/** A number as a link to where the term that it is about was recorded. */
function evidence({ expression, valueText, loops, at, term }) {
  const title = term ? `to ${term} at beat ${at}` : `to beat ${at}`;
  const span = (name, text) => make("span", { class: name }, text);
  const button = { type: "button", class: "jump", "data-at": at, "data-term": term, title };
  const place = loops ? make("span", { class: "jump-note" }, `at ${loops}`) : null;
  return make("li", {}, make("button", button, span("jump-name", expression), span("jump-value", valueText)), place);
}

function spread({ title, svg }) {
  const drawing = drawingElement(svg);
  if (drawing === null) return null;
  setAttribute(drawing, "class", "plot");
  setAttribute(drawing, "role", "img");
  setAttribute(drawing, "aria-label", title);
  const copy = make("button", { type: "button", class: "button is-small", click: () => copyPicture(copy, svg) }, "Copy SVG");
  return make("figure", { class: "spread" }, drawing, make("figcaption", {}, copy));
}

function fillOutliers(panel, { title, columns, rows }) {
  setText(panel.querySelector("h3"), title);
  const hasTokens = rows.some(({ token }) => token !== null);
  const heads = [...(hasTokens ? ["token"] : []), "term", ...columns, "gradient"];
  fillList(panel.querySelector("thead tr"), heads, () => make("th", { scope: "col" }), setText);
  const list = panel.querySelector("tbody");
  list.replaceChildren(...rows.map(({ token, term, at, values, gradient }) => {
    const link = make("button", { type: "button", class: "jump", "data-at": at, "data-term": term }, make("span", { class: "jump-name" }, term));
    const cell = (content) => make("td", {}, content);
    return make("tr", {}, ...(hasTokens ? [cell(token === null ? "" : `“${token}”`)] : []), cell(link), ...values.map(cell), cell(gradient ?? ""));
  }));
}
