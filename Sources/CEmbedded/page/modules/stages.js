// The list of stages, in groups by the algorithm's loops; a click goes to a stage's first beat.
import { oneTabStop } from "./tab-stop.js";
import { byId, fillList, make, scrollWithin, setAttribute, setText } from "./dom.js";

/** Connects the list of stages. */
export function startStages(store) {
  byId("stage-groups").addEventListener("click", (event) => {
    const button = event.target.closest("button[data-first]");
    if (button !== null) store.goTo(Number(button.dataset.first));
  });
  const refresh = oneTabStop(byId("stage-groups"), "button[data-first]");
  store.on("overview", (pane) => pane === 0 && showStages(store.overview.stages));
  store.on("view", (pane) => {
    if (pane !== 0) return;
    showCurrentStage(store);
    refresh(byId("stage-groups").querySelector("button[aria-current]"));
  });
}

/** Neighbouring stages of the same iteration, epoch and minibatch. */
function stageGroups(stages) {
  const groups = [];
  stages.forEach((stage, index) => {
    const title = groupTitle(stage);
    if (groups.at(-1)?.title !== title) groups.push({ title, stages: [] });
    groups.at(-1).stages.push({ ...stage, index });
  });
  return groups;
}

function groupTitle(stage) {
  const parts = [];
  for (const loop of ["iteration", "epoch", "minibatch"]) {
    if (stage[loop] !== null && stage[loop] !== undefined) parts.push(`${loop} ${stage[loop]}`);
  }
  return parts.length === 0 ? "before" : parts.join(" · ");
}

function showStages(stages) {
  const createGroup = () => make("li", { class: "stage-group" }, make("h3"), make("ol"));
  const span = (name) => make("span", { class: name });
  const createStage = () => make("li", {}, make("button", { type: "button" }, span("stage-label"), span("stage-changed")));
  fillList(byId("stage-groups"), stageGroups(stages), createGroup, (item, group) => {
    setText(item.firstElementChild, group.title);
    fillList(item.lastElementChild, group.stages, createStage, (row, stage) => {
      const button = row.firstElementChild;
      setAttribute(button, "data-first", stage.first);
      setAttribute(button, "data-stage", stage.index);
      setAttribute(button, "title", stage.purpose);
      setText(button.firstElementChild, stage.name);
      setText(button.lastElementChild, stage.isChanged ? "◆" : "");
      setAttribute(button.lastElementChild, "title", stage.isChanged ? "something here is changed" : null);
    });
  });
}

function showCurrentStage(store) {
  const list = byId("stage-groups");
  const { view, overview } = store;
  const current = list.querySelector(`button[data-stage="${Number(view.stage)}"]`);
  const former = list.querySelector("button[aria-current]");
  if (former !== current) {
    former?.removeAttribute("aria-current");
    current?.setAttribute("aria-current", "step");
    if (current) scrollWithin(list, current);
  }
  const stage = overview.stages[view.stage];
  setText(byId("stage-name"), stage?.name ?? "");
  setText(byId("stage-purpose"), stage?.purpose ?? "");
  setText(byId("sentence"), view.sentence);
}
