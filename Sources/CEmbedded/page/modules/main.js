// Starts the page: reads what it holds, starts the engine or, without it, the recording, and connects the parts.
import { byId, make, setText } from "./dom.js";
import { errorText, marks } from "./text.js";
import { readBytes, readConfiguration, readObject } from "./payload.js";
import { Engine } from "./engine.js";
import { Recorded, wholeViews, withoutEngine } from "./recorded.js";
import { Store } from "./store.js";
import { Address } from "./address.js";
import { Drawings } from "./drawings.js";
import { Player, startTransport } from "./transport.js";
import { startStages } from "./stages.js";
import { startPanes } from "./panes.js";
import { startControls } from "./controls.js";
import { startRewards } from "./rewards.js";
import { startBreakpoints } from "./breakpoints.js";
import { startConsole } from "./console.js";
import { startFiles } from "./files.js";
import { startKeys } from "./keys.js";
import { startTheme } from "./theme.js";
import { startStory } from "./story.js";
import { startFindings } from "./findings.js";
import { startRun } from "./run.js";
import { startOutcome } from "./outcome.js";
import { startWorld } from "./world.js";
import { Tabs } from "./tabs.js";

/** Says something at the top of the page, or with an empty text takes it away. */
function showNotice(text) {
  setText(byId("notice-text"), text);
  byId("notice").hidden = text === "";
}

/** A part of the page that may be damaged: what it gives, or null and a line for the reader. */
async function optionalPart(problems, read) {
  try {
    return await read();
  } catch (error) {
    problems.push(errorText(error));
    return null;
  }
}

function emptyPageText(problems) {
  if (problems.length === 0) return "This page holds no recording yet: gradus web SOURCE --output player.html writes one.";
  return `The configuration of this page is damaged (${problems[0]}). Write it again with gradus web.`;
}

async function startedEngine(bytes) {
  try {
    return await Engine.start(bytes);
  } catch (error) {
    const remedy = "a newer one, or one that allows WebAssembly, can run it.";
    throw new Error(`The engine cannot start in this browser (${errorText(error)}): ${remedy}`);
  }
}

function showSource(store) {
  const { overview } = store;
  setText(byId("source-name"), overview.name);
  setText(byId("source-title"), overview.title);
  document.title = `${overview.name} – Gradus`;
}

function showFrame(configuration) {
  const legendItem = ([name, { sign, meaning }]) => make("span", { class: `legend-item mark-${name}` }, `${sign} ${meaning}`);
  byId("legend").replaceChildren(...Object.entries(marks).map(legendItem));
  const promise = "This page is whole in itself: it loads nothing, and what you open in it stays on this machine.";
  setText(byId("about"), `Gradus ${configuration?.version ?? ""}. ${promise}`);
  const gallery = configuration?.gallery ?? [];
  byId("gallery").hidden = gallery.length === 0;
  byId("gallery-list").replaceChildren(...gallery.map((item) => make("li", {}, galleryLink(item))));
}

/** A link to a neighbouring page; an address with a scheme is none, and would be somebody else's. */
function galleryLink(item) {
  const isFile = /^[^:]+$/.test(item.file) && !item.file.startsWith("//");
  return make("a", isFile ? { href: item.file } : {}, make("strong", {}, item.name), " ", item.title ?? "");
}

/** Everything is printed: what is folded away, too. */
function startPrinting() {
  let folded = [];
  addEventListener("beforeprint", () => {
    folded = [...document.querySelectorAll(".layout details:not([open])")];
    for (const each of folded) each.open = true;
  });
  addEventListener("afterprint", () => folded.forEach((each) => (each.open = false)));
}

async function start() {
  const store = new Store();
  store.on("notice", showNotice);
  byId("notice-close").addEventListener("click", () => showNotice(""));
  startTheme();
  startPrinting();
  const problems = [];
  const configuration = await optionalPart(problems, readConfiguration);
  showFrame(configuration);
  if (configuration === null) return showNotice(emptyPageText(problems));

  const drawn = await optionalPart(problems, () => readObject("gradus-diagrams"));
  const drawings = new Drawings(drawn, (pane) => store.drawing(pane));
  store.engine = await optionalPart(problems, async () => {
    const bytes = await readBytes("gradus-engine");
    return bytes === null ? null : startedEngine(bytes);
  });
  const recording = await optionalPart(problems, () => readObject("gradus-recording"));
  const views = wholeViews(recording?.views ?? []);
  const recorded = recording === null ? null : new Recorded(recording.overview, (at) => views[at], recording.findings ?? null);

  const player = new Player(store);
  startTransport(store, player);
  startStages(store);
  const tabs = new Tabs();
  startPanes(store, drawings, tabs);
  startControls(store, tabs);
  startRewards(store);
  startBreakpoints(store);
  startConsole(store);
  startFiles(store);
  startStory(store, tabs, configuration);
  startFindings(store, tabs);
  startRun(store, tabs);
  startOutcome(store, tabs);
  startWorld(store);
  startKeys(store, player, tabs);
  store.on("overview", (pane) => pane === 0 && showSource(store));

  const source = store.engine ?? recorded;
  if (source === null) {
    const missing = "It was written with neither engine nor recording: write it again with gradus web.";
    return showNotice(`This page cannot show its recording. ${problems.join(" ") || missing}`);
  }
  const address = new Address(store, configuration, source);
  address.restore();
  performance.mark("gradus-ready");
  if (problems.length > 0) showNotice(problems.join(" "));
  else if (store.engine === null && byId("notice").hidden) showNotice(withoutEngine);
}

start().catch((error) => {
  const remedy = "Reload it; if that does not help, write it again with gradus web.";
  showNotice(`The page could not start: ${errorText(error)} ${remedy}`);
});
