// A trace in the format gradus.trace/1 as something to step through: what the file does not hold is left out.
import { numberText } from "./text.js";

/** Overview and views of a trace file. */
export class TraceFile {
  #trace;
  #beats = [];
  overview;

  constructor(trace, name) {
    if (!Array.isArray(trace.stages)) throw new Error(`${name}: “stages” is missing; a gradus.trace/1 has it.`);
    this.#trace = trace;
    const stages = [];
    for (const stage of trace.stages) {
      const first = this.#beats.length;
      for (const beat of stage.beats ?? []) this.#beats.push({ ...beat, stage: stages.length, source: stage });
      const { iteration, epoch, minibatch } = stage;
      const count = this.#beats.length - first;
      stages.push({ name: String(stage.name), purpose: "", first, count, iteration, epoch, minibatch, isChanged: false });
    }
    if (this.#beats.length === 0) throw new Error(`${name}: there is no beat in it.`);
    const options = Object.entries(trace.options ?? {}).map(([option, value]) => [option, value === null ? "none" : String(value)]);
    const controls = options.map(([option, value]) => {
      return { name: option, kind: "text", value, original: value, sentence: "As the file has it.", source: "", isMain: false };
    });
    this.overview = {
      name: String(trace.source ?? name), title: String(trace.title ?? ""),
      algorithm: trace.algorithm, isBatch: trace.seed === null, beats: this.#beats.length, at: 0,
      stages, controls, presets: [], preset: null,
      changes: { settings: [], terms: [] }, changedTerms: 0, breakpoints: [], hits: [],
    };
  }

  view(at) {
    const beat = this.#beats[at];
    const loops = ["iteration", "epoch", "minibatch"].filter((loop) => Number.isInteger(beat.source[loop]));
    return {
      at, stage: beat.stage, place: loops.map((loop) => `${loop} ${beat.source[loop]}`).join(" · "),
      sentence: String(beat.sentence ?? ""), what: [],
      terms: (beat.terms ?? []).map((term, index) => fileTerm(term, index)),
      trajectory: this.#trajectory(at), policy: null, rewards: [], diagram: null, watches: [],
    };
  }

  /** The responses of the iteration, as far as they are there at a beat. */
  #trajectory(at) {
    const iteration = this.#beats[at].source.iteration;
    const rows = (this.#trace.tokens ?? []).map((tokens) => tokens.map((text) => ({ text: String(text), facts: [] })));
    for (let place = 0; place <= at; place += 1) {
      const beat = this.#beats[place];
      if (beat.source.iteration !== iteration) continue;
      for (const term of beat.terms ?? []) addTerm(rows, term, place === at);
    }
    const shown = rows.map((row) => (row ?? []).filter(Boolean));
    if (shown.every((row) => row.length === 0)) return null;
    const prompts = this.#trace.prompts ?? [];
    const row = (tokens, index) => {
      const isCurrent = tokens.some((token) => token.isCurrent);
      return { label: String(index), prompt: String(prompts[index] ?? ""), isCurrent, tokens, more: 0, facts: [] };
    };
    return { title: "Responses", more: 0, rows: shown.map(row) };
  }
}

/** What a term such as `advantage[0,1]` says of its token. */
function addTerm(rows, term, isNow) {
  const match = /^(\w+)\[(\d+),(\d+)\]$/.exec(String(term.name));
  if (match === null) return;
  const [name, i, t] = [match[1], Number(match[2]), Number(match[3])];
  if (i > 999 || t > 999) return;
  if (name === "token") {
    while (rows.length <= i) rows.push([]);
    rows[i][t] = { text: String(term.word ?? term.value), facts: [] };
  }
  const token = rows[i]?.[t];
  if (!token) return;
  if (isNow) token.isCurrent = true;
  if (name === "advantage") {
    token.mark = term.value > 0 ? "positive" : term.value < 0 ? "negative" : null;
    token.weight = Math.abs(term.value) / 2;
  }
  if (["advantage", "ratio", "old_logp", "kl", "reward"].includes(name)) {
    token.facts = [...token.facts.filter(([fact]) => fact !== name), [name, numberText(term.value), null]];
  }
}

function fileTerm(term, index) {
  const text = String(term.name);
  const isKnown = (value) => typeof value === "number";
  return {
    id: index, name: text.split("[")[0], text, indices: [], meaning: "",
    value: term.value, valueText: numberText(term.value), word: term.word ?? null,
    symbol: null, formula: null, formulaText: term.formula ? `= ${term.formula}` : null, numbers: null, origin: null,
    gradient: term.gradient ?? null, gradientText: isKnown(term.gradient) ? numberText(term.gradient) : null, gradientNote: null,
    mark: isKnown(term.computed) ? "changed" : null, was: null,
    computed: isKnown(term.computed) ? numberText(term.computed) : null,
    from: [], feeds: [], feedsMore: 0,
  };
}
