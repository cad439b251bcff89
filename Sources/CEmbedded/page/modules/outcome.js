// What becomes of a run: its numbers over the iterations, the original pale and the changed bold, drawn anew with every change.
import { byId, setAttribute, setText } from "./dom.js";
import { drawingElement } from "./markup.js";
import { copyPicture } from "./svg-text.js";

const kind = "progress";

/** Connects the charts; they are asked for while their tab is open. */
export function startOutcome(store, tabs) {
  const box = byId("outcome");
  let text = "";
  const show = () => {
    if (tabs.current !== "outcome" || store.overview === null || !store.plots.includes(kind)) return;
    const answer = store.plot(kind, 0, { width: box.clientWidth });
    setText(byId("outcome-problem"), answer.problem ?? "");
    if ((answer.svg ?? "") === text) return;
    text = answer.svg ?? "";
    const drawing = text === "" ? null : drawingElement(text);
    box.replaceChildren(...(drawing === null ? [] : [drawing]));
    if (drawing === null) return;
    setAttribute(drawing, "class", "plot");
    setAttribute(drawing, "role", "img");
    setAttribute(drawing, "aria-label", answer.title);
    for (const point of box.querySelectorAll('[data-term]:not([data-term=""])')) point.classList.add("leads");
  };
  box.addEventListener("click", (event) => {
    const point = event.target.closest('[data-term]:not([data-term=""])');
    if (point === null) return;
    store.goTo(Number(point.dataset.beat));
    store.emit("choose", point.dataset.term);
  });
  byId("copy-outcome").addEventListener("click", () => copyPicture(byId("copy-outcome"), text));
  store.on("view", (pane) => pane === 0 && tabs.offer("outcome", store.plots.includes(kind)));
  store.on("overview", show);
  store.on("panes", show);
  tabs.on("outcome", show);
}
