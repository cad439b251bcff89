// Words and signs. The signs are those of terminal and diagram, so that a colour never says anything alone.

/** What is marked: its sign, and what the sign says. */
export const marks = {
  positive: { sign: "▲", meaning: "to be made more likely" },
  negative: { sign: "▼", meaning: "to be made less likely" },
  clipped: { sign: "✂", meaning: "clipped" },
  frozen: { sign: "❄", meaning: "frozen" },
  trained: { sign: "✎", meaning: "trained" },
  changed: { sign: "◆", meaning: "changed by you" },
};

/** The sign of a mark, or nothing. */
export const markSign = (mark) => marks[mark]?.sign ?? "";

/** A number as the debugger shows it: four significant digits, a proper minus sign. */
export function numberText(value) {
  if (value === null || value === undefined) return "–";
  if (value === 0) return "0";
  const size = Math.abs(value);
  const sign = value < 0 ? "−" : "";
  if (size < 1e-4 || size >= 1e6) return sign + size.toExponential(3);
  return sign + (Number.isInteger(size) ? String(size) : size.toPrecision(4));
}

/** `1 beat`, `2 beats`. */
export const counted = (count, noun) => `${count} ${noun}${count === 1 ? "" : "s"}`;

/** The text of an error, whatever was thrown. */
export const errorText = (error) => (error instanceof Error ? error.message : String(error));

/** A word for a shell: in quotes where the shell would read something else into it. */
export function shellWord(text) {
  return /^[A-Za-z0-9_.,:=+\/@%-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`;
}

/** Which token a term is about, as `[response, token]` of the term's text; null where it is about none. */
export function tokenOf(text) {
  const match = /\[(\d+),(\d+)\]/.exec(text);
  return match === null ? null : [Number(match[1]), Number(match[2])];
}

/** Whether two terms are about the same token of the same response; of pairs, of the same one of the two. */
export function sameToken(a, b) {
  const [first, second] = [tokenOf(a), tokenOf(b)];
  if (first === null || second === null || first[0] !== second[0] || first[1] !== second[1]) return false;
  return (a.includes("rejected")) === (b.includes("rejected"));
}

/** What makes up a name with its indices, `ratio[0,1]`, whatever the indices hold. */
export function termBase(text) {
  const bracket = text.indexOf("[");
  return bracket < 0 ? text : text.slice(0, bracket);
}
