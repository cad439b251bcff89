// The thread in which a transformer learns: the trainers' WebAssembly, one step after the other, and every step's batch.
import { Engine } from "./engine.js";

/**
 * What the thread runs. It is made from its own text, since the page is one file: nothing in it may come from around it but
 * `Engine`, whose text stands before it.
 */
function work() {
  let engine = null;
  let isRunning = false;
  let isLooping = false;
  let batches = new Map();

  const say = (message, transfer) => self.postMessage(message, transfer);
  const packed = (text) => new Response(new Blob([text]).stream().pipeThrough(new CompressionStream("gzip"))).blob();
  const unpacked = (blob) => new Response(blob.stream().pipeThrough(new DecompressionStream("gzip"))).text();

  /** The debugger reads one pass at a time; of a step of several the first is kept. */
  async function keep(record, kept) {
    const [batch] = record.batches;
    delete record.batches;
    if (batch !== undefined) kept.set(record.step, await packed(batch));
  }

  async function loop() {
    if (isLooping) return;
    isLooping = true;
    try {
      while (isRunning) {
        const [start, kept] = [performance.now(), batches];
        const progress = engine.ask({ do: "advance" });
        progress.seconds = (performance.now() - start) / 1000;
        for (const record of progress.records) await keep(record, kept);
        if (kept !== batches) continue; // another run has begun meanwhile, which this step is not of
        if (progress.is_done) isRunning = false;
        say({ kind: "progress", progress });
        await new Promise((resume) => setTimeout(resume)); // what the page has said meanwhile is heard now
      }
    } finally {
      isLooping = false;
    }
  }

  const actions = {
    async start({ bytes }) {
      engine = await Engine.start(bytes);
      say({ kind: "ready" });
    },
    begin({ request }) {
      isRunning = false;
      batches = new Map();
      say({ kind: "begun", run: engine.ask({ do: "begin", ...request }) });
    },
    run() {
      isRunning = true;
      return loop();
    },
    pause() {
      isRunning = false;
    },
    set({ name, value }) {
      say({ kind: "set", name, value, run: engine.ask({ do: "set", name, value }) });
    },
    weights() {
      say({ kind: "weights", ...engine.ask({ do: "weights" }) });
    },
    async open({ step }) {
      const batch = batches.get(step);
      if (batch === undefined) throw new Error(`step ${step} has no batch: the run has not come there`);
      say({ kind: "batch", step, text: await unpacked(batch) });
    },
  };

  self.onmessage = async ({ data }) => {
    try {
      await actions[data.do](data);
    } catch (error) {
      isRunning = data.do === "set" && isRunning;
      say({ kind: "error", during: data.do, text: error instanceof Error ? error.message : String(error) });
    }
  };
}

/** Starts the thread; `hear` gets everything that it says. */
export function startTrainingWorker(hear) {
  const address = URL.createObjectURL(new Blob([`const Engine = ${Engine};\n(${work})();`], { type: "text/javascript" }));
  const worker = new Worker(address);
  URL.revokeObjectURL(address);
  worker.onmessage = ({ data }) => hear(data);
  worker.onerror = (event) => hear({ kind: "error", during: "start", text: event.message || "the browser refused the thread" });
  return worker;
}
