// What the page knows: one or two panes, each an overview and the view of its position. Parts of the page listen to topics.
import { differences, mergedChanges, noChanges } from "./changes.js";
import { errorText } from "./text.js";
import { withoutEngine } from "./recorded.js";

/** The page's state; every method that a reader's action calls reports an error instead of throwing it. */
export class Store {
  panes = [null, null];
  base = null;
  engine = null;
  source = null;
  /** The pane that controls and command line act on. */
  active = 0;
  /** The plot that is shown as the picture; null for the source's own. */
  #picture = null;
  /** The terms that it is to be about, where it has a choice. */
  #about = [];
  /** A drawing of the page in the picture's place, `{key, narrowKey, caption}`; null for none. */
  tourDrawing = null;
  /** The names of the plots that there are of what is open. */
  plots = [];
  /** The scene of a tour that is shown just as it was told, `{name, scene, title, isAsking}`. */
  story = null;
  #world = { base: null, isThere: false };
  #levers = { base: null, picture: null, names: [] };
  #listeners = new Map();
  #soon = new Map();

  // Topics: overview, view, panes, picture, notice, story, choose.
  on(topic, listener) {
    this.#listeners.set(topic, [...(this.#listeners.get(topic) ?? []), listener]);
  }

  emit(topic, detail) {
    for (const listener of this.#listeners.get(topic) ?? []) {
      try {
        listener(detail);
      } catch (error) {
        console.error(error); // one part that fails must not take the others with it
      }
    }
  }

  get overview() {
    return this.panes[0]?.overview ?? null;
  }

  get view() {
    return this.panes[0]?.view ?? null;
  }

  get isComparing() {
    return this.panes[1] !== null;
  }

  get canChange() {
    return this.source?.canChange ?? false;
  }

  /** Runs an action and shows its error, if it has one; says whether it had none. */
  attempt(action) {
    try {
      action();
      return true;
    } catch (error) {
      this.notify(errorText(error));
      return false;
    }
  }

  notify(text) {
    this.emit("notice", text);
  }

  /** Does the last of several actions under one name with the next frame, so that dragging asks once per frame. */
  soon(name, action) {
    if (this.#soon.size === 0) requestAnimationFrame(() => this.#doSoon());
    this.#soon.set(name, action);
  }

  #doSoon() {
    const actions = [...this.#soon.values()];
    this.#soon.clear();
    for (const action of actions) action();
  }

  // MARK: Opening

  /** Opens a source; throws where it cannot, and then shows what it showed before. */
  open(source, base, { changes = noChanges, at = 0, variant = null, picture = null } = {}) {
    const overview = source.ask({ do: "open", pane: 0, ...base, changes, at });
    this.#leaveStory();
    this.source = source;
    this.base = base;
    this.#picture = picture;
    this.#about = [];
    this.#dropVariant();
    this.#show(0, overview);
    if (variant !== null) this.compare(variant);
    this.emit("panes");
  }

  /** The reader goes on alone. */
  #leaveStory() {
    this.story = null;
    this.tourDrawing = null;
  }

  #show(pane, overview) {
    const view = this.source.ask({ do: "view", pane, at: overview.at });
    this.panes[pane] = { overview, view };
    this.emit("overview", pane);
    this.emit("view", pane);
  }

  // MARK: Moving

  /** Goes to a beat; the second pane follows to its corresponding place. */
  goTo(at) {
    if (this.overview === null || !Number.isFinite(at)) return;
    const place = Math.max(0, Math.min(this.overview.beats - 1, Math.round(at)));
    this.attempt(() => {
      this.#leaveStory();
      this.panes[0].view = this.source.ask({ do: "view", pane: 0, at: place });
      this.emit("view", 0);
      this.#follow();
    });
  }

  #follow() {
    if (!this.isComparing) return;
    this.panes[1].view = this.source.ask({ do: "follow", pane: 1, pane_of: 0 });
    this.emit("view", 1);
  }

  stepBy(beats) {
    if (this.view !== null) this.goTo(this.view.at + beats);
  }

  stepStages(count) {
    if (this.view === null) return;
    const { stages, beats } = this.overview;
    const stage = stages[this.view.stage + count];
    this.goTo(stage !== undefined ? stage.first : count < 0 ? 0 : beats - 1);
  }

  /** Goes to the next or the previous beat at which a breakpoint holds. */
  stepHits(direction) {
    const hit = this.nextHit(direction);
    if (hit !== null) this.goTo(hit);
  }

  nextHit(direction) {
    if (this.view === null) return null;
    const { at } = this.view;
    const hits = direction > 0 ? this.overview.hits.filter((hit) => hit > at) : this.overview.hits.filter((hit) => hit < at);
    return (direction > 0 ? hits[0] : hits.at(-1)) ?? null;
  }

  // MARK: Changing

  /** Sets an option, `{option, value}`, or a term, `{term, occurrence, value}`; throws where the engine refuses. */
  set(pane, change) {
    const variant = this.isComparing && pane === 0 ? this.variant : null;
    const overview = this.source.ask({ do: "set", pane, ...change });
    this.#leaveStory();
    this.#show(pane, overview);
    if (variant !== null) this.#repeatInVariant(change, variant);
    this.#follow();
  }

  /** What is changed in the first pane holds for its variant too, unless the variant is about just that. */
  #repeatInVariant(change, variant) {
    if (change.option === "preset") return this.compare(variant);
    const isItsOwn =
      variant.settings.some(([name]) => name === change.option) ||
      variant.terms.some((item) => item.term === change.term && item.occurrence === change.occurrence);
    if (!isItsOwn) this.#show(1, this.source.ask({ do: "set", pane: 1, ...change }));
  }

  reset(pane) {
    this.attempt(() => {
      if (pane === 1) return this.compare();
      const variant = this.isComparing ? this.variant : null;
      this.#leaveStory();
      this.#show(0, this.source.ask({ do: "reset", pane: 0 }));
      if (variant !== null) this.compare(variant);
    });
  }

  /** Runs a line of the debugger's language in the active pane, and takes over whatever it did. */
  run(line) {
    const pane = this.active;
    const variant = this.isComparing && pane === 0 ? this.variant : null;
    const answer = this.source.ask({ do: "run", pane, line });
    const overview = this.source.ask({ do: "overview", pane });
    this.#leaveStory();
    if (pane === 0) this.#adopt(overview);
    this.#show(pane, { ...overview, at: answer.at });
    if (variant !== null && this.isComparing) answer.isChanged ? this.compare(variant) : this.#follow();
    return answer;
  }

  /** What is open after a command, which may have opened another source. */
  #adopt(overview) {
    if (!isOtherSource(overview, this.overview)) return;
    this.base = { source: { name: overview.name }, preset: null, settings: overview.base ?? [] };
    this.#dropVariant();
    this.emit("panes");
  }

  // MARK: Tours

  /** Runs the commands of a scene after those before it, and shows where they lead with the scene's picture; gives what each of
   *  its own commands said.
   *
   *  A scene without a picture has that of what it asks and looks at, or else a drawing of what is open. */
  play({ before, lines, question }, story, { own = null, other = null }) {
    if (this.isComparing) this.endComparison();
    const { replies, at, plot, about } = this.source.ask({ do: "play", pane: 0, before, lines, question });
    const overview = this.source.ask({ do: "overview", pane: 0 });
    this.#adopt(overview);
    this.story = story;
    const picture = own ?? (plot === null ? other : { plot });
    this.tourDrawing =
      picture?.drawing === undefined ? null : { key: picture.drawing, narrowKey: picture.narrowDrawing, caption: picture.caption ?? "" };
    this.#picture = picture?.plot ?? null;
    this.#about = about;
    this.#show(0, { ...overview, at });
    return replies;
  }

  /** Whether a prediction comes true when the next commands of its scene are run, and what is true. */
  judge(lines, { number = null, choices = null }, given) {
    return this.source.ask({ do: "judge", pane: 0, lines, number, choices, given });
  }

  /** The paths by which the loss reaches a term of a pane, as the debugger tells them. */
  why(pane, term) {
    return this.source.ask({ do: "run", pane, line: `why ${term}` }).spans;
  }

  /** The picture of where a pane is; null where nobody can draw one. Two panes have one picture, with both in it. */
  picture(pane, size) {
    if (!this.canChange) return null;
    const picture = this.plot(this.#picture, pane, { ...size, about: this.#about });
    if (pane === 0) this.plots = picture.kinds.map(({ name }) => name);
    return picture;
  }

  /** A plot by its name, null for the source's own; beside a variant, with the variant in it. With a height it is the first
   *  panel alone. */
  plot(what, pane = 0, size = {}) {
    const beside = this.isComparing && pane === 0 ? { beside: 1, names: this.#names } : {};
    return this.source.ask({ do: "picture", pane, what, ...size, ...beside });
  }

  /** What each of two panes has that the other has not. */
  get #names() {
    const { settings, terms } = this.variant;
    if (settings.length + terms.length === 0) return ["original", "variant"];
    const values = new Map(this.overview.controls.map(({ name, value }) => [name, value]));
    const set = (item) => this.overview.changes.terms.find(({ term, occurrence }) => term === item.term && occurrence === item.occurrence);
    const own = [...settings.map(([name]) => `${name} = ${values.get(name)}`), ...terms.map((item) => `${item.term} ${set(item) ? `= ${set(item).value}` : "as recorded"}`)];
    const its = [...settings.map(([name, value]) => `${name} = ${value}`), ...terms.map((item) => `${item.term} = ${item.value}`)];
    return [own.join(", "), its.join(", ")];
  }

  // MARK: The world

  /** Whether what is open has a world that can be edited: asked once of each source. */
  get hasWorld() {
    if (!this.canChange || this.overview.isBatch) return false;
    if (this.#world.base !== this.base) this.#world = { base: this.base, isThere: (this.world().document ?? null) !== null };
    return this.#world.isThere;
  }

  /** The scenario as a document to be edited, and as YAML. */
  world() {
    return this.source.ask({ do: "world", pane: 0 });
  }

  /** Opens a scenario, an object, in a world of the reader's, with the options as they are; throws where it cannot. */
  openWorld(document) {
    const { base, overview } = this;
    // A preset is told option by option; the options of a file stay in it, and so does the seed.
    const values = base.preset ? overview.controls.map(({ name, value }) => [name, value]) : mergedSettings(base.settings, overview.changes.settings);
    const settings = values.filter(([name]) => name !== "seed");
    const { options } = base.source.document === undefined ? {} : JSON.parse(base.source.document);
    const text = JSON.stringify(options === undefined ? document : { ...document, options });
    const name = base.source.isWorld ? base.source.name : `${overview.name}-world`;
    this.open(this.source, { source: { name, document: text, isWorld: true }, preset: null, settings }, { picture: this.#picture });
    this.goToPicture();
  }

  /** Goes to where the picture's numbers are: at the beginning of a recording it has none. */
  goToPicture() {
    const [telling] = this.canChange ? this.plot(this.#picture).places ?? [] : [];
    if (telling !== undefined) this.goTo(telling.at);
  }

  /** What the doctor finds in what is open. */
  findings() {
    return this.source.ask({ do: "findings", pane: 0 });
  }

  /** The boxes and arrows of a pane's stage, laid out by the engine; null where there is none. */
  drawing(pane) {
    return this.canChange ? this.source.ask({ do: "drawing", pane }).svg ?? null : null;
  }

  /** Shows another plot as the picture. */
  choosePicture(name) {
    this.#picture = name;
    this.#about = [];
    this.tourDrawing = null;
    this.emit("picture");
  }

  /** Which plot the reader chose; null for the source's own. */
  get chosenPicture() {
    return this.#picture;
  }

  /** The options that stand beside the picture; the same as long as source and picture are. */
  get levers() {
    if (!this.canChange) return this.overview.controls.filter(({ isMain }) => isMain).slice(0, 3).map(({ name }) => name);
    if (this.#levers.base !== this.base || this.#levers.picture !== this.#picture) {
      const { names } = this.source.ask({ do: "levers", pane: 0, what: this.#picture });
      this.#levers = { base: this.base, picture: this.#picture, names };
    }
    return this.#levers.names;
  }

  complete(line, cursor) {
    return this.source.ask({ do: "complete", pane: this.active, line, cursor }).candidates;
  }

  // MARK: Comparing

  /** What the second pane sets differently. */
  get variant() {
    return this.isComparing ? differences(this.panes[0].overview, this.panes[1].overview) : null;
  }

  /** Opens the second pane: what the first one has changed, and the variant's own changes. */
  compare(variant = noChanges) {
    if (!this.canChange) throw new Error(withoutEngine);
    const isNew = !this.isComparing;
    const changes = mergedChanges(this.overview.changes, variant);
    const overview = this.source.ask({ do: "open", pane: 1, ...this.base, changes, at: this.view.at });
    this.#show(1, overview);
    if (isNew) this.emit("panes");
    this.#follow();
  }

  endComparison() {
    this.#dropVariant();
    this.emit("panes");
  }

  #dropVariant() {
    if (this.isComparing) this.source.ask({ do: "close", pane: 1 });
    this.panes[1] = null;
    this.active = 0;
  }

  choosePane(pane) {
    this.active = this.isComparing ? pane : 0;
    this.emit("panes");
  }
}

/** Whether another source is open: one of another name, or one that began with other options. */
function isOtherSource(a, b) {
  return a.name !== b.name || JSON.stringify(a.base) !== JSON.stringify(b.base);
}
