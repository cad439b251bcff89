import Documents
import Foundation

private let isJSON = CommandLine.arguments.contains("--json")

func heading(_ text: String) { if !isJSON { print(text) } }

/// A line for people only.
func row(_ name: String, _ value: String) {
  if isJSON { return }
  print("  " + name + String(repeating: " ", count: max(1, 52 - name.count)) + value)
}

/// A measurement: a row for people, or a line of JSON for `Benchmarks/compare.py`.
func row(_ name: String, _ value: Double, _ unit: String, id: String) {
  guard isJSON else { return row(name, "\(rounded(value, value < 100 ? 10 : 1)) \(unit)") }
  var json = JSONWriter()
  json.beginObject()
  json.key("name")
  json.string(id)
  json.key("value")
  json.number(value)
  json.key("unit")
  json.string(unit)
  json.endObject()
  print(json.text)
}

func rounded(_ value: Double, _ factor: Double) -> String {
  let text = "\((value * factor).rounded() / factor)"
  return text.hasSuffix(".0") ? String(text.dropLast(2)) : text
}

private func duration(of work: () throws -> Void) rethrows -> Double {
  let start = ContinuousClock.now
  try work()
  return (ContinuousClock.now - start) / .seconds(1)
}

/// The shortest of several runs, in seconds.
func fastest(atLeast total: Double, _ body: () throws -> Void) rethrows -> Double {
  try body()
  var (best, sum) = (Double.infinity, 0.0)
  while sum < total {
    let elapsed = try duration(of: body)
    best = min(best, elapsed)
    sum += elapsed
  }
  return best
}

/// The shortest of several runs of each, taken in turn, so that a machine that slows down does so for all.
func fastest(atLeast total: Double, inTurn works: [() -> Void]) -> [Double] {
  for work in works { work() }
  var (best, sum) = (works.map { _ in Double.infinity }, 0.0)
  while sum < total {
    for (i, work) in works.enumerated() {
      let elapsed = duration(of: work)
      best[i] = min(best[i], elapsed)
      sum += elapsed
    }
  }
  return best
}

/// The shortest of several runs of something short.
func seconds(of work: () -> Void) -> Double { fastest(atLeast: 0.5, work) }
