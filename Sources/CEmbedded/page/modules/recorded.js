// Without the engine the page steps through what was recorded, and says what is missing.

export const withoutEngine =
  "This page was written without the engine: stepping works; changing options, the command line and side by side need it. " +
  "Run make web, or make wasm and gradus web again.";

/** Views of which each is written without what it has in common with the one before: most steps leave the policy alone. */
export function wholeViews(views) {
  const lasting = ["what", "trajectory", "policy", "rewards"];
  for (const [at, view] of views.entries()) {
    for (const key of lasting) if (!(key in view)) view[key] = views[at - 1][key];
  }
  return views;
}

/** Answers from views that are there already; what would have to be computed is an error that says so. */
export class Recorded {
  canChange = false;
  #overview;
  #at;
  #viewAt;
  #findings;

  /** `viewAt(beat)` gives a view; `findings` is what the doctor found, null where nobody asked. */
  constructor(overview, viewAt, findings = null) {
    this.#overview = overview;
    this.#viewAt = viewAt;
    this.#findings = findings;
    this.#at = overview.at ?? 0;
  }

  get hasFindings() {
    return this.#findings !== null;
  }

  ask(request) {
    if (request.pane) throw new Error(withoutEngine);
    switch (request.do) {
      case "open":
        if (request.changes?.settings?.length || request.changes?.terms?.length) throw new Error(withoutEngine);
        if (Number.isFinite(request.at)) this.#move(request.at);
        return this.#now();
      case "overview":
        return this.#now();
      case "view":
        this.#move(request.at);
        return this.#viewAt(this.#at);
      case "findings":
        if (this.#findings !== null) return this.#findings;
      default:
        throw new Error(withoutEngine);
    }
  }

  #move(at) {
    this.#at = Math.max(0, Math.min(this.#overview.beats - 1, Math.round(at)));
  }

  #now() {
    return { ...this.#overview, at: this.#at };
  }
}
