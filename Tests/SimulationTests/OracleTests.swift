import Documents
import Foundation
import Objectives
import Recording
import Simulation
import Testing

/// TRL's own numbers, gradients and metrics included: every case in the folder `Oracles`.
@Suite struct OracleTests {
  static let names = Oracle.names(in: "")

  @Test func noCaseIsMissing() { #expect(Self.names.count == 103) }

  @Test(arguments: names)
  func replayGivesTheNumbersOfTRL(name: String) throws {
    #expect(try Oracle.check(name) > 15)
  }

  /// Combinations that are rare, where TRL's code says what is counted: responses without tokens that count, weights of whole
  /// responses beside a corrected KL, groups that are flat after normalising. Loss and metrics are those of its own trainers in 64 bits.
  @Test(arguments: Oracle.names(in: "Corners"))
  func rareCombinationsAreThoseOfTRL(name: String) throws {
    #expect(try Oracle.check("Corners/" + name) > 4)
  }
}

/// A batch in the folder `Oracles`, and what a public implementation computes from it.
enum Oracle {
  static let directory = Bundle.module.resourceURL?.appending(path: "Oracles")

  /// The cases of a folder that come with expected numbers.
  static func names(in folder: String) -> [String] {
    let path = directory?.appending(path: folder).path ?? ""
    let files = (try? FileManager.default.contentsOfDirectory(atPath: path)) ?? []
    let suffix = ".expected.json"
    return files.filter { $0.hasSuffix(suffix) }.map { String($0.dropLast(suffix.count)) }.sorted()
  }

  static func batch(_ name: String) throws -> Batch {
    let file = try #require(directory).appending(path: "\(name).batch.json")
    return try Batch(JSONReader.read(String(contentsOf: file, encoding: .utf8)))
  }

  /// Compares every expected number with the recorded one, to 1e-9, and says how many there were.
  static func check(_ name: String) throws -> Int {
    let file = try #require(directory).appending(path: "\(name).expected.json")
    let expected = try #require(JSONSerialization.jsonObject(with: Data(contentsOf: file)) as? [String: Double])
    let trace = try batch(name).record()
    for (key, value) in expected {
      let actual = try #require(number(key, in: trace), "\(key) is not recorded")
      #expect(abs(actual - value) <= 1e-9 * max(1, abs(value)), "\(key): \(actual), not \(value)")
    }
    return expected.count
  }

  /// A term, `grad(TERM)` or `metric(NAME)` at the end of a recording.
  static func number(_ key: String, in trace: Trace) -> Double? {
    let isGradient = key.hasPrefix("grad(")
    let text = isGradient ? String(key.dropFirst(5).dropLast()) : key
    if text.hasPrefix("metric(") {
      let name = String(text.dropFirst(7).dropLast())
      guard let metric = Metric.allCases.first(where: { $0.name == name }) else { return nil }
      return trace.value(.metric, metric.rawValue, at: trace.beats.count - 1)
    }
    let parts = text.split(whereSeparator: { "[,]".contains($0) })
    guard let name = trace.glossary.index(ofName: String(parts[0])) else { return nil }
    let indices = parts.dropFirst().compactMap { Int($0) }
    let termKey = TermKey(name: name, i: indices.first ?? -1, j: indices.count > 1 ? indices[1] : -1)
    let last = trace.beats.count - 1
    guard let term = trace.term(termKey, at: last) else { return nil }
    return isGradient ? trace.gradient(of: term, at: last) : trace.value(term)
  }
}
