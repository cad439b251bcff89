// One option as fields: a slider with a number, a choice, a box to tick, or text. Each says what it means and what it was.
import { make, setAttribute, setText } from "./dom.js";

/** A row for a control; `change(name, value, isDragged)` hears of every change. */
export function createControl(control, isEnabled, change) {
  const id = `option-${control.name}`;
  const send = (value, isDragged = false) => change(control.name, value, isDragged);
  const undo = () => send(row.dataset.original);
  const help = {
    type: "button", class: "control-help", title: control.sentence, click: () => toggleHelp(row),
    "aria-expanded": "false", "aria-label": `What ${control.name} is`,
  };
  const source = control.source ? make("span", { class: "control-source" }, ` ${control.source}`) : null;
  const row = make(
    "div",
    { class: "control", "data-name": control.name, role: "group", "aria-label": control.name },
    make("label", { for: id, class: "control-name" }, ...breakable(control.name)),
    make("button", { type: "button", class: "control-undo", click: undo, disabled: !isEnabled }),
    make("button", help, "?"),
    make("div", { class: "control-fields" }, ...fields(control, id, isEnabled, send)),
    make("p", { class: "control-sentence", id: `${id}-help`, hidden: true }, control.sentence, source),
    make("p", { class: "message", role: "status" }),
  );
  return row;
}

function toggleHelp(row) {
  const sentence = row.querySelector(".control-sentence");
  sentence.hidden = !sentence.hidden;
  setAttribute(row.querySelector(".control-help"), "aria-expanded", String(!sentence.hidden));
}

function fields(control, id, isEnabled, send) {
  const common = { id, disabled: !isEnabled, "aria-describedby": `${id}-help` };
  const sendValue = (event) => send(event.target.value);
  switch (control.kind) {
    case "flag":
      return [make("input", { ...common, type: "checkbox", change: (event) => send(String(event.target.checked)) })];
    case "choice": {
      const choices = control.choices.map((choice) => make("option", { value: choice }, choice));
      return [make("select", { ...common, change: sendValue }, ...choices)];
    }
    case "number":
    case "integer": {
      const drag = (event) => send(event.target.value, true);
      const slider = make("input", { type: "range", disabled: !isEnabled, "aria-label": control.name, input: drag });
      return [slider, numberField({ ...common, step: control.kind === "integer" ? 1 : "any", change: sendValue })];
    }
    case "optionalNumber": {
      const box = numberField({ ...common, step: "any", change: (event) => send(event.target.value || "none") });
      const choose = (event) => (event.target.checked ? send("none") : box.focus());
      const none = make("input", { type: "checkbox", disabled: !isEnabled, change: choose });
      return [box, make("label", { class: "control-none" }, none, " none")];
    }
    default:
      return [make("input", { ...common, type: "text", autocomplete: "off", spellcheck: "false", change: sendValue })];
  }
}

const numberField = (attributes) => make("input", { ...attributes, type: "number", inputmode: "decimal" });

/** Shows a control's value; what is being typed is left alone. */
export function updateControl(row, control) {
  const isChanged = control.value !== control.original;
  row.dataset.original = control.original;
  row.classList.toggle("is-changed", isChanged);
  const undo = row.querySelector(".control-undo");
  setText(undo, isChanged ? `◆ was ${control.original}` : "");
  setAttribute(undo, "title", isChanged ? `Set ${control.name} back to ${control.original}` : null);
  undo.hidden = !isChanged;
  setText(row.querySelector(":scope > .message"), "");
  const inputs = [...row.querySelectorAll(".control-fields input, .control-fields select")];
  for (const input of inputs) showValue(input, control);
}

function showValue(input, control) {
  if (input.type === "checkbox") {
    input.checked = control.kind === "flag" ? control.value === "true" : control.value === "none";
  } else if (input.type === "range") {
    const [least, most, step] = sliderRange(control);
    for (const [name, value] of Object.entries({ min: least, max: most, step })) setAttribute(input, name, value);
    input.value = control.value;
  } else if (document.activeElement !== input || input.tagName === "SELECT") {
    input.value = control.value === "none" && input.type === "number" ? "" : control.value;
  }
}

/** A slider's least and most value and step: the option's range, or where that has no end, some times its first value. */
export function sliderRange(control) {
  const [value, original] = [Number(control.value), Number(control.original)];
  const isWhole = control.kind === "integer";
  const isEnd = (bound) => Number.isFinite(bound) && bound !== null && Math.abs(bound) <= 1000;
  const reach = Math.max(isWhole ? 8 : 0, Math.abs(original) * 5) || 1;
  const least = Math.min(isEnd(control.least) ? control.least : -reach, value);
  const most = Math.max(isEnd(control.most) && (control.most <= reach * 2 || control.most <= 1) ? control.most : reach, value);
  const step = isWhole ? 1 : 10 ** Math.floor(Math.log10((most - least) / 50));
  // A slider counts its steps from its least value: from 0.000001 it would never meet 6.
  return [roundedBound(Math.ceil(least / step - 1e-9) * step), roundedBound(most), step];
}

const roundedBound = (bound) => Number(bound.toPrecision(6));

/** A name that goes on in another line only behind an underscore. */
function breakable(name) {
  const words = name.split("_");
  return words.flatMap((word, index) => (index + 1 < words.length ? [`${word}_`, make("wbr")] : [word]));
}
