// Files of one's own: dropped anywhere or chosen. They are read here and go nowhere.
import { byId } from "./dom.js";
import { errorText } from "./text.js";
import { Recorded, withoutEngine } from "./recorded.js";
import { filesBelow, isLog, isRollouts, runOf } from "./run-files.js";
import { TraceFile } from "./trace-file.js";

const largestFile = 64 * 1024 * 1024;

/** Connects dropping and the file button. */
export function startFiles(store) {
  const input = byId("file-input");
  const hint = byId("drop-hint");
  byId("open-file").addEventListener("click", () => input.click());
  input.addEventListener("change", () => {
    if (input.files.length > 0) openFile(store, input.files[0]);
    input.value = "";
  });
  const isFile = (event) => [...(event.dataTransfer?.types ?? [])].includes("Files");
  document.addEventListener("dragover", (event) => {
    if (!isFile(event)) return;
    event.preventDefault();
    hint.hidden = false;
  });
  document.addEventListener("dragleave", (event) => {
    if (event.relatedTarget === null) hint.hidden = true;
  });
  document.addEventListener("drop", (event) => {
    hint.hidden = true;
    if (!isFile(event)) return;
    event.preventDefault();
    const folder = [...event.dataTransfer.items].map((item) => item.webkitGetAsEntry?.()).find((entry) => entry?.isDirectory);
    if (folder) openRun(store, folder.name, filesBelow(folder));
    else if (event.dataTransfer.files.length > 0) openFile(store, event.dataTransfer.files[0]);
  });
  const folder = byId("run-input");
  byId("open-run").addEventListener("click", () => folder.click());
  folder.addEventListener("change", () => {
    const files = [...folder.files].map((file) => [file.webkitRelativePath, file]);
    if (files.length > 0) openRun(store, files[0][0].split("/")[0], files);
    folder.value = "";
  });
  // A step of a transformer that learns in the page is opened like a file.
  document.addEventListener("gradus-open", ({ detail }) => openFile(store, new File([detail.text], detail.name)));
}

/** Opens the run whose files are given, or will be. */
async function openRun(store, name, files) {
  try {
    if (store.engine === null) throw new Error(withoutEngine);
    store.notify("");
    store.emit("run", await runOf(name, await files));
  } catch (error) {
    store.notify(`${name}: ${errorText(error)}`);
  }
}

/** Opens a file of any kind that the page knows. */
export async function openFile(store, file) {
  try {
    if (file.size > largestFile) throw new Error("it is larger than 64 MB; the command line opens it.");
    const text = await file.text();
    if (isRollouts(file.name, text)) throw new Error(`it holds texts with their scores, and neither tokens nor metrics: gradus doctor ${file.name} examines it.`);
    if (isLog(file.name, text)) return openRun(store, file.name, [[file.name, file]]);
    openText(store, file.name, text);
    store.notify("");
  } catch (error) {
    store.notify(`${file.name}: ${errorText(error)}`);
  }
}

/** Opens a scenario, a batch or a trace; throws where the text is none of them. */
function openText(store, fileName, text) {
  const name = fileName.replace(/\.[^.]*$/, "") || "file";
  if (/\.ya?ml$/i.test(fileName)) {
    throw new Error(`YAML is read by the command: gradus web ${fileName} --output player.html`);
  }
  const content = readJSON(text);
  if (content.format === "gradus.trace/1") return openTrace(store, content, name);
  if (typeof content.format === "string" && content.format !== "gradus.batch/1") {
    throw new Error(`its “format” is “${content.format}”; the page opens gradus.batch/1 and gradus.trace/1.`);
  }
  if (!["format", "algorithm", "sequences", "pairs"].some((key) => key in content)) {
    throw new Error("it is neither a batch (gradus.batch/1) nor a trace (gradus.trace/1) nor a scenario, which names its algorithm.");
  }
  if (store.engine === null) throw new Error(withoutEngine);
  store.open(store.engine, { source: { name, document: text }, preset: null, settings: [] });
}

function readJSON(text) {
  let content;
  try {
    content = JSON.parse(text);
  } catch (error) {
    const known = "The page opens a batch (gradus.batch/1), a trace (gradus.trace/1) or a scenario as JSON.";
    throw new Error(`this is no JSON (${errorText(error)}). ${known}`);
  }
  if (content === null || typeof content !== "object" || Array.isArray(content)) {
    throw new Error("an object was expected at its start: a batch, a trace or a scenario.");
  }
  return content;
}

function openTrace(store, trace, name) {
  const file = new TraceFile(trace, name);
  if (store.engine !== null && recordAgain(store, trace, file.overview)) return;
  const base = { source: { name: file.overview.name, isFile: true }, preset: null, settings: [] };
  store.open(new Recorded(file.overview, (at) => file.view(at)), base);
}

/** Records a built-in source again, so that everything can be changed; says whether it was the same recording. */
function recordAgain(store, trace, overview) {
  const base = { source: { name: trace.source }, preset: null, settings: [] };
  const before = store.base;
  try {
    const bare = store.engine.ask({ do: "open", pane: 1, ...base, changes: { settings: [], terms: [] }, at: 0 });
    const wanted = new Map([...Object.entries(trace.options ?? {}), ["seed", trace.seed]]);
    const textOf = (value) => (value === null ? "none" : String(value));
    const isOther = (text, now) => text !== now && Number(text) !== Number(now);
    const settings = bare.controls
      .filter(({ name, value }) => wanted.has(name) && isOther(textOf(wanted.get(name)), value))
      .map(({ name }) => [name, textOf(wanted.get(name))]);
    const terms = (trace.overrides ?? []).map((item) => ({ term: item.name, occurrence: item.occurrence, value: item.value }));
    const request = { ...base, settings };
    const again = store.engine.ask({ do: "open", pane: 1, ...request, changes: { settings: [], terms }, at: 0 });
    store.engine.ask({ do: "close", pane: 1 });
    if (again.title !== overview.title || again.beats !== overview.beats) return false;
    store.open(store.engine, request, { changes: { settings: [], terms } });
    return true;
  } catch {
    store.base = before; // a scenario of one's own that has a built-in's name, or options of another version
    return false;
  }
}
