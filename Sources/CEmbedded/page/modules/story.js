// A tour, scene by scene: its commands run in the page's own session, its predictions are answered in place.
import { byId, make, setAttribute, setText, takesKeys } from "./dom.js";
import { styledSpans } from "./styled.js";
import { errorText } from "./text.js";

/** Connects the tour and the moments of a page; `tabs` shows them. */
export function startStory(store, tabs, { tour = null, moments = [] }) {
  showMoments(moments);
  const story = tour === null || !store.engine ? null : new Story(store, tabs, tour);
  const written = { base: null };
  store.on("overview", (pane) => {
    if (pane !== 0) return;
    written.base ??= store.base;
    // A file of the reader's has neither the page's tour nor its moments.
    const isOwn = store.base.source.document !== undefined || store.base.source.isFile === true;
    const isPages = store.base === written.base || !isOwn;
    tabs.offer("story", story !== null && isPages);
    byId("start-tour").hidden = story === null || !isPages;
    byId("moments").hidden = moments.length === 0 || !isPages;
  });
  store.on("story", ({ name, scene }) => {
    if (story?.name === name && story.enter(scene - 1)) return;
    store.notify(`There is no scene ${scene} of a tour ${name} in this page.`);
  });
}

function showMoments(moments) {
  const menu = byId("moments");
  menu.hidden = moments.length === 0;
  const link = ([text, fragment]) => make("a", { href: `#${fragment}`, click: () => (menu.open = false) }, text);
  byId("moments-list").replaceChildren(...moments.map((moment) => make("li", {}, link(moment))));
}

class Story {
  #store;
  #tabs;
  #tour;
  #scene = -1;
  #body = byId("scene");
  /** Numbers the visits to scenes, so that what an earlier one started does nothing later. */
  #visit = 0;

  constructor(store, tabs, tour) {
    this.#store = store;
    this.#tabs = tabs;
    this.#tour = tour;
    byId("start-tour").addEventListener("click", () => this.enter(Math.max(0, this.#scene)));
    byId("scene-next").addEventListener("click", () => this.#step(1));
    byId("scene-back").addEventListener("click", () => this.#step(-1));
    document.addEventListener("keydown", (event) => this.#hear(event));
    this.#body.replaceChildren(make("h2", {}, tour.title), make("p", {}, `A story in ${tour.scenes.length} scenes.`));
    this.#showPlace();
  }

  get name() {
    return this.#tour.name;
  }

  #hear(event) {
    if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey || takesKeys(event.target)) return;
    const isInside = event.target instanceof Element && event.target.closest("#panel-story") !== null;
    const step = { n: 1, p: -1, ...(isInside && !event.shiftKey ? { ArrowRight: 1, ArrowLeft: -1 } : {}) }[event.key];
    if (step === undefined) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    this.#step(step);
  }

  #step(count) {
    const target = this.#scene + count;
    if (target >= 0 && target < this.#tour.scenes.length) this.enter(target);
  }

  /** Shows a scene; says whether there is such a one. */
  enter(number) {
    const scene = this.#tour.scenes[number];
    if (scene === undefined) return false;
    this.#scene = number;
    this.#visit += 1;
    this.#tabs.show("story");
    const place = `Scene ${number + 1} of ${this.#tour.scenes.length}`;
    this.#body.replaceChildren(make("p", { class: "scene-place" }, place), make("h2", {}, scene.title));
    this.#showPlace();
    this.#play(scene, 0, { before: this.#linesBefore(number) });
    this.#body.scrollTop = 0;
    // Only if its beginning is out of sight: a link that opens the page leaves its top where it is.
    this.#body.firstElementChild.scrollIntoView({ block: "nearest" });
    return true;
  }

  #showPlace() {
    const { scenes } = this.#tour;
    setText(byId("scene-place"), this.#scene < 0 ? "" : `${this.#scene + 1} of ${scenes.length}`);
    setText(byId("scene-next"), this.#scene < 0 ? "Begin →" : "Next →");
    byId("scene-back").disabled = this.#scene <= 0;
    byId("scene-next").disabled = this.#scene === scenes.length - 1;
  }

  /** What was done since the source was opened that the scene looks at. */
  #linesBefore(number) {
    const since = this.#tour.scenes.slice(this.#firstSinceOpening(number), number);
    return since.flatMap(({ parts }) => parts.flatMap(({ lines }) => lines ?? []));
  }

  /** The last scene up to this one that opens what it looks at; an answer that is still asked for has opened nothing. */
  #firstSinceOpening(number) {
    const { scenes } = this.#tour;
    const question = scenes[number].parts.findIndex(isQuestion);
    if (opensAny({ parts: question < 0 ? scenes[number].parts : scenes[number].parts.slice(0, question) })) return number;
    let first = Math.max(0, number - 1);
    while (first > 0 && !opensAny(scenes[first])) first -= 1;
    return first;
  }

  /** Shows the parts from one on, up to the next question, and runs their commands after those before them; they answer a
   *  question, its expressions. */
  #play(scene, from, { before = [], question: asked = [] } = {}) {
    const { parts } = scene;
    const question = parts.findIndex((part, index) => index >= from && isQuestion(part));
    const end = question < 0 ? parts.length : question;
    const shown = parts.slice(from, end);
    const lines = shown.flatMap((part) => part.lines ?? []);
    const picture = this.#pictureFor(shown, lines);
    const replies = this.#run({ before, lines, question: asked }, scene, picture, question >= 0);
    if (replies === null) return;
    let told = 0;
    for (const part of shown) {
      this.#show(part, replies.slice(told, told + (part.lines?.length ?? 0)));
      told += part.lines?.length ?? 0;
    }
    if (question >= 0) this.#ask(scene, question);
    const term = lines.map(termOf).findLast((text) => text !== null) ?? null;
    if (term !== null) this.#store.emit("choose", term);
  }

  /** The picture of the parts; and a drawing of what is open, the one that was shown last or else the first to come. */
  #pictureFor(shown, lines) {
    const { scenes } = this.#tour;
    const before = lines.some(opens) ? [] : scenes.slice(this.#firstSinceOpening(this.#scene), this.#scene);
    const next = scenes.findIndex((scene, index) => index > this.#scene && opensAny(scene));
    const after = scenes.slice(this.#scene, next < 0 ? scenes.length : next);
    const drawings = (list) => list.flatMap(({ parts }) => parts).filter(({ drawing }) => drawing !== undefined);
    return { own: shown.findLast(hasPicture), other: drawings(before).at(-1) ?? drawings(after)[0] };
  }

  #run(commands, scene, picture, isAsking) {
    const story = { name: this.name, scene: this.#scene + 1, title: scene.title, isAsking };
    try {
      return this.#store.play(commands, story, picture);
    } catch (error) {
      this.#body.append(make("p", { class: "message" }, errorText(error)));
      return null;
    }
  }

  #show(part, replies) {
    if (part.prose !== undefined) return this.#body.append(...part.prose.split("\n").map(paragraph));
    if (part.commands !== undefined) {
      return this.#body.append(make("pre", { class: "scene-output" }, make("span", { class: "style-code" }, `$ ${part.commands}\n`), part.output));
    }
    const entries = part.lines.flatMap((line, index) => {
      const command = make("span", { class: "style-code" }, `(gradus) ${line}\n`);
      return [command, ...styledSpans(replies[index]?.spans ?? [])];
    });
    if (entries.length > 0) this.#body.append(make("pre", { class: "scene-output" }, ...entries));
    if (part.caption) this.#body.append(make("p", { class: "hint" }, part.caption));
  }

  // MARK: Predictions

  #ask(scene, place) {
    const visit = this.#visit;
    const question = scene.parts[place];
    const message = make("p", { class: "message", role: "status" });
    const give = (given) => {
      if (visit !== this.#visit) return;
      const cell = scene.parts.slice(place + 1).find((part) => part.lines !== undefined);
      try {
        const verdict = given === null ? null : this.#store.judge(cell?.lines ?? [], question, given);
        box.replaceWith(verdictLine(given, verdict));
        this.#play(scene, place + 1, { question: expressionsOf(question) });
      } catch (error) {
        setText(message, errorText(error));
      }
    };
    const skip = make("button", { type: "button", class: "button is-small", click: () => give(null) }, "Show me");
    const box = question.choices === undefined ? numberForm(give, skip, message) : choiceList(question.choices, give, skip, message);
    this.#body.append(box);
  }
}

function choiceList(choices, give, skip, message) {
  const button = ([text]) => make("button", { type: "button", class: "button", click: () => give(text) }, ...withCode(text));
  return make("div", { class: "prediction", role: "group", "aria-label": "Your prediction" }, ...choices.map(button), skip, message);
}

function numberForm(give, skip, message) {
  const field = make("input", { type: "text", inputmode: "decimal", "aria-label": "Your prediction, a number", autocomplete: "off" });
  const send = (event) => {
    event.preventDefault();
    give(field.value);
  };
  const check = make("button", { class: "button is-primary" }, "Check");
  return make("form", { class: "prediction", submit: send }, field, check, skip, message);
}

function verdictLine(given, verdict) {
  if (verdict === null) return make("p", { class: "verdict" }, "This is what happens:");
  const kind = verdict.isRight ? "positive" : "negative";
  // A choice may be a sentence of its own.
  const isNumber = Number.isFinite(Number(verdict.text.replace("−", "-")));
  const correction = isNumber ? `You said ${given}. No, it is ${verdict.text}.` : `You said “${given}”; right is “${verdict.text}”.`;
  return make("p", { class: `verdict style-${kind}`, role: "status" }, ...withCode(verdict.isRight ? `Right: ${verdict.text}.` : correction));
}

const opens = (line) => line.startsWith("open ");
const opensAny = ({ parts }) => parts.some(({ lines = [] }) => lines.some(opens));
const isQuestion = ({ number, choices }) => number !== undefined || choices !== undefined;

/** What a question asks of the recording: a number, or which of several conditions holds. */
const expressionsOf = ({ number, choices }) => (number === undefined ? choices.map(([, condition]) => condition) : [number]);
const hasPicture = ({ plot, drawing }) => plot !== undefined || drawing !== undefined;

const paragraph = (line) => make("p", {}, ...withCode(line));

/** A line of prose in pieces; what stands between backticks (U+0060) is code. */
function withCode(line) {
  return line.split("\u0060").map((piece, index) => (index % 2 === 1 ? make("code", {}, piece) : piece));
}

/** The term that a command is about. */
function termOf(line) {
  return /^(?:why|explain)\s+(\S.*)$/.exec(line)?.[1] ?? /grad\(([^()]+)\)/.exec(line)?.[1] ?? null;
}
