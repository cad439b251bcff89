// The rewards of the current iteration, to be put where the reader wants them.
import { byId, fillList, make, setAttribute, setText } from "./dom.js";
import { errorText } from "./text.js";

/** Connects the rewards. */
export function startRewards(store) {
  const list = byId("rewards");
  const send = (row, value) => {
    const { term, occurrence } = row.reward;
    store.soon(`reward ${term} ${occurrence}`, () => {
      try {
        store.set(store.active, { term, occurrence, value });
      } catch (error) {
        setText(row.querySelector(".message"), errorText(error));
      }
    });
  };
  list.addEventListener("input", (event) => {
    const value = event.target.valueAsNumber;
    if (Number.isFinite(value)) send(event.target.closest("li"), value);
  });
  list.addEventListener("focusout", () => showRewards(store));
  list.addEventListener("click", (event) => {
    if (event.target.closest(".reward-undo")) send(event.target.closest("li"), null);
  });
  store.on("view", (pane) => pane === store.active && showRewards(store));
  store.on("panes", () => showRewards(store));
}

function showRewards(store) {
  const rewards = store.panes[store.active]?.view?.rewards ?? [];
  fillList(byId("rewards"), rewards, createReward, (row, reward, index) => updateReward(row, reward, index, store.canChange));
  byId("rewards-panel").hidden = rewards.length === 0;
  setText(byId("rewards-empty"), rewards.length === 0 ? "No reward is given at this place." : "");
}

function createReward() {
  return make(
    "li",
    { class: "reward" },
    make("label", {}, make("span", { class: "reward-term" }), " ", make("span", { class: "reward-label" })),
    make("input", { type: "number", step: "0.1", inputmode: "decimal" }),
    make("button", { type: "button", class: "reward-undo" }),
    make("p", { class: "message", role: "status" }),
  );
}

function updateReward(row, reward, index, isEnabled) {
  const [label, input, undo, message] = row.children;
  const isOther = row.reward?.term !== reward.term || row.reward?.occurrence !== reward.occurrence;
  row.reward = reward;
  setAttribute(input, "id", `reward-${index}`);
  setAttribute(label, "for", `reward-${index}`);
  setText(label.firstElementChild, reward.term);
  setText(label.lastElementChild, reward.label);
  input.disabled = !isEnabled;
  if (isOther || document.activeElement !== input) {
    input.value = reward.value === null ? "" : String(Number(reward.value.toPrecision(4)));
  }
  row.classList.toggle("is-changed", Boolean(reward.was) || reward.isSet);
  undo.hidden = !(reward.isSet || reward.was);
  undo.disabled = !reward.isSet;
  setText(undo, reward.was ? `◆ was ${reward.was.text}` : "◆");
  setAttribute(undo, "title", reward.isSet ? `Take back the change of ${reward.term}` : "moved by another change");
  setText(message, "");
}
