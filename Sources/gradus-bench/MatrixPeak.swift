import Foundation
import Transformers

/// The fastest matrix products on this machine and so many threads, in operations per second.
///
/// Of 32-bit floats the faster of our own kernel and OpenBLAS, if that is installed.
func matrixPeak(_ format: NumberFormat, workers: Int) -> Double {
  let own = ProductPeak(size: 512, workers: Workers(workers), roundsFactors: format == .bfloat16)
  let ownPeak = own.operations / fastest(atLeast: 0.7) { own.run() }
  return format == .bfloat16 ? ownPeak : max(ownPeak, OpenBLAS.peak(workers: workers) ?? 0)
}

/// OpenBLAS for comparison, loaded at run time so that it is never required.
enum OpenBLAS {
  typealias Product =
    @convention(c) (
      CInt, CInt, CInt, CInt, CInt, CInt, Float, UnsafePointer<Float>, CInt, UnsafePointer<Float>, CInt, Float,
      UnsafeMutablePointer<Float>, CInt
    ) -> Void

  static func peak(workers: Int) -> Double? {
    // Version 0.3.21 does not know newer CPUs; it reads this when it is loaded.
    if ProductPeak.kernelName.hasPrefix("avx512") { setenv("OPENBLAS_CORETYPE", "SkylakeX", 0) }
    setenv("OPENBLAS_NUM_THREADS", "\(workers)", 0)
    guard let library = dlopen("libopenblas.so.0", RTLD_NOW), let symbol = dlsym(library, "cblas_sgemm") else {
      return nil
    }
    if let setter = dlsym(library, "openblas_set_num_threads") {
      unsafeBitCast(setter, to: (@convention(c) (CInt) -> Void).self)(CInt(workers))
    }
    let multiply = unsafeBitCast(symbol, to: Product.self)
    let n = 1024
    let (a, b) = ([Float](repeating: 0.5, count: n * n), [Float](repeating: 0.25, count: n * n))
    var c = [Float](repeating: 0, count: n * n)
    let size = CInt(n)
    let seconds = fastest(atLeast: 0.7) {
      c.withUnsafeMutableBufferPointer { c in
        guard let c = c.baseAddress else { return }
        multiply(101, 111, 111, size, size, size, 1, a, size, b, size, 0, c, size)
      }
    }
    return 2 * Double(n * n * n) / seconds
  }
}
