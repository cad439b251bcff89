// A drawing that a tour shows, such as the pipeline: in the form whose text can be read in the room there is, with the part marked
// and in sight that the position is in.
import { setAttribute, setKind, whenLaidOut } from "./dom.js";
import { prepared } from "./diagram.js";
import { marks } from "./text.js";

const smallestText = 12; // in pixels
const largestText = 13; // more of the drawing is worth more than larger text

/** Drawings of the page in a box. */
export class Illustration {
  #drawings;
  #box;
  #forms = null;
  #shown = null;

  constructor(drawings, box) {
    this.#drawings = drawings;
    this.#box = box;
    new ResizeObserver(() => this.#forms !== null && this.#place()).observe(box);
  }

  /** Shows a drawing, which may have a second form for a narrow window, `{key, narrowKey, caption}`; null takes it away. */
  show(wanted, stage) {
    this.#box.classList.toggle("is-illustrated", wanted !== null);
    setAttribute(this.#box, "tabindex", wanted === null ? null : 0); // it can be scrolled by the keyboard
    if (wanted === null) {
      this.#forms = this.#shown = null;
      return;
    }
    if (this.#forms?.key !== wanted.key) {
      const keys = [wanted.key, wanted.narrowKey].filter((key) => key !== undefined);
      this.#forms = { key: wanted.key, all: keys.map((key) => this.#form(key)).filter((form) => form !== null) };
      this.#shown = null;
    }
    this.#forms.caption = wanted.caption;
    this.#forms.stage = stage;
    this.#place();
  }

  #form(key) {
    const found = this.#drawings.drawing({ shape: key });
    if (found === null) return null;
    const form = prepared(found);
    const sizes = [...form.element.querySelectorAll("text")].map((text) => Number(text.getAttribute("font-size")));
    for (const { group } of form.nodes.values()) setKind(group, "mark", markOf(group));
    return { ...form, smallest: Math.min(...sizes) };
  }

  /** The first form that fits with text that can be read, or else the last, which is then scrolled. */
  #place() {
    const unit = Number.parseFloat(getComputedStyle(document.documentElement).fontSize) / 16;
    const room = { width: this.#box.clientWidth, height: this.#box.clientHeight };
    if (room.width === 0 || this.#forms.all.length === 0) return;
    const least = ({ smallest }) => (smallestText * unit) / smallest;
    const fitting = ({ width, height }) => Math.min(room.width / width, room.height / height);
    const whole = this.#forms.all.find((form) => fitting(form) >= least(form));
    const form = whole ?? this.#forms.all.at(-1);
    const wanted = whole ? fitting(form) : Math.min(room.width / form.width, (largestText * unit) / form.smallest);
    const scale = Math.max(least(form), wanted);
    setAttribute(form.element, "width", Math.floor(form.width * scale));
    setAttribute(form.element, "height", Math.floor(form.height * scale));
    setAttribute(form.element, "aria-label", this.#forms.caption);
    if (this.#shown !== form) this.#box.replaceChildren(form.element);
    this.#shown = form;
    this.#mark(form);
  }

  #mark({ nodes }) {
    for (const [name, { group }] of nodes) group.classList.toggle("is-here", name === this.#forms.stage);
    const here = nodes.get(this.#forms.stage)?.group;
    if (here !== undefined) whenLaidOut(() => this.#centre(here));
  }

  /** Scrolls so that what leads to a part is seen as well as what comes of it. */
  #centre(part) {
    const [frame, place] = [this.#box, part].map((each) => each.getBoundingClientRect());
    this.#box.scrollTop += place.top + place.height / 2 - frame.top - frame.height / 2;
    this.#box.scrollLeft += place.left + place.width / 2 - frame.left - frame.width / 2;
  }
}

/** What a model's sign says of it. */
function markOf(group) {
  const text = group.querySelector(".node-value")?.textContent ?? "";
  return ["trained", "frozen"].find((name) => text.startsWith(marks[name].sign)) ?? null;
}

/** What the pipeline calls a stage: one that comes twice in one round has two parts. */
export function pipelineStage(stages, number) {
  const { name, loops } = stages[number];
  let first = number;
  while (first > 0 && stages[first - 1].loops === loops) first -= 1;
  const isAgain = stages.slice(first, number).some((stage) => stage.name === name) && stages[number - 1].name !== name;
  return isAgain ? `${name} (again)` : name;
}
