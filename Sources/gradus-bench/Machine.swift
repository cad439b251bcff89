import Foundation
import Transformers

/// What results are shares of: the processor, its clock under load, and its fastest matrix products.
enum Machine {
  static let cores = Workers.all.count

  /// What the processor calls itself, where the system says so.
  static var processor: String {
    let lines = (try? String(contentsOfFile: "/proc/cpuinfo", encoding: .utf8))?.split(separator: "\n") ?? []
    let names = lines.filter { $0.hasPrefix("model name") }.compactMap { $0.split(separator: ":").last }
    return names.first.map { $0.trimmingCharacters(in: .whitespaces) } ?? "a processor without a name"
  }

  /// The clock in hertz: a chain of shifts and additions, each of which waits a cycle for the one before.
  static func clock() -> Double {
    let steps = 200_000
    var bits = UInt64(steps)
    let time = fastest(atLeast: 0.3) {
      for _ in 0..<steps { bits &+= bits >> 1 }
    }
    precondition(bits != 0)
    return 2 * Double(steps) / time
  }

  /// The fastest matrix products with factors of each format on all cores, in operations per second.
  static let peaks = NumberFormat.allCases.map { matrixPeak($0, workers: cores) }

  static func peak(_ format: NumberFormat) -> Double { peaks[format == .float32 ? 0 : 1] }

  static func describe() {
    heading("\(processor), \(cores) cores at \(rounded(clock() * 1e-9, 100)) GHz, kernels \(ProductPeak.kernelName)")
    for format in NumberFormat.allCases {
      row(
        "matrix products of \(format.name), at best", peak(format) * 1e-9, "GFLOP/s",
        id: "peak.\(cores)" + format.suffix)
    }
  }

  /// A line that says which share of the peak a result is.
  static func share(of operations: Double, _ format: NumberFormat) {
    row("  share of the peak", "\(rounded(100 * operations / peak(format), 1)) %")
  }
}

/// What the factors of matrix products are.
enum NumberFormat: CaseIterable {
  case float32, bfloat16

  var name: String { self == .float32 ? "32-bit floats" : "bfloat16" }
  /// Of a measurement's name for people.
  var remark: String { self == .float32 ? "" : ", bf16" }
  /// Of its name in `Benchmarks/compare.py`.
  var suffix: String { self == .float32 ? "" : ".bf16" }
}
