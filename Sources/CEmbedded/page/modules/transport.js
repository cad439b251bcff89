// Stepping: buttons, the slider over all beats, playing, and where one is.
import { byId, setAttribute, setText } from "./dom.js";
import { counted } from "./text.js";

/** Steps by itself, until the end, a breakpoint or the reader stops it. */
export class Player {
  #store;
  #timer = null;
  #listener = () => {};

  constructor(store) {
    this.#store = store;
  }

  get isPlaying() {
    return this.#timer !== null;
  }

  onChange(listener) {
    this.#listener = listener;
  }

  toggle() {
    this.isPlaying ? this.stop() : this.start();
  }

  start() {
    const { view, overview } = this.#store;
    if (view === null || this.isPlaying) return;
    if (view.at >= overview.beats - 1) this.#store.goTo(0);
    this.#schedule();
    this.#listener();
  }

  stop() {
    clearTimeout(this.#timer);
    this.#timer = null;
    this.#listener();
  }

  #schedule() {
    this.#timer = setTimeout(() => this.#tick(), 1000 / Number(byId("speed").value));
  }

  #tick() {
    this.#store.stepBy(1);
    const { view, overview } = this.#store;
    if (view.at >= overview.beats - 1 || overview.hits.includes(view.at)) this.stop();
    else this.#schedule();
  }
}

/** Connects the transport bar. */
export function startTransport(store, player) {
  const click = (id, action) => byId(id).addEventListener("click", action);
  const byHand = (action) => () => {
    if (player.isPlaying) player.stop();
    action();
  };
  click("beat-back", byHand(() => store.stepBy(-1)));
  click("beat-forward", byHand(() => store.stepBy(1)));
  click("stage-back", byHand(() => store.stepStages(-1)));
  click("stage-forward", byHand(() => store.stepStages(1)));
  click("hit-back", byHand(() => store.stepHits(-1)));
  click("hit-forward", byHand(() => store.stepHits(1)));
  click("play", () => player.toggle());
  const slider = byId("slider");
  slider.addEventListener("input", byHand(() => store.soon("slider", () => store.goTo(Number(slider.value)))));
  byId("position").addEventListener("change", byHand(() => store.goTo(Number(byId("position").value))));
  player.onChange(() => showPlaying(player.isPlaying));
  store.on("overview", (pane) => pane === 0 && showTimeline(store.overview));
  store.on("view", (pane) => pane === 0 && showPosition(store));
}

function showPlaying(isPlaying) {
  const button = byId("play");
  setAttribute(button, "aria-label", isPlaying ? "Pause" : "Play");
  setAttribute(button, "title", isPlaying ? "Pause (space)" : "Play (space)");
  setAttribute(button.querySelector("use"), "href", isPlaying ? "#icon-pause" : "#icon-play");
  // A voice that reads every sentence of a playing recording would never finish one.
  setAttribute(byId("sentence"), "aria-live", isPlaying ? "off" : "polite");
}

function showPosition(store) {
  const { view, overview } = store;
  const stage = overview.stages[view.stage];
  const slider = byId("slider");
  slider.value = String(view.at);
  setAttribute(slider, "aria-valuetext", `beat ${view.at}, ${stage?.name ?? ""} ${view.place ?? ""}`);
  if (document.activeElement !== byId("position")) byId("position").value = String(view.at);
  setText(byId("position-stage"), stage === undefined ? "" : `${stage.name} · ${view.at - stage.first + 1} of ${stage.count}`);
  setText(byId("position-place"), view.place ?? "");
  setText(byId("position-hit"), overview.hits.includes(view.at) ? "● breakpoint" : "");
  byId("beat-back").disabled = byId("stage-back").disabled = view.at === 0;
  byId("beat-forward").disabled = byId("stage-forward").disabled = view.at === overview.beats - 1;
  byId("hit-back").disabled = store.nextHit(-1) === null;
  byId("hit-forward").disabled = store.nextHit(1) === null;
}

function showTimeline(overview) {
  const last = Math.max(1, overview.beats - 1);
  for (const id of ["slider", "position"]) setAttribute(byId(id), "max", overview.beats - 1);
  setText(byId("last-beat"), overview.beats - 1);
  const ticks = byId("ticks");
  setAttribute(ticks, "viewBox", `0 0 ${last} 24`);
  const draw = (name, path) => setAttribute(ticks.querySelector(name), "d", path);
  const begins = (stage, index) => index === 0 || stage.iteration !== overview.stages[index - 1].iteration;
  draw(".tick-stage", overview.stages.map((stage) => `M${stage.first} 18v4`).join(""));
  draw(".tick-loop", overview.stages.filter(begins).map((stage) => `M${stage.first} 16v8`).join(""));
  const band = ({ first, count }) => `M${first} 21h${count}v2h-${count}z`;
  draw(".tick-changed", overview.stages.filter((stage) => stage.isChanged).map(band).join(""));
  draw(".tick-hit", overview.hits.map((hit) => `M${hit} 1v7`).join(""));
  const legend = "marks above are breakpoint hits, a band below is what you changed";
  setAttribute(byId("slider"), "title", `${counted(overview.stages.length, "stage")}; ${legend}`);
}
