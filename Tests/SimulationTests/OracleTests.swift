import Documents
import Foundation
import Objectives
import Recording
import Simulation
import Testing

/// TRL's own numbers, gradients and metrics included: every case in the folder `Oracles`.
@Suite struct OracleTests {
  static let directory = Bundle.module.resourceURL?.appending(path: "Oracles")
  static let names: [String] = {
    let files = (try? FileManager.default.contentsOfDirectory(atPath: directory?.path ?? "")) ?? []
    let suffix = ".expected.json"
    return files.filter { $0.hasSuffix(suffix) }.map { String($0.dropLast(suffix.count)) }.sorted()
  }()

  @Test func noCaseIsMissing() { #expect(Self.names.count == 37) }

  @Test(arguments: names)
  func replayGivesTheNumbersOfTRL(name: String) throws {
    let directory = try #require(Self.directory)
    let batchText = try String(contentsOf: directory.appending(path: "\(name).batch.json"), encoding: .utf8)
    let expectedText = try Data(contentsOf: directory.appending(path: "\(name).expected.json"))
    let expected = try #require(JSONSerialization.jsonObject(with: expectedText) as? [String: Double])
    let trace = try Batch(JSONReader.read(batchText)).record()
    #expect(expected.count > 20)
    for (key, value) in expected {
      let actual = try #require(number(key, in: trace), "\(key) is not recorded")
      #expect(abs(actual - value) <= 1e-9 * max(1, abs(value)), "\(key): \(actual), not \(value)")
    }
  }

  private func number(_ key: String, in trace: Trace) -> Double? {
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
