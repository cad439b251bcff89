// Changes as lists: what one side has set, and what the other has set differently.
import { shellWord } from "./text.js";

export const noChanges = Object.freeze({ settings: [], terms: [] });

/** Settings in order, each option once: a later one wins. */
export function mergedSettings(first, second) {
  const names = new Set(second.map(([name]) => name));
  return [...first.filter(([name]) => !names.has(name)), ...second];
}

const sameTerm = (a) => (b) => a.term === b.term && a.occurrence === b.occurrence;

/** Both sets of changes, the second over the first. */
export function mergedChanges(first, second) {
  const kept = first.terms.filter((item) => !second.terms.some(sameTerm(item)));
  return { settings: mergedSettings(first.settings, second.settings), terms: [...kept, ...second.terms] };
}

/** What must be changed in the first pane to get the second. */
export function differences(first, second) {
  const values = new Map(first.controls.map((control) => [control.name, control.value]));
  const settings = second.controls
    .filter(({ name, value }) => values.has(name) && values.get(name) !== value)
    .map(({ name, value }) => [name, value]);
  const isInFirst = (item) => first.changes.terms.some((other) => sameTerm(item)(other) && other.value === item.value);
  return { settings, terms: second.changes.terms.filter((item) => !isInFirst(item)) };
}

/** The command line that gives the same recording; what no option says follows as the debugger's commands. */
export function commandText(base, overview, view) {
  const words = ["gradus", "step", shellWord(base.source.document === undefined ? base.source.name : `${base.source.name}.json`)];
  // A preset that the reader chose is among the changed settings, option by option.
  if (base.preset) words.push("--preset", shellWord(base.preset));
  for (const [name, value] of mergedSettings(base.settings ?? [], overview.changes.settings)) {
    words.push("--set", shellWord(`${name}=${value}`));
  }
  const lines = [words.join(" ")];
  for (const item of overview.changes.terms) {
    // A name stands for its latest term: the debugger has to be where this one is recorded.
    const reward = (view.rewards ?? []).find(sameTerm(item));
    if (reward) lines.push(`goto ${reward.at}`);
    lines.push(`set ${item.term} ${item.value}`);
  }
  if (view.at > 0) lines.push(`goto ${view.at}`);
  return lines.join("\n");
}
