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
  const settings = second.controls.filter((control) => values.has(control.name) && values.get(control.name) !== control.value).map((control) => [control.name, control.value]);
  const terms = second.changes.terms.filter((item) => !first.changes.terms.some((other) => sameTerm(item)(other) && other.value === item.value));
  return { settings, terms };
}

/** The command line that gives the same recording; what no option says follows as the debugger's commands. */
export function commandText(base, overview, at) {
  const words = ["gradus", "step", shellWord(base.source.document === undefined ? base.source.name : `${base.source.name}.json`)];
  // A preset that the reader chose is among the changed settings, option by option.
  if (base.preset) words.push("--preset", shellWord(base.preset));
  for (const [name, value] of mergedSettings(base.settings ?? [], overview.changes.settings)) words.push("--set", shellWord(`${name}=${value}`));
  const lines = [words.join(" ")];
  for (const item of overview.changes.terms) {
    if (item.at !== undefined) lines.push(`goto ${item.at}`);
    lines.push(`set ${item.term} ${item.value}`);
  }
  if (at > 0) lines.push(`goto ${at}`);
  return lines.join("\n");
}
