// The engine as a WebAssembly module: what a web page calls. Scripts/wasm.sh compiles this file; SwiftPM does not
// know it.
//
// Which restrictions of Embedded Swift bite the engine, and what to write instead (each one tried with Swift 6.3):
//
// The ordinary build accepts these, and Scripts/wasm.sh does not:
// - `any P`, `Any`: generics, enums with payloads, closures. `any P` works if P is a class's protocol (`AnyObject`).
// - `throws` without a type means `any Error`: write `throws(SomeError)`, on closures too:
//   `{ x throws(SomeError) in … }`.
// - Key paths, even as functions: `map { $0.name }`, not `map(\.name)`.
// - `String(describing:)`, reflection, `Codable`, regular expressions, `async`.
// - `weak` and `unowned`.
// - A generic method of a class that is not `final`.
// - What `_StringProcessing` adds to strings: `contains("ab")`, `ranges(of:)`, `trimmingPrefix`, `replacing`,
//   `split(separator: "ab")`. Characters do work: `contains("a" as Character)`, `split(separator: ",")`.
//
// These compile and do something else:
// - Interpolating a value that is no `CustomStringConvertible`, such as a struct, an enum or an array, prints a
//   placeholder. Interpolate strings, numbers, booleans and types with a `description`.
// - Dictionaries and sets have another order at every run, as everywhere: never let it reach a recording.

import Autodiff
import Debugging
import Objectives
import Player
import Recording
import Reporting
import Simulation

/// The FNV-1a 64 hash of what `gradus trace ppo --format json --output -` prints; a BigInt in JavaScript.
///
/// Scripts/same-bytes.sh compares it with the hash of what the native programs print.
@_cdecl("gradus_trace_hash")
public func traceHash() -> UInt64 {
  let source = Source.scenario(Scenario.builtIn[0])
  return Fingerprint.fnv1a64Bits(TraceJSON.text(source.record(), source: source))
}

/// What every request is put to; a page has one thread.
nonisolated(unsafe) private var player = PagePlayer()

/// Answers a request, which is JSON in UTF-8; so is the answer, after its length as a 32-bit number.
@_cdecl("gradus_ask")
public func ask(_ address: UnsafeRawPointer, _ count: Int32) -> UnsafeMutableRawPointer {
  unsafe answered(address, count) { unsafe player.answer($0) }
}
