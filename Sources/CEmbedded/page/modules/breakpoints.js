// Breakpoints: conditions at which playing and jumping stop.
import { byId, fillList, make, setAttribute, setText } from "./dom.js";
import { errorText } from "./text.js";

/** Connects the list of breakpoints; they are the debugger's own, `break` and `delete`. */
export function startBreakpoints(store) {
  const run = (line) => {
    try {
      const answer = store.run(line);
      setText(byId("breakpoint-message"), answer.spans.map(([text]) => text).join("").trim());
      return !answer.isError;
    } catch (error) {
      setText(byId("breakpoint-message"), errorText(error));
      return false;
    }
  };
  byId("breakpoint-form").addEventListener("submit", (event) => {
    event.preventDefault();
    const input = byId("breakpoint-input");
    if (input.value.trim() !== "" && run(`break ${input.value.trim()}`)) input.value = "";
  });
  byId("breakpoints").addEventListener("click", (event) => {
    const number = event.target.closest("button")?.dataset.number;
    if (number !== undefined) run(`delete ${number}`);
  });
  const show = () => showBreakpoints(store);
  store.on("overview", show);
  store.on("panes", show);
}

function showBreakpoints(store) {
  const overview = store.panes[store.active]?.overview;
  const create = () => make("li", {}, make("code"), make("button", { type: "button", class: "button is-small" }, "Remove"));
  fillList(byId("breakpoints"), overview?.breakpoints ?? [], create, (row, breakpoint) => {
    setText(row.firstElementChild, breakpoint.text);
    setAttribute(row.lastElementChild, "data-number", breakpoint.number);
    setAttribute(row.lastElementChild, "aria-label", `Remove breakpoint ${breakpoint.text}`);
  });
  for (const field of byId("breakpoint-form").elements) field.disabled = !store.canChange;
}
