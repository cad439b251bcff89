// The debugger itself: the engine's modules compiled to WebAssembly, asked in JSON and answering in JSON.

/** The engine behind `ask`; it throws where an answer is an error. */
export class Engine {
  #exports;
  #encoder = new TextEncoder();
  #decoder = new TextDecoder();

  canChange = true;
  hasFindings = true;

  constructor(exports) {
    this.#exports = exports;
  }

  /** Compiles the module; it has no access to anything but its own memory. */
  static async start(bytes) {
    const memory = () => exports.memory.buffer;
    const refuse = () => 8; // EBADF: there is no file
    const imports = {
      wasi_snapshot_preview1: {
        random_get(address, count) {
          new Uint8Array(memory(), address, count).fill(1); // only seeds hash tables, on whose order nothing depends
          return 0;
        },
        fd_write: refuse,
        fd_seek: refuse,
        fd_close: refuse,
      },
    };
    const packed = (await WebAssembly.instantiate(bytes, imports)).instance;
    const exports = packed.exports.gradus_unpack
      ? (await WebAssembly.instantiate(Engine.#unpacked(packed.exports), imports)).instance.exports
      : packed.exports;
    return new Engine(exports);
  }

  /** The module that a packed one holds. It is unpacked in many small steps, so that a browser can improve the code meanwhile. */
  static #unpacked({ memory, gradus_unpack: unpack }) {
    let address = 0;
    while (address === 0) address = unpack() >>> 0;
    const count = new DataView(memory.buffer).getUint32(address, true);
    return new Uint8Array(memory.buffer, address + 4, count);
  }

  /** The answer to a request. */
  ask(request) {
    const answer = JSON.parse(this.#askText(JSON.stringify(request)));
    if (answer.error !== undefined) throw new Error(answer.error);
    return answer;
  }

  #askText(text) {
    const { memory, gradus_allocate: allocate, gradus_free: free, gradus_ask: ask } = this.#exports;
    const question = this.#encoder.encode(text);
    const address = allocate(question.length) >>> 0;
    new Uint8Array(memory.buffer, address, question.length).set(question);
    const answer = ask(address, question.length) >>> 0;
    free(address);
    const count = new DataView(memory.buffer).getUint32(answer, true);
    const result = this.#decoder.decode(new Uint8Array(memory.buffer, answer + 4, count));
    free(answer);
    return result;
  }
}
