// The trainers as a WebAssembly module of their own, which only a page has that trains. Scripts/wasm.sh compiles this file;
// SwiftPM does not know it.

import Training

/// What every request is put to; a worker has one thread.
nonisolated(unsafe) private var training = PageTraining()

/// Answers a request, which is JSON in UTF-8; so is the answer, after its length as a 32-bit number. The page calls it
/// `gradus_ask`, which `ask.c` makes of it.
@_cdecl("gradus_ask_trainers")
public func askTrainers(_ address: UnsafeRawPointer, _ count: Int32) -> UnsafeMutableRawPointer {
  answered(address, count) { training.answer($0) }
}

// The C library's, which the ordinary build takes from the system's. Angles of rotary embeddings and schedules alone ask
// for them, and round what they get to single precision.

@_extern(c, "cos")
func cos(_ x: Double) -> Double

@_extern(c, "sin")
func sin(_ x: Double) -> Double

@_extern(c, "pow")
func pow(_ x: Double, _ y: Double) -> Double
