internal import CKernels

/// The matrix product by itself, for a benchmark that measures training against it.
public struct ProductPeak: Sendable {
  private let size: Int
  private let left: [Matrix]
  private let results: [Matrix]
  private let right: Panels
  private let workers: Workers

  /// A product of square matrices for each worker, with factors of 32 bits or rounded to bfloat16.
  public init(size: Int, workers: Workers, roundsFactors: Bool) {
    self.size = size
    left = (0..<workers.count).map { _ in Matrix(rows: size, columns: size) }
    results = (0..<workers.count).map { _ in Matrix(rows: size, columns: size) }
    right = Panels(rows: size, columns: size, rounds: roundsFactors)
    self.workers = workers
  }

  /// Floating-point operations of one run: each multiply-add counts as two.
  public var operations: Double { 2 * Double(size * size * size * workers.count) }

  public func run() {
    workers.run(workers.count) { task, _ in
      var factor = right.packed
      kernels.multiply(
        size, size, size, left[task].start, left[task].stride, &factor, nil, 0, results[task].start,
        results[task].stride)
    }
  }

  /// The kernels that this CPU runs: avx512bf16, avx512, avx2 or portable.
  public static var kernelName: String { String(cString: kernels.name) }
}
