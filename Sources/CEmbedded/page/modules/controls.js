// What if: the options of the active pane, the preset, how much has changed, and the command line for the same.
import { byId, copyFrom, make, setAttribute, setText } from "./dom.js";
import { commandText } from "./changes.js";
import { createControl, updateControl } from "./control-fields.js";
import { counted, errorText } from "./text.js";

/** Connects the options. */
export function startControls(store, tabs) {
  byId("reset").addEventListener("click", () => store.reset(store.active));
  byId("first-change").addEventListener("click", () => store.goTo(store.panes[store.active]?.overview.firstChange));
  byId("copy-command").addEventListener("click", () => copyFrom(byId("copy-command"), byId("command-text").textContent));
  byId("pane-choice").addEventListener("click", (event) => {
    const pane = event.target.closest("button")?.dataset.pane;
    if (pane !== undefined) store.choosePane(Number(pane));
  });
  const show = () => showControls(store);
  store.on("overview", (pane) => pane === store.active && show());
  store.on("panes", show);
  store.on("picture", show);
  byId("more-options").addEventListener("click", () => {
    tabs.show("options");
    byId("tab-options").focus();
  });
  store.on("view", (pane) => pane === store.active && showCommand(store));
}

function showControls(store) {
  const overview = store.panes[store.active]?.overview;
  if (!overview) return;
  const controls = [...presetControl(overview), ...overview.controls];
  const { levers } = store;
  const isLever = ({ name }) => levers.includes(name);
  const byRank = (a, b) => levers.indexOf(a.name) - levers.indexOf(b.name);
  place(byId("controls"), controls.filter(isLever).sort(byRank), store);
  place(byId("more-controls"), controls.filter((control) => !isLever(control)), store);
  const count = overview.changes.settings.length + overview.changes.terms.length;
  setText(byId("changed-count"), changeText(overview.changedTerms, count));
  byId("first-change").hidden = !Number.isFinite(overview.firstChange);
  byId("reset").disabled = count === 0 || !store.canChange;
  byId("pane-choice").hidden = !store.isComparing;
  for (const button of byId("pane-choice").children) {
    setAttribute(button, "aria-pressed", String(Number(button.dataset.pane) === store.active));
  }
  showCommand(store);
}

function changeText(changedTerms, changes) {
  if (changedTerms > 0) return `◆ ${counted(changedTerms, "term")} changed`;
  return changes > 0 ? "◆ no number moved" : "";
}

const noPreset = "choose …";

/** The preset, as one more option; it is not taken back by itself, but by a reset. */
function presetControl(overview) {
  if (!overview.presets?.length) return [];
  const value = overview.preset ?? noPreset;
  const sentence = "Takes over the conventions of an implementation: it sets several options at once.";
  const choices = [noPreset, ...overview.presets];
  return [{ name: "preset", kind: "choice", value, original: value, choices, sentence, source: "", isMain: true }];
}

function place(box, controls, store) {
  const shape = JSON.stringify([store.canChange, controls.map(({ name, kind, choices }) => [name, kind, choices])]);
  if (box.dataset.shape !== shape) {
    box.dataset.shape = shape;
    const heard = (name, value, isDragged) => change(store, name, value, isDragged);
    box.replaceChildren(...controls.map((control) => createControl(control, store.canChange, heard)));
  }
  controls.forEach((control, index) => updateControl(box.children[index], control));
}

function change(store, name, value, isDragged) {
  if (value === noPreset) return showControls(store);
  const apply = () => {
    try {
      store.set(store.active, { option: name, value });
    } catch (error) {
      showControls(store);
      const row = document.querySelector(`.control[data-name="${CSS.escape(name)}"]`);
      if (row) setText(row.querySelector(":scope > .message"), errorText(error));
    }
  };
  isDragged ? store.soon(`option ${name}`, apply) : apply();
}

function showCommand(store) {
  const pane = store.panes[store.active];
  byId("command-text").parentElement.hidden = store.base?.source.isFile === true;
  if (pane?.view) setText(byId("command-text"), commandText(store.base, pane.overview, pane.view));
}
