// The debugger's own command line, with its output, its history and its completion.
import { byId, make, setText } from "./dom.js";
import { Completion } from "./completion.js";
import { styledSpans } from "./styled.js";
import { errorText } from "./text.js";
import { withoutEngine } from "./recorded.js";

const entryLimit = 200;
const greeting =
  "help lists the commands. explain TERM says what a number is made of, why TERM how the loss depends on it;\n" +
  "set NAME VALUE changes an option or a number, diff shows what moved.";

/** Connects the command line. */
export function startConsole(store) {
  const input = byId("console-input");
  const history = new History();
  const candidatesFor = (line, cursor) => {
    try {
      return store.complete(line, cursor);
    } catch {
      return [];
    }
  };
  const completion = new Completion(input, byId("console-candidates"), candidatesFor);
  byId("console-form").addEventListener("submit", (event) => {
    event.preventDefault();
    completion.close();
    history.add(input.value);
    runLine(store, input.value);
    input.value = "";
  });
  input.addEventListener("keydown", (event) => {
    if (completion.handle(event)) event.preventDefault();
    else if (event.key === "ArrowUp" || event.key === "ArrowDown") {
      event.preventDefault();
      input.value = history.move(event.key === "ArrowUp" ? -1 : 1, input.value);
      input.setSelectionRange(input.value.length, input.value.length);
    } else return;
    event.stopPropagation();
  });
  store.on("view", () => setText(byId("console-prompt"), `(gradus ${store.panes[store.active]?.view.at ?? ""})`));
  store.on("panes", () => {
    const isUsable = store.canChange;
    for (const field of byId("console-form").elements) field.disabled = !isUsable;
    if (byId("console-log").childElementCount === 0) addEntry(null, [[isUsable ? greeting : withoutEngine, "dim"]]);
  });
}

/** The lines of before; the one being typed waits at the end. */
class History {
  #lines = [];
  #place = 0;
  #unfinished = "";

  add(line) {
    if (line.trim() !== "" && line !== this.#lines.at(-1)) this.#lines.push(line);
    this.#place = this.#lines.length;
  }

  move(step, current) {
    if (this.#place === this.#lines.length) this.#unfinished = current;
    this.#place = Math.max(0, Math.min(this.#lines.length, this.#place + step));
    return this.#lines[this.#place] ?? this.#unfinished;
  }
}

function runLine(store, line) {
  const prompt = byId("console-prompt").textContent;
  try {
    const answer = store.run(line);
    addEntry(`${prompt} ${line}`, answer.spans, answer.files);
  } catch (error) {
    addEntry(`${prompt} ${line}`, [[errorText(error), "error"]]);
  }
}

function addEntry(command, spans, files = []) {
  const log = byId("console-log");
  const output = make("pre", { class: "console-output" }, ...styledSpans(spans));
  for (const file of files ?? []) output.append(fileLink(file), "\n");
  const echo = command === null ? null : make("pre", { class: "console-command" }, command);
  log.append(make("div", { class: "console-entry" }, echo, output));
  while (log.childElementCount > entryLimit) log.firstElementChild.remove();
  log.scrollTop = log.scrollHeight;
}

/** What a command would write to the disk is for the reader to save. */
function fileLink(file) {
  const link = make("a", { href: URL.createObjectURL(new Blob([file.text])), download: file.name });
  setText(link, `Save ${file.name}`);
  return link;
}
