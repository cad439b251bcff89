// One or two panes side by side, each with terms, responses, diagram and policy.
import { byId, fillList, make, setAttribute, setText } from "./dom.js";
import { DiagramView } from "./diagram.js";
import { PictureView } from "./picture.js";
import { PolicyTable } from "./policy.js";
import { RowBars } from "./row-bars.js";
import { Relations } from "./relations.js";
import { TermTable } from "./terms.js";
import { TrajectoryView } from "./trajectory.js";

const paneLabels = {
  "row-panel": "Next token",
  "terms-panel": "Terms",
  "terms-scroll": "Terms, scrolls",
  terms: "Terms of this beat",
  "trajectory-panel": "Responses",
  "diagram-panel": "Diagram",
  "policy-panel": "Policy",
  "policy-scroll": "Policy, scrolls",
  policy: "Probabilities of the next token",
};

/** The parts of one pane. */
class Pane {
  constructor(store, index, drawings) {
    this.root = byId("pane-template").content.firstElementChild.cloneNode(true);
    const name = index === 0 ? "" : " of the variant";
    for (const [part, label] of Object.entries(paneLabels)) {
      setAttribute(this.root.querySelector(`.${part}`), "aria-label", label + name);
    }
    const jump = (at, term) => {
      store.goTo(at);
      terms.chooseText(term);
    };
    let responses = null;
    const relations = new Relations(this.root, jump, (term) => store.why(index, term.text));
    const diagram = new DiagramView(this.root, index, drawings, (text) => terms.chooseText(text));
    const terms = new TermTable(this.root, (term) => {
      relations.show(term, store.canChange);
      diagram.highlight(term);
      this.picture.highlight(term);
      responses.point(term?.text ?? "");
    });
    const look = (text) => terms.lookAt(text) || responses.point(text);
    this.picture = new PictureView(store, index, drawings, (text) => terms.chooseText(text), look);
    responses = new TrajectoryView(this.root, (text) => terms.lookAt(text) || this.picture.highlight({ text }));
    const others = [RowBars, PolicyTable, Watches].map((Part) => new Part(this.root));
    this.parts = [responses, diagram, terms, ...others];
    this.choose = (text) => terms.chooseText(text) || this.picture.highlight({ text });
  }

  show({ view, overview }, isOneOfTwo) {
    // The picture of two panes is drawn when both are where they should be.
    for (const part of isOneOfTwo ? this.parts : [this.picture, ...this.parts]) {
      try {
        part.show(view);
      } catch (error) {
        console.error(error); // the other parts are still worth showing
      }
    }
    const stage = overview.stages[view.stage];
    setText(this.root.querySelector(".pane-place"), isOneOfTwo ? `${stage?.name ?? ""} · beat ${view.at}` : "");
  }
}

/** The expressions that are being watched. */
class Watches {
  #list;

  constructor(root) {
    this.#list = root.querySelector(".watches");
  }

  show(view) {
    const watches = view.watches ?? [];
    this.#list.hidden = watches.length === 0;
    fillList(this.#list, watches, () => make("div", {}, make("dt"), make("dd")), (item, watch) => {
      setText(item.firstElementChild, watch.text);
      setText(item.lastElementChild, watch.value);
    });
  }
}

/** `Responses` of `response`. */
const plural = (noun) => `${noun[0].toUpperCase()}${noun.slice(1)}s`;

/** Connects the panes and the button that opens the second one. */
export function startPanes(store, drawings, tabs) {
  const box = byId("panes");
  const panes = [new Pane(store, 0, drawings)];
  const pictures = byId("pictures");
  box.append(panes[0].root);
  pictures.append(panes[0].picture.root);
  const show = (index) => {
    if (!store.panes[index] || !panes[index]) return;
    panes[index].show(store.panes[index], store.isComparing);
    if (index === 0) tabs.rename("responses", plural(store.panes[0].view.trajectory?.noun ?? "response"));
    if (index === 1) panes[0].picture.show();
  };
  store.on("view", show);
  store.on("panes", () => {
    if (store.isComparing && panes.length === 1) {
      panes.push(new Pane(store, 1, drawings));
      box.append(panes[1].root);
    } else if (!store.isComparing && panes.length === 2) {
      panes.pop().root.remove();
    }
    document.body.classList.toggle("is-comparing", store.isComparing);
    showPaneNames(store, panes);
    panes.forEach((_, index) => show(index));
  });
  store.on("overview", () => showPaneNames(store, panes));
  store.on("picture", () => panes.forEach(({ picture }) => picture.show()));
  store.on("choose", (text) => panes[0].choose(text));
  store.on("view", (index) => index === 0 && tabs.offer("policy", Boolean(store.view.policy)));
  const button = byId("compare");
  button.addEventListener("click", () => {
    if (store.isComparing) return store.endComparison();
    if (store.attempt(() => store.compare())) store.choosePane(1);
  });
  store.on("panes", () => {
    setAttribute(button, "aria-pressed", String(store.isComparing));
    setText(button, store.isComparing ? "End comparison" : "Compare");
    button.disabled = !store.canChange;
  });
}

function showPaneNames(store, panes) {
  const { variant } = store;
  const texts = [
    ...(variant?.settings ?? []).map(([name, value]) => `${name} = ${value}`),
    ...(variant?.terms ?? []).map((item) => `${item.term} = ${item.value}`),
  ];
  const variantName = `Variant: ${texts.join(", ") || "choose a setting under “What if”"}`;
  panes.forEach((pane, index) => {
    const title = pane.root.querySelector(".pane-name");
    title.hidden = !store.isComparing;
    setText(title, index === 0 ? "Original" : variantName);
  });
}
