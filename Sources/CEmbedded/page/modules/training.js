// A transformer learns in the page: start and pause, its curves, what it writes, its options, and each step in the debugger.
import { byId, fillList, make, setText } from "./dom.js";
import { counted, errorText } from "./text.js";
import { readBytes, readConfiguration } from "./payload.js";
import { Curve } from "./curve.js";
import { startTrainingWorker } from "./training-worker.js";

const wholeNumber = (count) => count.toLocaleString("en");

/** The panel, above the rest of the page. */
class TrainingPanel {
  #request;
  #worker;
  #run = null;
  #stage = -1;
  #step = 0;
  #charts = new Map();
  #isRunning = false;
  #isDone = false;
  #isDrawn = true;
  #seconds = null;

  constructor(request, bytes) {
    this.#request = request;
    this.parts = this.#build();
    this.#worker = startTrainingWorker((message) => this.#hear(message));
    this.#worker.postMessage({ do: "start", bytes }, [bytes.buffer]);
  }

  #build() {
    const parts = {
      title: make("h2", { class: "training-title", id: "training-title" }),
      run: make("button", { type: "button", class: "button is-main", disabled: true, click: () => this.#toggle() }, "Train"),
      again: make("button", { type: "button", class: "button", disabled: true, click: () => this.#begin() }, "Start again"),
      status: make("p", { class: "training-status" }),
      said: make("p", { class: "hidden-text", role: "status" }),
      progress: make("progress", { max: 1, value: 0, "aria-label": "Steps taken" }),
      charts: make("div", { class: "training-charts" }),
      samples: make("ul", { class: "training-samples" }),
      samplesTitle: make("h3", { class: "panel-title" }, "What it writes"),
      controls: make("div", { class: "training-controls" }),
      note: make("p", { class: "hint" }),
      message: make("p", { class: "message", role: "alert" }),
      step: make("input", { type: "number", min: 1, step: 1, value: 1, id: "training-step" }),
      open: make("button", { class: "button is-small", disabled: true }, "Open in the debugger"),
    };
    const open = (event) => {
      event.preventDefault();
      this.#open(Number(parts.step.value));
    };
    parts.form = make("form", { class: "training-open", submit: open }, make("label", { for: "training-step" }, "Step "), parts.step, parts.open);
    const promise = "It is the trainer of the command, in a thread of this page: nothing leaves this machine.";
    parts.root = make(
      "section",
      { class: "training panel", "aria-labelledby": "training-title" },
      parts.title,
      make("p", { class: "hint" }, promise),
      make("div", { class: "training-actions" }, parts.run, parts.again, parts.progress, parts.status, parts.said),
      parts.message,
      parts.charts,
      make(
        "div",
        { class: "training-columns" },
        make("div", {}, parts.samplesTitle, parts.samples),
        make("div", {}, make("h3", { class: "panel-title" }, "Change it while it runs"), parts.controls, parts.note),
        make("div", {}, make("h3", { class: "panel-title" }, "Look into a step"), parts.form, make("p", { class: "hint" }, "Or click at a curve.")),
      ),
    );
    return parts;
  }

  #hear(message) {
    const { parts } = this;
    switch (message.kind) {
      case "ready":
        return this.#begin();
      case "begun":
        this.#run = message.run;
        return this.#showRun();
      case "set":
        this.#run = message.run;
        setText(parts.message, "");
        if (this.#isLastStage) for (const { chart } of this.#charts.values()) chart.mark(this.#step);
        this.#drawSoon();
        return this.#showControls();
      case "progress":
        return this.#take(message.progress);
      case "batch":
        return this.#show(message);
      case "error":
        setText(parts.message, `${message.text.replace(/[.;]?$/, ".")}`);
        if (message.during === "set") return this.#showControls();
        if (message.during !== "open") this.#setRunning(false);
    }
  }

  #begin() {
    this.#setRunning(false);
    this.#worker.postMessage({ do: "begin", request: this.#request });
  }

  #showRun() {
    const { parts } = this;
    [this.#stage, this.#step, this.#isDone, this.#seconds] = [-1, 0, false, null];
    setText(parts.title, `A transformer of ${wholeNumber(this.#run.parameters)} parameters learns here: ${this.#run.sentence}`);
    setText(parts.message, "");
    parts.run.disabled = parts.again.disabled = false;
    parts.open.disabled = true;
    parts.charts.replaceChildren();
    this.#charts.clear();
    fillList(parts.samples, [], () => null, () => {});
    this.#showControls();
    this.#showStatus();
  }

  #toggle() {
    if (this.#isDone) return;
    this.#setRunning(!this.#isRunning);
    this.#worker.postMessage({ do: this.#isRunning ? "run" : "pause" });
    setText(this.parts.said, this.#isRunning ? "Training" : "Paused");
  }

  #setRunning(isRunning) {
    this.#isRunning = isRunning;
    setText(this.parts.run, isRunning ? "Pause" : this.#isDone ? "Trained" : this.#step > 0 ? "Go on" : "Train");
    this.#showStatus();
  }

  // MARK: Its progress

  #take(progress) {
    if (progress.stage !== this.#stage) this.#enter(progress);
    this.#step = progress.step;
    this.#seconds = this.#seconds === null ? progress.seconds : 0.9 * this.#seconds + 0.1 * progress.seconds;
    for (const { step, values } of progress.records) {
      for (const { chart, of } of this.#charts.values()) chart.add(step, values[of]);
    }
    if (progress.held_out) {
      for (const { chart, heldOut } of this.#charts.values()) chart.addHeldOut(progress.step, progress.held_out.values[heldOut]);
      this.#showSamples(progress.samples);
      setText(this.parts.said, this.parts.status.textContent);
    }
    if (progress.is_done) {
      this.#isDone = true;
      this.#setRunning(false);
      this.parts.run.disabled = true;
      setText(this.parts.said, "Trained to its last step");
    }
    if (this.#isLastStage && progress.step > 0) {
      if (this.parts.open.disabled) this.parts.step.value = progress.step;
      this.parts.step.max = progress.step;
      this.parts.open.disabled = false;
    }
    this.#drawSoon();
  }

  get #isLastStage() {
    return this.#stage === this.#run.stages.length - 1;
  }

  /** A stage has curves of its own: the loss, and what its trainer calls most telling. */
  #enter(progress) {
    this.#stage = progress.stage;
    const names = [...new Set(["loss", ...progress.headline.map((name) => name.replace(/^eval_/, ""))])];
    this.#charts = new Map(
      names.map((name) => {
        const chart = new Curve(name, this.#run.stages[this.#stage].steps, (step) => this.#open(step));
        return [name, { chart, of: name, heldOut: `eval_${name}` }];
      }),
    );
    this.parts.charts.replaceChildren(...[...this.#charts.values()].map(({ chart }) => chart.node));
  }

  #drawSoon() {
    if (!this.#isDrawn) return;
    this.#isDrawn = false;
    requestAnimationFrame(() => {
      this.#isDrawn = true;
      for (const { chart } of this.#charts.values()) chart.show();
      this.#showStatus();
    });
  }

  #showStatus() {
    if (this.#run === null) return;
    const { stages, trainer } = this.#run;
    const stage = stages[Math.max(0, this.#stage)];
    this.parts.progress.max = stage.steps;
    this.parts.progress.value = this.#step;
    const start = stage.trainer === trainer ? "" : `first a start by ${stage.trainer}, `;
    const speed = this.#seconds === null ? "" : ` · ${Math.round(this.#seconds * 1000)} ms a step`;
    const plan = `${counted(stages.length, "stage")}: ${stages.map((each) => `${each.trainer}, ${counted(each.steps, "step")}`).join("; ")}`;
    setText(this.parts.status, this.#stage < 0 ? plan : `${start}${stage.trainer}: step ${this.#step} of ${stage.steps}${speed}`);
  }

  #showSamples(samples) {
    setText(this.parts.samplesTitle, `What it writes after step ${this.#step}`);
    const create = () => make("li", {}, make("span", { class: "prompt" }), make("span", { class: "training-completion" }), make("span", { class: "training-reward" }));
    fillList(this.parts.samples, samples, create, (node, sample) => {
      setText(node.children[0], sample.prompt);
      setText(node.children[1], sample.completion);
      setText(node.children[2], sample.reward === undefined ? "" : `reward ${sample.reward}`);
    });
  }

  // MARK: Its options and its steps

  #showControls() {
    const create = () => make("label", { class: "training-control" }, make("span", {}), make("input", { type: "text", autocomplete: "off", spellcheck: "false", change: (event) => this.#set(event.target) }));
    fillList(this.parts.controls, this.#run.controls, create, (node, control) => {
      node.title = `${control.sentence} ${control.expectation}`;
      setText(node.children[0], control.name);
      node.children[1].dataset.name = control.name;
      if (document.activeElement !== node.children[1]) node.children[1].value = control.value;
    });
    setText(this.parts.note, this.#run.note ?? "");
  }

  #set(field) {
    this.#worker.postMessage({ do: "set", name: field.dataset.name, value: field.value.trim() });
  }

  /** Hands a step's batch to the debugger, as a file with this name, and goes there. */
  #show({ step, text }) {
    const name = `${this.#run.trainer} step ${step}.json`;
    document.dispatchEvent(new CustomEvent("gradus-open", { detail: { name, text } }));
    byId("main").scrollIntoView();
  }

  #open(step) {
    if (!this.#isLastStage || this.parts.open.disabled) return;
    const chosen = Math.max(1, Math.min(step, Number(this.parts.step.max)));
    this.parts.step.value = chosen;
    this.#worker.postMessage({ do: "open", step: chosen });
  }
}

async function startTraining() {
  const request = readConfiguration()?.training;
  const bytes = await readBytes("gradus-training");
  if (!request || bytes === null) return;
  byId("notice").after(new TrainingPanel(request, bytes).parts.root);
}

startTraining().catch((error) => {
  setText(byId("notice-text"), `Training cannot start: ${errorText(error)}`);
  byId("notice").hidden = false;
});
