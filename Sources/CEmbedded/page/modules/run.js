// A whole run: what the doctor finds in its curves, each finding with the curves that show it, and the steps to open.
import { byId, make, setText } from "./dom.js";
import { counted, errorText } from "./text.js";
import { Curve } from "./curve.js";
import { findingCard } from "./findings.js";
import { openFile } from "./files.js";

/** Connects the run's panel, which a run that is opened shows. */
export function startRun(store, tabs) {
  store.on("run", (run) => {
    try {
      const batches = run.batches.map(([step]) => step);
      const { name, log, text, trainer } = run;
      show(store, run, store.engine.ask({ do: "examine", name, log, text, trainer, batches }));
      tabs.offer("run", true);
      tabs.show("run");
    } catch (error) {
      store.notify(`${run.name}: ${errorText(error)}`);
    }
  });
}

function show(store, run, report) {
  const { findings, examined, curves } = report;
  const batches = new Map(run.batches);
  const open = (step) => openFile(store, batches.get(step));
  const openNearest = (step) => {
    const steps = [...batches.keys()].sort((a, b) => Math.abs(a - step) - Math.abs(b - step));
    if (steps.length > 0) open(steps[0]);
  };
  const drawn = ({ metric, points }, mark) => {
    const curve = new Curve(metric, report.last, openNearest);
    for (const [step, value] of points) curve.add(step, value);
    if (mark !== undefined) curve.mark(mark);
    curve.show();
    return curve.node;
  };

  setText(byId("run-name"), report.name);
  setText(byId("run-source"), `${report.source}, ${counted(report.last, "step")}`);
  const number = findings.length === 0 ? "None" : String(findings.length);
  setText(byId("run-summary"), `${number} of the ${counted(examined, "trouble")} that its curves could show.`);
  byId("run-findings").replaceChildren(...findings.map((finding) => {
    const card = findingCard(finding, finding.evidence.map(curveNumber));
    card.append(make("div", { class: "run-curves" }, ...finding.curves.map((each) => drawn(each, finding.step))), opening(finding, open));
    return card;
  }));
  byId("run-recorded").hidden = batches.size === 0;
  byId("run-steps").replaceChildren(...[...batches.keys()].map((step) => stepButton(String(step), () => open(step))));
  byId("run-curves").replaceChildren(...curves.filter(({ points }) => points.length > 1).map((each) => drawn(each)));
}

const stepButton = (text, click) => make("button", { type: "button", class: "button is-small", click }, text);

/** How the step of a finding is opened: its recorded batch, or the command that records it. */
function opening({ step, batch, opening: command }, open) {
  if (batch === undefined) return make("p", { class: "finding-kind" }, `Open: ${command}`);
  const near = batch === step ? "" : `, the recorded step nearest to ${step}`;
  return make("p", {}, stepButton(`Open step ${batch}${near}`, () => open(batch)));
}

function curveNumber({ metric, valueText, place }) {
  const span = (name, text) => make("span", { class: name }, text);
  return make("li", { class: "run-number" }, span("jump-name", metric), " ", span("jump-value", valueText), " ", span("jump-note", place));
}
