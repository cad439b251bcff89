// Text of the debugger with its styles.
import { make } from "./dom.js";

/** Elements for pairs of text and style. */
export function styledSpans(spans) {
  return spans.map(([text, style]) => make("span", { class: `style-${/^[a-z]+$/.test(style) ? style : "plain"}` }, text));
}
