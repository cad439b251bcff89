// The folder of a run: which of its files is the log, and which steps were recorded.

const levels = 3;
const wanted = /^(metrics\.jsonl|trainer_state\.json|config\.yaml)$|\.batch\.json$/;
const nameOf = (path) => path.slice(path.lastIndexOf("/") + 1);
const folderOf = (path) => path.slice(0, path.lastIndexOf("/") + 1);
const depthOf = (path) => path.split("/").length;

/** The files below a folder that was dropped which the page could want, as `[path, file]`. */
export async function filesBelow(folder, level = 0) {
  const found = [];
  for (const entry of await entriesOf(folder.createReader())) {
    if (entry.isDirectory && level < levels) found.push(...(await filesBelow(entry, level + 1)));
    else if (entry.isFile && wanted.test(entry.name)) found.push([entry.fullPath.slice(1), await new Promise((...done) => entry.file(...done))]);
  }
  return found;
}

/** A reader gives a hundred entries at a time, and none at its end. */
async function entriesOf(reader) {
  const all = [];
  for (;;) {
    const some = await new Promise((...done) => reader.readEntries(...done));
    if (some.length === 0) return all;
    all.push(...some);
  }
}

/** Whether a file is a run's log: JSON lines, or a trainer's state. */
export const isLog = (name, text) => /\.jsonl$/i.test(name) || (/\.json$/i.test(name) && /"log_history"\s*:/.test(text));

/** Whether JSON lines are texts with their scores, as verl and OpenRLHF write them, and no log. */
export const isRollouts = (name, text) =>
  /\.jsonl$/i.test(name) && /^\s*\{[^\n]*"(input|output|prompt|chosen|completion)"\s*:\s*"/.test(text);

/**
 * The run in a folder: `{name, log, text, trainer, batches}`, its recorded steps as `[step, file]` in order.
 *
 * Of several logs that of `gradus train` comes first, then a trainer's newest state.
 */
export async function runOf(name, files) {
  const log = theLog(files);
  if (log === null) {
    throw new Error("it has neither metrics.jsonl of gradus train nor trainer_state.json of TRL; gradus doctor reads more kinds of logs.");
  }
  const [path, file] = log;
  // A trainer's state may lie in a checkpoint, and recorded steps beside it.
  const folder = folderOf(path).replace(/checkpoint-[^/]*\/$/, "");
  const configuration = files.find(([other]) => other === `${folder}config.yaml`);
  const trainer = configuration && /^trainer:\s*["']?([\w-]+)/m.exec(await configuration[1].text());
  return {
    name: folder.slice(0, -1) || name, log: nameOf(path), text: await file.text(),
    trainer: trainer ? trainer[1] : null, batches: batchesOf(files.filter(([other]) => other.startsWith(folder))),
  };
}

function theLog(files) {
  // A file that was opened by itself may be called otherwise.
  const isNamed = (path, name) => nameOf(path) === name || (files.length === 1 && path.endsWith(name.slice(name.indexOf("."))));
  const logs = files.filter(([path]) => isNamed(path, "metrics.jsonl"));
  const depth = Math.min(...logs.map(([path]) => depthOf(path)));
  const nearest = logs.filter(([path]) => depthOf(path) === depth);
  if (nearest.length > 1) throw new Error(`it holds several runs: drop one of ${nearest.map(([path]) => folderOf(path).slice(0, -1)).join(", ")}.`);
  if (nearest.length === 1) return nearest[0];
  const states = files.filter(([path]) => isNamed(path, "trainer_state.json"));
  return states.sort(([, a], [, b]) => b.lastModified - a.lastModified)[0] ?? null;
}

/** Of a step in several passes the first one's file stands for it. */
function batchesOf(files) {
  const batches = new Map();
  for (const [path, file] of files.sort(([a], [b]) => (a < b ? -1 : 1))) {
    const match = /^step-(\d+).*\.batch\.json$/.exec(nameOf(path));
    if (match !== null && !batches.has(Number(match[1]))) batches.set(Number(match[1]), file);
  }
  return [...batches].sort(([a], [b]) => a - b);
}
