// The page's address: written after every step, read at the start and when the reader changes it.
import { byId, copyFrom } from "./dom.js";
import { isPlainAnchor, readFragment, writeFragment } from "./permalink.js";
import { mergedSettings } from "./changes.js";
import { errorText } from "./text.js";

const pause = 150; // browsers refuse more than some hundred changes of the address in half a minute

/** Keeps the address and the page alike. `written` is the configuration with which the page was written. */
export class Address {
  #store;
  #written;
  #base;
  #source;
  #isEmbedded = false;
  /** What the address says of it: true for a figure, false for the whole, null for nothing. */
  #figure = null;
  #shown = location.hash;
  /** What the address says but for the beat; null before the first time. */
  #place = null;
  #timer = null;
  /** What no address can hold, such as a file: `{source, base, changes, at}`, by the numbers in the history's entries. */
  #opened = [];
  #own = null;

  /** `source` answers what a link asks for. */
  constructor(store, written, source) {
    this.#store = store;
    this.#written = written;
    this.#base = { source: written.source, preset: written.preset ?? null, settings: written.settings ?? [] };
    this.#source = source;
    for (const topic of ["view", "overview", "panes", "picture"]) store.on(topic, () => this.#writeSoon());
    addEventListener("hashchange", () => {
      if (location.hash !== this.#shown && !isPlainAnchor(location.hash)) this.restore();
    });
    addEventListener("popstate", ({ state }) => {
      if ((state?.own ?? null) !== this.#own) this.restore();
    });
    byId("copy-link").addEventListener("click", () => {
      this.write();
      if (this.#isOwnFile) store.notify("The link leads to this page. A file of your own is not in it: open the file there again.");
      copyFrom(byId("copy-link"), location.href);
    });
  }

  /** Whether the page shows the source with which it was written. */
  get #isWritten() {
    return this.#store.base === this.#base;
  }

  /** Whether the page shows what a reader has opened, which no link can hold. */
  get #isOwnFile() {
    const source = this.#store.base?.source;
    if (source?.isWorld) return false;
    return !this.#isWritten && (source?.document !== undefined || source?.isFile === true);
  }

  /** Opens what the address asks for; what it cannot, it says, and opens the page as it was written. */
  restore() {
    const opened = this.#opened[history.state?.own];
    if (opened) return this.#openAgain(opened);
    const link = readFragment(isPlainAnchor(location.hash) ? "" : location.hash);
    this.#isEmbedded = link.isEmbedded || window.self !== window.top;
    document.body.classList.toggle("is-embedded", this.#isEmbedded);
    this.#showFigure(link.isFigure);
    const base = this.#baseOf(link);
    const isPlain = base === this.#base && link.settings.length + link.terms.length === 0;
    const start = base === this.#base ? this.#written.at ?? 0 : 0;
    const options = { changes: { settings: link.settings, terms: link.terms }, at: link.at ?? start, picture: link.picture };
    this.#place = null;
    const { active } = this.#store;
    const problems = link.ignored.length === 0 ? [] : [`Of the link this was not understood: ${link.ignored.join(", ")}`];
    try {
      this.#store.open(this.#source, base, options);
    } catch (error) {
      if (isPlain) throw error;
      this.#openWhatCanBe(base, options, problems, error);
    }
    if (link.at === null && link.source !== null) this.#store.goToPicture();
    this.#openVariant(link, problems);
    // A reader who goes back goes on with the side that the controls changed.
    if (active !== this.#store.active) this.#store.choosePane(active);
    this.#checkPlace(link, problems);
    this.#setStops(link, problems);
    this.#store.notify(problems.join(" "));
    if (link.story) this.#store.emit("story", link.story);
    this.write();
  }

  #openAgain({ source, base, ...options }) {
    this.#place = null;
    this.#store.notify("");
    this.#store.open(source, base, options);
    this.write();
  }

  /** The source that a link is about; the page's own where it names none. */
  #baseOf(link) {
    if (link.world !== null) return { source: { name: link.source ?? "world", document: link.world, isWorld: true }, preset: null, settings: [] };
    return link.source === null ? this.#base : { source: { name: link.source }, preset: null, settings: [] };
  }

  /** One change that cannot be made is said, and does not take the others with it; nor does a source that is not there. */
  #openWhatCanBe(base, { changes, at, picture }, problems, error) {
    try {
      this.#store.open(this.#source, base, { at, picture });
    } catch {
      problems.push(`The link cannot be followed: ${errorText(error).replace(/[.;]?$/, ".")} The page is shown as it was written.`);
      this.#store.open(this.#source, this.#base, { at: base === this.#base ? at : this.#written.at ?? 0 });
      return;
    }
    const attempt = (change) => {
      try {
        this.#store.set(0, change);
      } catch (problem) {
        problems.push(`Of the link this cannot be followed: ${errorText(problem).replace(/[.;]?$/, ".")}`);
      }
    };
    for (const [option, value] of changes.settings) attempt({ option, value });
    for (const item of changes.terms) attempt(item);
    this.#store.goTo(at);
  }

  /** Breakpoints and watches of a link, by the debugger's own commands. */
  #setStops(link, problems) {
    const lines = [...link.breakpoints.map((text) => `break ${text}`), ...link.watches.map((text) => `watch ${text}`)];
    for (const line of lines) {
      try {
        const answer = this.#store.run(line);
        if (answer.isError) throw new Error(answer.spans.map(([text]) => text).join("").trim());
      } catch (error) {
        problems.push(`Of the link “${line}” cannot be done: ${errorText(error)}`);
      }
    }
  }

  /** Says which beat and which plot of a link there are not; the nearest beat and the source's own plot are shown. */
  #checkPlace({ at, picture }, problems) {
    const { overview, plots } = this.#store;
    const cannot = (what, why) => problems.push(`Of the link this cannot be followed: ${what}: ${why}.`);
    if (at !== null && at >= overview.beats) cannot(`at=${at}`, `the last beat is ${overview.beats - 1}`);
    if (picture === null || plots.length === 0 || plots.includes(picture)) return;
    cannot(`picture=${picture}`, `it is none of ${plots.join(", ")}`);
    this.#store.choosePicture(null);
  }

  /** Shows the page as a figure, or whole; null as it was written. */
  #showFigure(wanted) {
    this.#figure = wanted;
    const isFigure = wanted ?? this.#written.figure === true;
    document.body.classList.toggle("is-figure", isFigure);
    byId("figure-foot").hidden = !isFigure;
  }

  #openVariant(link, problems) {
    const ofPage = this.#written.variant && link.source === null ? { settings: this.#written.variant, terms: [] } : null;
    const variant = link.variant ?? ofPage;
    const isClosed = ofPage !== null && variant.settings.length + variant.terms.length === 0;
    if (variant === null || isClosed) return;
    try {
      this.#store.compare(variant);
    } catch (error) {
      problems.push(`The variant cannot be opened: ${errorText(error)}`);
    }
  }

  #writeSoon() {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.write(), pause);
  }

  write() {
    clearTimeout(this.#timer);
    const link = this.#link();
    const fragment = writeFragment(link);
    const whole = writeFragment({ ...link, isEmbedded: false, isFigure: this.#written.figure === true ? false : null });
    byId("open-debugger").setAttribute("href", location.href.split("#")[0] + (whole || "#"));
    byId("print-line").textContent = this.#printedLine(fragment);
    // Another scene and another change are places to come back to; a step is none.
    const place = fragment.replace(/at=\d+&?/, "");
    const own = this.#isOwnFile ? this.#keep() : null;
    const isNew = this.#place !== null && (place !== this.#place || own !== this.#own);
    const isSame = own === this.#own;
    this.#place = place;
    this.#own = own;
    if (isSame && fragment === location.hash) {
      this.#shown = fragment;
      return;
    }
    try {
      const address = fragment === "" ? location.pathname + location.search : fragment;
      const state = own === null ? null : { own };
      isNew ? history.pushState(state, "", address) : history.replaceState(state, "", address);
      this.#shown = location.hash;
    } catch {
      // a frame without an address of its own, or a browser that wants a rest: the next step tries again
    }
  }

  /** Remembers how far the reader is in what is open, so that the history leads back to it; its number. */
  #keep() {
    const { source, base, overview, view } = this.#store;
    const known = this.#opened.findIndex((one) => one.base === base);
    const number = known < 0 ? this.#opened.length : known;
    this.#opened[number] = { source, base, changes: overview.changes, at: view.at };
    return number;
  }

  #link() {
    const { base, overview, view, variant } = this.#store;
    const isEmbedded = this.#isEmbedded && window.self === window.top; // a frame embeds without being told
    const link = {
      isEmbedded, isFigure: this.#figure, source: null, at: null, settings: [], terms: [], variant: null, picture: null, story: null, world: null, breakpoints: [], watches: [],
    };
    if (!base || !view || this.#isOwnFile) return link;
    link.story = this.#store.story;
    link.picture = this.#store.chosenPicture;
    if (!this.#isWritten) link.source = base.source.name;
    if (base.source.isWorld) link.world = base.source.document;
    link.breakpoints = overview.breakpoints.map(({ text }) => text);
    link.watches = (view.watches ?? []).map(({ text }) => text);
    link.settings = mergedSettings(this.#isWritten ? [] : base.settings, overview.changes.settings);
    link.terms = overview.changes.terms;
    if (!this.#isWritten || view.at !== (this.#written.at ?? 0)) link.at = view.at;
    link.variant = this.#variantToWrite(variant);
    return link;
  }

  /** Nothing where the variant is the page's own; an empty one where the page's own was closed. */
  #variantToWrite(variant) {
    const own = this.#isWritten ? this.#written.variant : null;
    if (!own) return variant;
    if (variant === null) return { settings: [], terms: [] };
    const isOwn = variant.terms.length === 0 && JSON.stringify(variant.settings) === JSON.stringify(own);
    return isOwn ? null : variant;
  }

  #printedLine(fragment) {
    const { overview, view } = this.#store;
    if (!view) return "";
    const stage = overview.stages[view.stage]?.name ?? "";
    const address = location.href.split("#")[0] + fragment;
    return `${overview.name}: beat ${view.at} of ${overview.beats - 1}, ${stage} ${view.place ?? ""} – ${address}`;
  }
}
