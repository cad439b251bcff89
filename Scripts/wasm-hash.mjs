// Prints the hash of the trace that the WebAssembly module records: node Scripts/wasm-hash.mjs MODULE
import { readFile } from "node:fs/promises";
import { webcrypto } from "node:crypto";

// Its C library mentions these four. Only the first is ever called, for the seeds of dictionaries; an import that is
// missing here makes the instantiation fail, so that the list stays complete.
const imports = {
  wasi_snapshot_preview1: {
    random_get(address, length) {
      webcrypto.getRandomValues(new Uint8Array(exports.memory.buffer, address, length));
      return 0;
    },
    fd_write: () => 52, // ENOSYS
    fd_seek: () => 52,
    fd_close: () => 52,
  },
};

const bytes = await readFile(process.argv[2]);
const { instance } = await WebAssembly.instantiate(bytes, imports);
const exports = instance.exports;
console.log(BigInt.asUintN(64, exports.gradus_trace_hash()).toString(16).padStart(16, "0"));
